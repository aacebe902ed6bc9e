# The way of one packet, drawn from frames captured on the four links. Sourced by demo.sh.
#
# tcpdump listens on each cable while h1 sends one echo request. What is drawn are the captured
# frames; names stand beside the addresses because the nodes were asked for theirs.

picture() {
	local link wrong=$failures
	for link in $LINKS; do
		serve cable 20 "$dir/dump.$link" tcpdump -i "$link.a" -n --immediate-mode -U \
			-w "$dir/$link.pcap" 'icmp[icmptype] == icmp-echo or (icmp6 and ip6[40] == 128)'
	done
	for link in $LINKS; do
		wait_for "tcpdump on $link" grep -q 'listening on' "$dir/dump.$link"
	done
	picture_ports >"$dir/before"
	load h1 5 "$dir/ping4" ping -4 -n -c 1 -W 2 "$TARGET4"
	picture_ports >"$dir/after"
	load h1 5 "$dir/ping6" ping -6 -n -c 1 -W 2 "$TARGET6"
	picture_stop
	for link in $LINKS; do
		picture_frames "$link"
	done >"$dir/frames"
	picture_check 4 && picture_draw 4 && picture_why
	picture_check 6 && picture_other
	picture_verdict "$wrong"
}

# What each router forwarded so far of what came in from the left: "r1 to-h1 5".
picture_ports() {
	local node left=h1
	for node in $ROUTERS; do
		xhop_show "$node" dev | jq -r --arg node "$node" --arg dev "to-$left" \
			'.[] | select(.dev == $dev) | "\($node) \(.dev) \(.forwarded - .errors)"'
		left=$node
	done
}

picture_stop() {
	local pids
	sleep 0.2 # the last frame reaches its file
	pids=$(ip netns pids "$ID-cable")
	# shellcheck disable=SC2086 # several words
	[ -z "$pids" ] || kill $pids 2>/dev/null
	wait
}

# One line a captured frame: link family ttl id,seq mac-from mac-to ip-from ip-to
picture_frames() { # link
	tcpdump -nn -e -t -v -r "$dir/$1.pcap" 2>/dev/null | awk -v link="$1" '
		/ethertype/ {
			from = $1; to = $3; sub(",", "", to)
			family = /IPv6/ ? 6 : 4
			match($0, family == 6 ? "hlim [0-9]+" : "ttl [0-9]+")
			ttl = substr($0, RSTART, RLENGTH); sub(".* ", "", ttl)
		}
		/echo request/ {
			match($0, "[0-9a-f.:]+ > [0-9a-f.:]+: ")
			split(substr($0, RSTART, RLENGTH - 2), ip, " > ")
			match($0, "id [0-9]+, seq [0-9]+")
			id = substr($0, RSTART, RLENGTH); gsub("[^0-9,]", "", id)
			print link, family, ttl, id, from, to, ip[1], ip[2]
		}'
}

# Sets the caller's ttl id from to source target to those of the frame captured on the link.
frame() { # link family
	read -r _ _ ttl id from to source target <<<"$(grep "^$1 $2 " "$dir/frames")"
}

# What every frame must look like beside the one before it; ends the picture if one does not.
picture_check() { # family
	local link count ttl id from to source target before='' last_ttl='' last_macs=''
	for link in $LINKS; do
		count=$(grep -c "^$link $1 " "$dir/frames")
		[ "$count" = 1 ] || { bad "IPv$1  $count frames captured on $link, not one"; return 1; }
		frame "$link" "$1"
		[ -z "$before" ] || [ "$before" = "$id $source $target" ] ||
			bad "IPv$1  another packet or other IP addresses on $link: $id $source $target"
		[ -z "$last_ttl" ] || [ $((last_ttl - 1)) = "$ttl" ] ||
			bad "IPv$1  TTL $ttl on $link after $last_ttl"
		[ "$(who "$from")-$(who "$to")" = "$link" ] ||
			bad "IPv$1  MAC addresses of others on $link: $from $to"
		case " $last_macs " in *" $from "* | *" $to "*)
			bad "IPv$1  a MAC address stayed as it was on $link: $from $to" ;;
		esac
		before="$id $source $target" last_ttl=$ttl last_macs="$from $to"
	done
}

picture_draw() { # family
	local link node ttl id from to source target macs='' ips='' new same
	printf '\n  %s\n\n' 'h1 pings h2 once while tcpdump listens on every link. These frames it caught:'
	for link in $LINKS; do
		node=${link%-*}
		frame "$link" "$1"
		new='' same='    '
		[ -z "$macs" ] || [ "$macs" = "$from $to" ] || new='   new'
		[ "$ips" != "$source $target" ] || same=same
		macs="$from $to" ips="$source $target"
		printf '  %s%s%s   %s\n' "$bold" "$node" "$plain" "$(picture_node "$node" "$to")"
		echo '   |'
		printf '   |   MAC  %s%-17s (%s)  ->  %-17s (%s)%s%s\n' "$yellow" \
			"$from" "$(who "$from")" "$to" "$(who "$to")" "$new" "$plain"
		printf '   |   IP   %s%-17s (%s)  ->  %-17s (%s)   %s%s   %sTTL %s%s\n' "$green" \
			"$source" "$(who "$source")" "$target" "$(who "$target")" "$same" "$plain" \
			"$blue" "$ttl" "$plain"
		echo '   |'
	done
	printf '  %s%s%s   the journey ends here\n' "$bold" "${link#*-}" "$plain"
}

# What the node did, by its counters and its hop table: forwarded, and to whom.
picture_node() { # node mac-to
	local hop left counted
	case $1 in
	h*) echo 'the journey begins here'; return ;;
	esac
	hop=$(xhop_show "$1" hop | jq -r --arg mac "$2" '[.[] | select(.lladdr == $mac)][0] | .via')
	read -r left counted <<<"$(picture_counted "$1")"
	if [ "$counted" = 1 ]; then
		echo "XDP forwards it to $hop  ${dim}(counter of port $left: +1)$plain"
	else
		echo "XDP did not forward it  (counter of port $left: +$counted)"
	fi
}

# The router's port on the left, and how many more packets it forwarded from there.
picture_counted() { # node
	join "$dir/before" "$dir/after" | awk -v node="$1" '$1 == node { print $2, $5 - $3 }'
}

picture_why() {
	local ttl id from to source target link ttls='' hands=''
	for link in $LINKS; do
		frame "$link" 4
		ttls+="${ttls:+, }$ttl" hands+="${hands:+, then }$(who "$to")"
	done
	printf '\n  %sWhy does a packet that knows its destination need a MAC address at every gate?%s\n' \
		"$bold" "$plain"
	tr '\n' ' ' <<-EOF | fold -s -w 76 | sed 's/^/  /; s/ *$//'
	The IP address says where the journey ends: $target ($(who "$target")), the same on
	every link. The MAC address says whose hands receive it on the next link only: $hands.
	So each router looks up whose hands are next, writes two new MAC addresses into the
	frame and takes one off the TTL: $ttls.
	EOF
	echo
}

picture_other() {
	local link ttl id from to source target
	printf '\n  One IPv6 packet, captured the same way:\n\n'
	for link in $LINKS; do
		frame "$link" 6
		printf '   %s   MAC %s%s -> %s%s   IP %s%s -> %s%s   %shop limit %s%s\n' "$link" \
			"$yellow" "$(who "$from")" "$(who "$to")" "$plain" \
			"$green" "$source" "$target" "$plain" "$blue" "$ttl" "$plain"
	done
	echo
}

picture_verdict() { # failures before the picture
	local node left counted
	for node in $ROUTERS; do
		read -r left counted <<<"$(picture_counted "$node")"
		[ "$counted" = 1 ] || bad "$node forwarded $counted packets by XDP from $left, not one"
	done
	[ "$failures" -ne "$1" ] ||
		good "both packets, every link: same IP addresses, new MACs, one off the TTL"
}
