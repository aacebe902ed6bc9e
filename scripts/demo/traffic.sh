# The demo's packets: ping, TCP, UDP, traceroute from h1 to h2, every load bounded in time and size.
# Sourced by demo.sh.

TCP_BYTES=$((8 << 20))
UDP_MBIT=40 UDP_SECONDS=2

# Starts a command in a node for at most so many seconds, its words into a file.
serve() { # node seconds file command...
	local node=$1 seconds=$2 file=$3
	shift 3
	(exec ip netns exec "$ID-$node" timeout -k 1 "$seconds" "$@" >"$file" 2>&1 </dev/null) &
}

# The same, and waits for its end in a way that lets a signal to the script through at once.
load() { # node seconds file command...
	serve "$@"
	wait $!
}

wait_for() { # what command...: at most 5 s
	local what=$1 i
	shift
	for ((i = 0; i < 100; i++)); do
		"$@" && return
		sleep 0.05
	done
	broken "waited 5 seconds in vain for $what"
}

listens() { # node port
	[ -n "$(in_node "$1" ss -Hltn "sport = :$2")" ]
}

target() { # family
	case $1 in 4) echo "$TARGET4" ;; 6) echo "$TARGET6" ;; esac
}

traffic_ping() {
	local family
	for family in 4 6; do
		load h1 10 "$dir/ping" ping -"$family" -n -c 10 -i 0.05 -W 2 "$(target $family)"
		if grep -q ' 10 received' "$dir/ping"; then
			good "IPv$family  10 sent, 10 answered, round trip $(
				sed -n 's,^rtt .* = [^/]*/\([^/]*\)/.*,\1 ms on average,p' "$dir/ping")"
		else
			bad "IPv$family  $(grep 'packets transmitted' "$dir/ping" || tail -n 1 "$dir/ping")"
		fi
	done
}

traffic_tcp() {
	local family began ended sent received
	head -c "$TCP_BYTES" /dev/urandom >"$dir/sent"
	sent=$(sha256sum <"$dir/sent")
	for family in 4 6; do
		rm -f "$dir/received"
		serve h2 20 "$dir/receiver" socat -u "TCP$family-LISTEN:5001,reuseaddr" \
			"CREATE:$dir/received"
		wait_for "socat on h2" listens h2 5001
		began=${EPOCHREALTIME/[.,]/}
		load h1 20 "$dir/sender" socat -u "OPEN:$dir/sent" "$(tcp_to $family)"
		wait
		ended=${EPOCHREALTIME/[.,]/}
		received=$(sha256sum <"$dir/received")
		echo "  h1 sent      sha256 ${sent:0:52}..."
		echo "  h2 received  sha256 ${received:0:52}..."
		if [ "$sent" = "$received" ]; then
			good "IPv$family  the same, at $((TCP_BYTES * 8 / (ended - began + 1))) Mbit/s"
		else
			bad "IPv$family  not the same; $(stat -c %s "$dir/received") of $TCP_BYTES bytes came"
			cat "$dir/sender" "$dir/receiver"
		fi
	done
}

tcp_to() { # family
	case $1 in 4) echo "TCP4:$TARGET4:5001" ;; 6) echo "TCP6:[$TARGET6]:5001" ;; esac
}

traffic_udp() {
	local family
	for family in 4 6; do
		serve h2 20 "$dir/server" iperf3 -s -1 "-$family"
		wait_for "iperf3 on h2" listens h2 5201
		load h1 15 "$dir/udp" iperf3 "-$family" -c "$(target $family)" -u -b "${UDP_MBIT}M" \
			-l 1400 -t "$UDP_SECONDS" -J
		wait
		if ! jq -e '.end.sum.packets > 0' "$dir/udp" >/dev/null; then
			bad "IPv$family  iperf3: $(jq -r '.error // "no result"' "$dir/udp")"
			continue
		fi
		# The sender's total is the number sent; loss is what the receiver missed.
		good "IPv$family  $(jq -r '.end.sum |
			"\(.packets) sent, \(.lost_packets) lost, jitter \(.jitter_ms * 1000 | round) us"
			' "$dir/udp")"
	done
}

traffic_traceroute() {
	local family way
	for family in 4 6; do
		load h1 15 "$dir/route" traceroute -"$family" -n -q 1 -w 2 -m 6 "$(target $family)"
		way=$(awk '$1 ~ /^[0-9]+$/ { print $2 }' "$dir/route" | while read -r address; do
			printf ' %s' "$(who "$address")"
		done)
		awk '$1 ~ /^[0-9]+$/ { print $1, $2, $3, $4 }' "$dir/route" |
			while read -r ttl address time unit; do
				printf '        %s  %-4s%-18s %s %s\n' "$ttl" "$(who "$address")" "$address" \
					"$time" "$unit"
			done
		if [ "$way" = " r1 r2 r3 h2" ]; then
			good "IPv$family  the way is$way"
		else
			bad "IPv$family  the way is$way"
		fi
	done
}

# Whose address is this, MAC or IP? Asks the nodes themselves.
who() { # address
	if [ ! -s "$dir/who" ]; then
		local node
		for node in $NODES; do
			ip -j -n "$ID-$node" addr | jq -r --arg node "$node" '.[] |
				select(.ifname != "lo") | .address, .addr_info[].local | "\(.) \($node)"'
		done >"$dir/who"
	fi
	awk -v address="$1" '$1 == address { name = $2 } END { print name ? name : "?" }' "$dir/who"
}
