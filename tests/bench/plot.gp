# Pictures from the benchmark's data: gnuplot -e "dir='build/bench'" tests/bench/plot.gp
# One colour a program in curves, two colours (the families) in bars; the floor is a dashed line.
# Set png=1 to get PNG files instead, for looking at them.
if (!exists("dir")) dir = 'build/bench'
png = exists("png")
set datafile missing '?'
set encoding utf8
there(name) = int(system("test -s ".dir."/".name.".dat && echo 1 || echo 0"))
rows(name) = int(system("wc -l < ".dir."/".name.".dat"))
figure(name, program, column) = system("awk '$1 == \"".program."\" {print $".column."}' ".dir."/".name.".dat") + 0.0

largest = system("cat ".dir."/largest.dat")
programs = "floor xhop-maps xhop-helper fib-lookup lpm-trie linux xdp-forward"
colour(p) = p eq "floor" ? "#808080" : p eq "xhop-maps" ? "#0060c0" : p eq "xhop-helper" ? "#60b0f0" : \
	p eq "fib-lookup" ? "#e08000" : p eq "xhop-daemon" ? "#e08000" : p eq "lpm-trie" ? "#a040a0" : p eq "linux" ? "#202020" : "#c03030"
dash(p) = p eq "floor" ? 2 : 1
having(prefix) = system("for p in ".programs."; do test -s ".dir."/".prefix."-$p.dat && printf '%s ' $p; done; echo")

if (png) { set terminal pngcairo size 900,520 font "Sans,13"; suffix = '.png' } \
else { set terminal svg size 900,520 font "Sans,13" background rgb 'white'; suffix = '.svg' }
out(name) = dir.'/'.name.suffix

set style line 1 lc rgb '#0060c0'
set style line 2 lc rgb '#90c8f8'
set style line 9 lc rgb '#808080' dt 2 lw 2
set grid ytics lc rgb '#dddddd'
set border 3
set bmargin 4
set rmargin 4
set tics nomirror
set style textbox opaque noborder margins 0.4,0.2

# --- bars: two families side by side, value above each bar ---------------------------------------
set style data boxes
set boxwidth 0.36
set style fill solid 1 noborder

array names[4] = ["cost-random", "cost-one", "wire-one", "wire-full"]
array heads[4] = ["Cost of a packet, random destinations, routes in the table: ".largest, \
	"Cost of a packet, one destination, routes in the table: ".largest, \
	"Packets a second over veth, one route, 60 byte frames, one CPU", \
	"Packets a second over veth, full table, random destinations, 60 byte frames, one CPU"]
do for [i=1:4] {
	n = names[i]
	if (there(n)) {
		wire = i > 2
		set output out(n)
		set title heads[i]
		set ylabel (wire ? "million packets a second (higher is better)" : "ns a packet (lower is better)")
		set xlabel ""
		set key outside below center horizontal reverse Left
		set xrange [-0.6:rows(n) - 0.4]
		file = dir.'/'.n.'.dat'
		stats file using 2 name "A" nooutput
		stats file using 5 name "B" nooutput
		top = (A_max > B_max ? A_max : B_max) * 1.18
		set yrange [0:top]
		limit = figure(n, "floor", 2)
		set arrow 1 from 0.45,limit to rows(n) - 0.42,limit nohead ls 9 front
		form = wire ? "%.2f" : "%.0f"
		plot file using ($0 - 0.19):2 ls 1 title "IPv4", \
			'' using 0:(0):xtic(1) with dots lc rgb "white" notitle, \
			'' using ($0 + 0.19):5 ls 2 title "IPv6", \
			NaN with lines ls 9 title "floor (no lookup, IPv4)", \
			'' using ($0 - 0.19):2:(sprintf(form, $2)) with labels boxed offset 0,0.7 font ",11" notitle, \
			'' using ($0 + 0.19):5:(sprintf(form, $5)) with labels boxed offset 0,0.7 font ",11" notitle
		unset output
		unset arrow 1
	}
}

# --- curves over the number of routes --------------------------------------------------------------
set style data linespoints
set key inside top left vertical reverse Left
set logscale x
set xrange [0.8:1.5e6]
set format x "10^{%T}"
set xlabel "routes"
do for [family in "IPv4 IPv6"] {
	list = having("prog-".family)
	if (words(list)) {
		set output out("routes-".family)
		set title family.": cost of a packet against the size of the table, random destinations"
		set ylabel "ns a packet (lower is better)"
		set logscale y
		set yrange [20:5000]
		plot for [p in list] dir.'/prog-'.family.'-'.p.'.dat' lc rgb colour(p) lw 2 pt 7 ps 0.7 \
			dt dash(p) title p
		unset logscale y
		unset output
	}
}
list = system("for p in linux lpm-trie xhop-maps xhop-daemon; do test -s ".dir."/memory-$p.dat && printf '%s ' $p; done; echo")
if (words(list)) {
	set output out("memory")
	set title "Memory against the number of routes, both families together"
	set ylabel "MiB"
	set logscale y
	set yrange [0.01:2000]
	plot for [p in list] dir.'/memory-'.p.'.dat' lc rgb colour(p) lw 2 pt 7 ps 0.7 title p
	unset logscale y
	unset output
}
unset logscale x
set format x "%g"

# --- frame sizes ---------------------------------------------------------------------------------------
list = having("sizes")
if (words(list)) {
	set output out("sizes")
	set title "IPv4 packets a second over veth against the frame size, one route, one CPU"
	set xlabel "bytes a frame"
	set ylabel "million packets a second"
	set xrange [0:3200]
	set yrange [0:*]
	set key outside right center vertical reverse Left
	plot for [p in list] dir.'/sizes-'.p.'.dat' lc rgb colour(p) lw 2 pt 7 ps 0.7 dt dash(p) title p
	unset output
}

# --- round trips -----------------------------------------------------------------------------------------
list = having("latency")
if (words(list)) {
	set output out("latency")
	set title "IPv4 round trip through the router and back; 80 % of what each program carries"
	set xlabel ""
	set ylabel "microseconds (lower is better)"
	set key inside top left vertical reverse Left
	set style data boxes
	n = words(list)
	width = 0.8 / n
	set boxwidth width * 0.92
	set xrange [-0.6:5.6]
	set yrange [0:*]
	set offsets 0, 0, graph 0.08, 0
	place(at, i) = at + (i - (n + 1) / 2.0) * width
	plot for [i=1:n] dir.'/latency-'.word(list, i).'.dat' using (place($1, i)):3 \
		lc rgb colour(word(list, i)) title word(list, i), \
		for [i=1:n] dir.'/latency-'.word(list, i).'.dat' using (place($1, i)):3:(sprintf("%.0f", $3)) with labels \
		offset 0,0.6 font ",10" notitle, \
		dir.'/latency-'.word(list, 1).'.dat' using 1:(0):xtic(2) with dots lc rgb "white" notitle
	unset output
	unset offsets
}

# --- changes -----------------------------------------------------------------------------------------------
list = having("change")
if (words(list)) {
	set output out("change")
	set title "From a change of a route to the first packet on the new path, IPv4"
	set xlabel "microseconds after the netlink request"
	set ylabel "per cent of the changes"
	set style data lines
	set key inside bottom right vertical reverse Left
	set logscale x
	set xrange [1:1e5]
	set yrange [0:105]
	plot for [p in list] dir.'/change-'.p.'.dat' lc rgb colour(p) lw 2 title p
	unset output
}
