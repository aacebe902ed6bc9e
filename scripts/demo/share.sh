# What xhop counted on the three routers, and the share of transit packets that XDP forwarded.
# Sourced by demo.sh.

# Reasons of packets that end at the router itself: ARP, neighbour discovery and other multicast
# (listener reports carry hop-by-hop options), a TTL that ends here, an address of the router. Every
# other packet that was handed to Linux counts as a transit packet that XDP did not forward. Should
# this list hide one, Linux's own counter of forwarded packets tells: the larger of both is believed.
FOR_ROUTER='["ethertype", "mac", "hop-by-hop", "ttl", "source", "destination", "no-route"]'

xhop_show() { # router what
	timeout 10 "$XHOP" -n "$ID-$1" -j show "$2" || broken "xhop show $2 failed on $1"
}

# The columns of `xhop show hop` that fit into 80.
share_hops() {
	local node
	for node in $ROUTERS; do
		printf '\n  %s%s%s  xhop -n %s show hop\n' "$bold" "$node" "$plain" "$ID-$node"
		xhop_show "$node" hop >"$dir/hop"
		{
			echo "DEV VIA LLADDR STATE PACKETS BYTES"
			jq -r 'sort_by(.dev)[] |
				"\(.dev) \(.via) \(.lladdr) \(.state) \(.packets) \(.bytes)"' "$dir/hop"
		} | awk '{ printf "      %-6s %-15s %-18s %-10s %8s %12s\n", $1, $2, $3, $4, $5, $6 }'
	done
}

# The packets that the node's kernel says it forwarded itself, both families.
linux_forwarded() { # node
	in_node "$1" cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 == "Ip:" && !column { for (i = 2; i <= NF; i++) if ($i == "ForwDatagrams") column = i; next }
		$1 == "Ip:" { sum += $column }
		$1 == "Ip6OutForwDatagrams" { sum += $2 }
		END { print sum + 0 }'
}

share_print() {
	local node xdp handed own linux errors left all_xdp=0 all_left=0
	local row='  %-7s %16s %15s %15s %13s\n'
	echo
	# shellcheck disable=SC2059 # the format is above
	printf "$row" router 'forwarded by XDP' 'left to Linux' 'Linux counted' 'not transit'
	for node in $ROUTERS; do
		xhop_show "$node" reason >"$dir/reason"
		xhop_show "$node" dev >"$dir/dev"
		read -r xdp handed own <<<"$(jq -r --argjson own "$FOR_ROUTER" '
			(map(select(.verdict != "redirect")) | map(.own = (.reason | IN($own[])))) as $passed |
			[(map(select(.verdict == "redirect").packets) | add),
			 ($passed | map(select(.own | not).packets) | add),
			 ($passed | map(select(.own).packets) | add)] | join(" ")' "$dir/reason")"
		errors=$(jq 'map(.errors) | add' "$dir/dev") # redirects that failed after all
		linux=$(linux_forwarded "$node")
		xdp=$((xdp - errors))
		left=$(((handed > linux ? handed : linux) + errors))
		# shellcheck disable=SC2059
		printf "$row" "$node" "$xdp" "$((handed + errors))" "$linux" "$own"
		all_xdp=$((all_xdp + xdp)) all_left=$((all_left + left))
		cat "$dir/reason" >>"$dir/reasons"
	done
	share_verdict "$all_xdp" "$all_left"
}

share_why() { # of what is counted as left to Linux, the reasons
	jq -rs --argjson own "$FOR_ROUTER" 'add | group_by(.reason)[] |
		{reason: .[0].reason, meaning: .[0].meaning, packets: (map(.packets) | add)} |
		select(.reason != "forwarded" and .packets > 0 and (.reason | IN($own[]) | not)) |
		"  \(.packets) left to Linux: \(.meaning)"' "$dir/reasons"
}

share_verdict() { # forwarded by xdp, left to linux
	local all=$(($1 + $2)) hundredths text node
	[ "$all" -gt 0 ] || { bad "no transit packet at all"; return; }
	hundredths=$((10000 * $1 / all))
	echo
	share_why
	cat <<-EOF

	  Share = forwarded by XDP / (forwarded by XDP + left to Linux), all routers.
	  "Linux counted" is what Linux says it forwarded itself; should it be more
	  than xhop left to it, the larger number is taken. Not transit is what is for
	  the router itself: ARP, neighbour discovery and other multicast, a TTL that
	  ended there (traceroute), packets to one of its own addresses.

	EOF
	text="XDP forwarded $1 of $all transit packets:"
	text+=" $(printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))) %"
	if [ "$hundredths" -ge $((WANTED * 100)) ]; then
		good "$bold$text$plain"
		return
	fi
	bad "$bold$text$plain, less than $WANTED %"
	for node in $ROUTERS; do
		echo "  $node:"
		timeout 10 "$XHOP" -n "$ID-$node" show status | fold -s -w 76 | sed 's/^/    /; s/ *$//'
	done
}
