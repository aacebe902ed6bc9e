# The faults: NAME, file (of bpf/, or with its folder), edit for sed -E, and the tests that must
# catch it. Sourced by run.sh. A catcher is as narrow as the fault, so that it proves something of that test.
#
# Not here, for no packet tells them from the original: the question for GSO (the peer of a veth that
# runs XDP cuts segments before it sends) and for disable_ipv6 at egress (it has no neighbours then).

# --- rewrite: every byte that leaves -----------------------------------------------------------

fault 'TTL not decremented' rewrite.bpf.h \
	's/ip4->ttl--;/;/' 'prog ipv4: TTL *'
fault 'hop limit not decremented' rewrite.bpf.h \
	's/ip6->hop_limit--;/;/' 'prog ipv6: hop limit *'
fault 'checksum not updated' rewrite.bpf.h \
	's/ip4->check = .*/;/' 'prog ipv4: TTL 2'
fault 'checksum without carry' rewrite.bpf.h \
	's/ \+ \(check >= 0xffff\)//' 'prog ipv4: checksum *'
fault 'checksum off by one at the carry' rewrite.bpf.h \
	's/check >= 0xffff/check > 0xffff/' 'prog ipv4: checksum *'
fault 'checksum off by one at the carry, on the wire' rewrite.bpf.h \
	's/check >= 0xffff/check > 0xffff/' 'diff IPv4 checksum carry: *'
fault 'checksum in the wrong byte' rewrite.bpf.h \
	's/bpf_htons\(0x0100\)/0x0100/' 'prog ipv4: TTL 2'
fault 'source MAC not rewritten' rewrite.bpf.h \
	's/__builtin_memcpy\(eth->h_source.*/;/' 'prog short ipv[46]: whole'
fault 'destination MAC not rewritten' rewrite.bpf.h \
	's/__builtin_memcpy\(eth->h_dest.*/;/' 'prog short ipv[46]: whole'
fault 'destination MAC with a wrong byte' rewrite.bpf.h \
	's/(h_dest, hop->key.lladdr, ETH_ALEN)/\1 - 1/' 'prog short ipv[46]: whole'
fault 'destination MAC with a wrong byte, on the wire' rewrite.bpf.h \
	's/(h_dest, hop->key.lladdr, ETH_ALEN)/\1 - 1/' 'diff MAC addresses: IPv? to the router*'
fault 'padding kept' rewrite.bpf.h \
	's/padding > 0 \? .* : 0/0/' 'prog short ipv[46]: padded *'
fault 'padding trimmed by a byte too many' rewrite.bpf.h \
	's/-padding\)/-padding - 1)/' 'prog short ipv[46]: padded *'
fault 'padding of one buffer left to Linux' rewrite.bpf.h \
	's/pkt->has_frags && pkt->frame_len/pkt->frame_len/' 'prog short ipv[46]: padded *'
fault 'every jumbo frame taken for a padded one' rewrite.bpf.h \
	's/pkt->has_frags && pkt->frame_len != .*/pkt->has_frags;/' 'prog frags: *'
fault 'headers rewritten before the answer is known' xhop.bpf.c \
	's/reason = lookup\(ctx, pkt, .*;/& rewrite_headers(ctx, pkt, \&hop);/' \
	'prog ipv4 route: blackhole'
fault 'redirected to a device that is no port' xhop.bpf.c \
	's/XDP_PASS\) != XDP_REDIRECT/XDP_PASS) == XDP_DROP/' \
	'prog ipv4 route: out of a device that is no port'
fault 'a paused port forwards' xhop.bpf.c \
	's/control->paused \? XHOP_NOT_RUNNER : //' 'prog control: paused*'
fault 'a replaced program forwards' xhop.bpf.c \
	's/control->runner != config.generation/0/' 'prog control: another generation runs'

# --- counters ----------------------------------------------------------------------------------

fault 'a packet counted twice' xhop.bpf.c \
	's/count_reason\(reason, .pkt\);/& &/' 'prog short ipv4: *'
fault 'a packet counted twice, in show' xhop.bpf.c \
	's/count_reason\(reason, .pkt\);/& &/' 'net counters every_packet_has_one_reason'
fault 'a passed packet not counted' xhop.bpf.c \
	's/(count_reason\(reason, .pkt\);)/if (!reason) \1/' 'prog mac: broadcast'
fault 'packets of a next hop not counted' count.bpf.h \
	's/counters->packets\+\+;/;/' 'prog short ipv[46]: whole'
fault 'hop bytes with the padding' xhop.bpf.c \
	's/count_hop\(id, .*;/count_hop(id, pkt->frame_len);/' 'prog short ipv[46]: padded *'
fault 'hop bytes without the Ethernet header' xhop.bpf.c \
	's/count_hop\(id, .*;/count_hop(id, pkt->ip_len);/' 'prog short ipv[46]: whole'
fault 'hop bytes without the Ethernet header, in show' xhop.bpf.c \
	's/count_hop\(id, .*;/count_hop(id, pkt->ip_len);/' \
	'net counters next_hops_count_packets_and_bytes'
fault 'bytes of a port counted wrong' count.bpf.h \
	's/port->rx_bytes \+= pkt->frame_len/port->rx_bytes++/' 'prog short ipv4: whole' \
	'net counters bytes_of_a_port'
fault 'the hop cache answers for another hop' count.bpf.h \
	's/ && hop_cached_is\(cached, key\)//' 'prog hops: *'
fault 'hops told apart without their MAC' lookup.bpf.h \
	's/(memcpy\(hop->key.lladdr, fib->dmac), 6/\1, 5/' 'prog short ipv4: whole'

# --- frame and headers -------------------------------------------------------------------------

fault 'VLAN tags counted as other ethertypes' parse.bpf.h \
	's/return XHOP_VLAN;/return XHOP_ETHERTYPE;/' 'prog ethertype: 802.1*'
fault 'IPv4 options forwarded' parse.bpf.h \
	's/if \(ip->ihl > 5\)/if (0)/; s/if \((sum_fold.*!= 0xffff)\)/if (ip->ihl == 5 \&\& \1)/' \
	'prog ipv4: *options'
fault 'IPv4 options forwarded, on the wire' parse.bpf.h \
	's/if \(ip->ihl > 5\)/if (0)/; s/if \((sum_fold.*!= 0xffff)\)/if (ip->ihl == 5 \&\& \1)/' \
	'diff IPv4 options: record route*'
fault 'bad header checksum forwarded' parse.bpf.h \
	's/if \(!skipped\(SUM\) && sum_fold\(.*!= 0xffff\)/if (0)/' 'prog ipv4: checksum off*'
fault 'lengths not held against the frame' parse.bpf.h \
	's/ \|\| pkt->ip_len > pkt->frame_len - sizeof\(struct ethhdr\)//' \
	'prog ipv[46]: *length and one'
fault 'TTL 1 forwarded' parse.bpf.h \
	's/ip->ttl <= 1/ip->ttl < 1/' 'prog ipv4: TTL 1'
fault 'hop limit 1 forwarded' parse.bpf.h \
	's/ip->hop_limit <= 1/ip->hop_limit < 1/' 'prog ipv6: hop limit 1'
fault 'hop-by-hop options forwarded' parse.bpf.h \
	's/ip->nexthdr == IPPROTO_HOPOPTS/0/' 'prog ipv6 header: hop-by-hop*'
fault 'IPv4 multicast source forwarded' parse.bpf.h \
	's/\(src >> 28\) == 0xe \|\| //' 'prog ipv4 source: 2*'
fault 'IPv4 loopback source forwarded' parse.bpf.h \
	's/ \|\| \(src >> 24\) == 127//' 'prog ipv4 source: 127*'
fault 'IPv4 loopback destination forwarded' parse.bpf.h \
	's/ \|\| \(dst >> 24\) == 127//' 'prog ipv4 destination: 127*'
fault 'IPv6 multicast source forwarded' parse.bpf.h \
	's/ip->saddr.in6_u.u6_addr8\[0\] == 0xff \|\|//' 'prog ipv6 source: ff0*'
fault 'IPv6 link-local source forwarded' parse.bpf.h \
	's/\(src\[0\] & bpf_htonl\(0xffc00000\)\) == bpf_htonl\(0xfe800000\)/0/' \
	'prog ipv6 source: fe*'
fault 'IPv6 link-local taken for fe80::/16' parse.bpf.h \
	's/0xffc00000/0xffff0000/' 'prog ipv6 source: fe*'
fault 'IPv6 loopback source forwarded' parse.bpf.h \
	's/\(!src\[3\] \|\| src\[3\] == bpf_htonl\(1\)\)/!src[3]/' 'prog ipv6 source: ::1'
fault 'fragments given ports' parse.bpf.h \
	's/pkt->fragment = !!\(.*;/pkt->fragment = 0;/' 'prog ipv4 rule: ports, *fragment'
fault 'fragments given ports, on the wire' parse.bpf.h \
	's/pkt->fragment = !!\(.*;/pkt->fragment = 0;/' 'diff IPv4 rules: dport, * fragment*'

# --- gate: the port ----------------------------------------------------------------------------

fault 'no destination MAC check' gate.bpf.h \
	's/return in->live->mac == mac_word/return 1 || in->live->mac == mac_word/' 'prog mac: *'
fault 'last byte of the destination MAC not checked' gate.bpf.h \
	's/return in->live->mac == mac_word\((.*)\)$/return in->live->mac << 8 == mac_word(\1) << 8/' 'prog mac: byte *'
fault 'the program of another port forwards' gate.bpf.h \
	's/ \|\| ctx->ingress_ifindex != config.ifindex//' 'prog moved: *'
fault 'a device moved to another namespace forwards' port.bpf.h \
	's/if \(kread\(net, net_cookie\) != config.netns_cookie\)/if (0)/' 'prog moved: *'
fault 'bridge port ignored' gate.bpf.h \
	's/if \(kread\(dev, rx_handler\)\)/if (0)/' 'prog device: bridge port*'
fault 'bridge port ignored, on the wire' gate.bpf.h \
	's/if \(kread\(dev, rx_handler\)\)/if (0)/' 'diff ports put into a bridge: *'
fault 'VRF ignored' gate.bpf.h \
	's/return XHOP_VRF;/return XHOP_FORWARDED;/' 'prog device: VRF port*'
fault 'netdev ingress hook ignored' gate.bpf.h \
	's/if \(kread\(dev, nf_hooks_ingress\)\)/if (0)/' 'prog device: netdev ingress hook'
fault 'tc ingress ignored' gate.bpf.h \
	's/return XHOP_TC_INGRESS;/return XHOP_FORWARDED;/' 'prog device: *ingress*filter'
fault 'tc ingress ignored, on the wire' gate.bpf.h \
	's/return XHOP_TC_INGRESS;/return XHOP_FORWARDED;/' 'diff tc ingress: *'
fault 'CHECKSUM_PARTIAL ignored' gate.bpf.h \
	's/if \(kread_bits\(skb, ip_summed\) == CHECKSUM_PARTIAL\)/if (0)/' 'prog wire: *'
fault 'CHECKSUM_PARTIAL ignored, on the wire' gate.bpf.h \
	's/if \(kread_bits\(skb, ip_summed\) == CHECKSUM_PARTIAL\)/if (0)/' \
	'diff beside the frame: * checksum open*'
fault 'VLAN tag behind the skb ignored' gate.bpf.h \
	's/if \(kread\(skb, vlan_all\)\)/if (0)/' 'prog wire: *' \
	'diff beside the frame: VLAN tag*'
fault 'firewall mark ignored' gate.bpf.h \
	's/if \(kread\(skb, mark\) .*/if (0)/' 'prog wire: *'
fault 'hidden open checksum ignored' gate.bpf.h \
	's/ \|\| sum_is_partial\(pkt\)//' 'prog generic port: *'
fault 'hidden VLAN tag ignored' gate.bpf.h \
	's/config.flags & XHOP_PORT_HIDDEN_VLAN/0/' 'prog generic port: the peer offloads*'

# --- gate: policy ------------------------------------------------------------------------------

fault 'netfilter always open, IPv4' gate.bpf.h \
	'/gate_ip4\(/,/^}/s/XHOP_NETFILTER/XHOP_FORWARDED/' 'prog nftables: ip *'
fault 'netfilter always open, IPv6' gate.bpf.h \
	'/gate_ip6\(/,/^}/s/XHOP_NETFILTER/XHOP_FORWARDED/' 'prog nftables ipv6: ip6 *'
fault 'netfilter always open, IPv4, with traffic' gate.bpf.h \
	'/gate_ip4\(/,/^}/s/XHOP_NETFILTER/XHOP_FORWARDED/' 'net policy nftables_forward_hook'
fault 'prerouting ignored' gate.bpf.h \
	's/if \(hook_closes\(.*PRE_ROUTING.*/if (0)/' \
	'prog nftables*: ip?(6) prerouting'
fault 'postrouting ignored' gate.bpf.h \
	's/if \(hook_closes\(.*POST_ROUTING.*/if (0)/' 'prog nftables*: ip?(6) postrouting'
fault 'a hook beside a harmless one ignored' gate.bpf.h \
	's/(num_hook_entries\)) != 1/\1 == 0/' 'prog device: @(bridge port|a hook beside*)'
fault 'IPsec ignored' gate.bpf.h \
	's/return XHOP_XFRM;/return XHOP_FORWARDED;/' 'prog xfrm: *'
fault 'IPsec blocked by default ignored' port.bpf.h \
	's/== XFRM_USERPOLICY_BLOCK/== 0xff/' 'prog xfrm: *blocked by default'
fault 'IPv6 forwarding not asked' gate.bpf.h \
	's/return XHOP_FORWARDING;/return XHOP_FORWARDED;/' 'prog ipv6 sysctl: *off*'
fault 'disable_ipv6 ignored at ingress' gate.bpf.h \
	's/ \|\| kread\(idev, cnf.disable_ipv6\)//' 'prog ipv6 sysctl: IPv6 disabled*'
fault 'proxy_ndp ignored' gate.bpf.h \
	's/return XHOP_PROXY_NDP;/return XHOP_FORWARDED;/' 'prog ipv6 sysctl: proxy_ndp of all'

# --- lookup ------------------------------------------------------------------------------------

fault 'device MTU + 1' lookup.bpf.h \
	's/(tot_len = pkt->ip_len);/\1 - 1;/' 'prog mtu: *device 1500 and one'
fault 'device MTU ignored' lookup.bpf.h \
	's/fib->tot_len = .*/;/' 'prog mtu: *device 1500 and one'
fault 'route MTU + 1' route.bpf.h \
	's/len <= mtu;/len <= mtu + 1;/' 'prog mtu: *route 1300 and one'
fault 'route MTU ignored' route.bpf.h \
	's/return !mtu \|\| len <= mtu;/return 1;/' 'prog mtu: *route 1300 and one'
fault 'route MTU ignored, on the wire' route.bpf.h \
	's/return !mtu \|\| len <= mtu;/return 1;/' 'diff IPv4 MTU*'
fault 'TOS not looked up' lookup.bpf.h \
	's/fib->tos = .*/;/' 'prog ipv4 route: TOS*'
fault 'source not looked up' lookup.bpf.h \
	's/fib->ipv4_src = .*/;/' 'prog ipv4 rule: from'
fault 'ports swapped' lookup.bpf.h \
	's/fib->dport = pkt->dport/fib->dport = pkt->sport/' 'prog ipv4 rule: ports'
fault 'flow label not hashed' lookup.bpf.h \
	's/bpf_htonl\(0x0fffffff\)/bpf_htonl(0x0ff00000)/' 'diff IPv6 multipath, policy 0*'
fault 'unknown neighbour taken for known' lookup.bpf.h \
	'/case BPF_FIB_LKUP_RET_NO_NEIGH/,+1s/XHOP_NEIGHBOUR/XHOP_FORWARDED/' \
	'prog ipv[46] route: *neighbour unknown'
fault 'encapsulating routes taken for plain' lookup.bpf.h \
	'/case BPF_FIB_LKUP_RET_UNSUPP_LWT/,+1s/XHOP_ENCAP/XHOP_FORWARDED/' \
	'prog ipv[46] route: *encapsulation'
fault 'blackhole counted as no route' lookup.bpf.h \
	's/return XHOP_BLACKHOLE;/return XHOP_NO_ROUTE;/' 'prog ipv[46] route: blackhole'
fault 'rules that ask behind extension headers' lookup.bpf.h \
	's/pkt->family == AF_INET6 && rules_dissect\(pkt, in->net\)/0/' 'prog ipv6 rule: ports, *'
fault 'rules that suppress ignored' lookup.bpf.h \
	's/rules_suppress\(0\)/0/' 'prog ipv6 rule: suppress*'
fault 'learned next hops ignored' lookup.bpf.h \
	's/return XHOP_LEARNED;/;/' 'prog learned: *'
fault 'multipath always trusted' route.bpf.h \
	's/return exact \? XHOP_FORWARDED : XHOP_MULTIPATH;/return XHOP_FORWARDED + 0 * exact;/' \
	'prog multipath policy *'
fault 'multipath always trusted, on the wire' route.bpf.h \
	's/return exact \? XHOP_FORWARDED : XHOP_MULTIPATH;/return XHOP_FORWARDED + 0 * exact;/' \
	'diff IPv4 multipath, policy 0, not plain flows*'
fault 'multipath trusted for a source of the router' route.bpf.h \
	's/return XHOP_MULTIPATH;/;/' 'diff multipath, own sources*'
fault 'ICMP errors hashed as plain packets' route.bpf.h \
	'/multipath_exact4/,/^}/s/return !pkt->icmp_error;/return 1;/' 'prog multipath policy 0: ICMP*'
fault 'nexthop groups not seen' route.bpf.h \
	's/route->multipath = !!\(found & NEXTHOP_IN_GROUP\)/route->multipath = 0/' \
	'prog multipath nexthop group: *'

# --- source and egress -------------------------------------------------------------------------

fault 'own source accepted' source.bpf.h \
	's/return XHOP_OWN_SOURCE;/return XHOP_FORWARDED;/' 'prog own source: *'
fault 'own source looked for in the wrong bucket' address.bpf.h \
	's/\(32 - IN4_ADDR_HSIZE_SHIFT\)/(31 - IN4_ADDR_HSIZE_SHIFT)/' 'prog own source: *'
fault 'rp_filter ignored' source.bpf.h \
	'/source_lookup\(/,/^}/s/return XHOP_RP_FILTER;/return XHOP_FORWARDED;/' 'prog rp_filter: *'
fault 'rp_filter ignored, on the wire' source.bpf.h \
	'/source_lookup\(/,/^}/s/return XHOP_RP_FILTER;/return XHOP_FORWARDED;/' 'diff rp_filter: *'
fault 'strict rp_filter taken for loose' source.bpf.h \
	's/rp_filter == 2 &&/rp_filter \&\&/' 'prog rp_filter: strict*'
fault 'sysctl of all interfaces ignored' port.bpf.h \
	's/return all > dev \? all : dev;/return dev + 0 * all;/' 'prog @(rp_filter|same port): *'
fault 'same-interface redirect ignored, IPv4' source.bpf.h \
	's/if \(egress == config.ifindex && .*/if (0)/' 'prog same port: *'
fault 'same-interface redirect ignored, IPv6' source.bpf.h \
	's/return hop->key.ifindex == config.ifindex \? XHOP_REDIRECT : /return /' 'prog same port: IPv6*'
fault 'egress device down ignored' egress.bpf.h \
	's/return XHOP_EGRESS_DOWN;/;/' 'prog egress: no carrier*'
fault 'egress device that takes no XDP frames' egress.bpf.h \
	's/if \(!egress_takes_xdp\(pkt, dev\)\)/if (0)/' 'prog egress: *'
fault 'egress hook ignored' egress.bpf.h \
	's/return XHOP_EGRESS_HOOK;/;/' 'prog device: *egress*'
fault 'egress hook of netfilter ignored' egress.bpf.h \
	's/kread\(dev, nf_hooks_egress\)\)/0)/' 'prog device: netdev egress hook*'
fault 'egress qdisc ignored' egress.bpf.h \
	's/return XHOP_EGRESS_QDISC;/;/' 'prog device: @(tbf|pfifo|htb)*'

# --- neighbours --------------------------------------------------------------------------------

fault 'stale neighbour never asked' lookup.bpf.h \
	's/return XHOP_STALE;/;/' 'prog ipv4 neighbour: stale'
fault 'stale neighbour never asked, on the wire' lookup.bpf.h \
	's/return XHOP_STALE;/;/' 'net neigh a_mac_that_changes_in_silence_is_noticed'
fault 'neighbours in other states taken for stale' neigh.bpf.h \
	's/(nud_state\)) == NUD_STALE/\1 != 2/' 'prog ipv4 neighbour: @(delay|probe|noarp)'
fault 'neighbour looked for without its device' neigh.bpf.h \
	's/\(addr\[0\] \^ .*\)\) \* kread/(addr[0] + 0 * (__u32)dev) * kread/' \
	'prog ipv[46] neighbour: *'
fault 'IPv6 neighbour looked for by half of its address' neigh.bpf.h \
	's/addr\[3\] \* kread\(nht, hash_rnd\[3\]\)/addr[3]/' 'prog ipv[46] neighbour: *'
fault 'neighbour looked for in the wrong bucket' neigh.bpf.h \
	's/hash >> \(.*\)\);/hash \& 7);/' 'prog ipv[46] neighbour: *'
fault 'IPv6 next hop of an IPv4 route looked for in ARP' neigh.bpf.h \
	's/neigh_of\(seen, dev, key->family/neigh_of(seen, dev, AF_INET/' \
	'prog ipv4 neighbour: IPv6 next hop*'
fault 'IPv6 neighbours not looked for' neigh.bpf.h \
	's/idev \? kread\(idev, nd_parms\) : 0/idev ? (struct neigh_parms *)0 : 0/' \
	'prog ipv6 neighbour: *'
fault 'a neighbour looked at once and never again' neigh.bpf.h \
	's/\(__u32\)bpf_jiffies64\(\)/1/' 'prog ipv[46] neighbour: *'

# --- route maps --------------------------------------------------------------------------------

fault 'maps of another generation trusted' answer.bpf.h \
	's/if \(valid\[0\] != hop->generation.*/if (0)/' 'net daemon killed_the_kernel_is_asked'
fault 'maps of a dead daemon trusted' answer.bpf.h \
	's/ \|\| \(__s64\)\(control->lease - bpf_jiffies64\(\)\) <= 0//' \
	'net daemon killed_the_maps_go_on_for_the_lease'
fault 'rules of the port ignored by the maps' answer.bpf.h \
	's/!\(allowed->allowed & \(pkt->family == .*\)\)\)/0)/' 'net daemon policy_comes_and_goes'
fault 'MTU of a class ignored' answer.bpf.h \
	's/if \(pkt->ip_len > live->mtu\)/if (0)/' 'maps mtu: *'
fault 'learned next hops ignored by the maps' answer.bpf.h \
	's/if \(kread\(nhc, nhc_exceptions\)\)/if (0 * (unsigned long)nhc)/' 'maps learned: *'
fault 'old MAC of a neighbour kept' answer.bpf.h \
	's/if \(mac_word\(kread_u64\(at \+ .*\) !=$/if (0 \&\&/' \
	'net daemon neighbour_changes_and_fails'
fault 'neighbour that is gone still used' answer.bpf.h \
	's/if \(!\(kread\(neigh, nud_state\) & NUD_VALID\) \|\| kread\(neigh, dead\)\)/if (0)/' \
	'net daemon neighbour_changes_and_fails'

# --- routes that a prefix alone does not tell ----------------------------------------------------

fault 'a route for some sources taken for all' user/rtmsg.c \
	's/r.c.odd = r.c.source = .*/;/' 'maps source routes: *'
fault 'a route for some sources beside a plain one ignored' user/rib.c \
	's/(RIB_NO_ROUTE) \| RIB_SOURCE/\1/' 'maps source routes: *'
fault 'a route for some sources beside a plain one ignored, in the mirror' user/rib.c \
	's/(RIB_NO_ROUTE) \| RIB_SOURCE/\1/' 'mirror sources'
fault 'a plain route replaces one for some sources' user/rib.c \
	's/!\(route->flags & RIB_SOURCE\) == !c->source/1/' 'unit rib'
fault 'a lifetime taken for none' user/rtmsg.c \
	's/r->expires \|= .*/;/' 'mirror expires'
fault 'a lifetime set in place ignored by the maps' answer.bpf.h \
	's/kread\(f6i, fib6_flags\) & RTF_EXPIRES/0 * kread(f6i, fib6_flags)/' 'maps lifetimes: *'
fault 'prefixes with lifetimes of their own in one class' user/rtmsg.c \
	's/if \(lifetime_may_change\(.*/if (0 \&\& lifetime_may_change(\&c->key)) {/' \
	'maps lifetimes: *'
fault 'the answer of another route learnt' lookup.bpf.h \
	's/ \|\| !lookup_is_of\(hop, entry\)//' 'maps lifetimes: *'
fault 'the answer of another device learnt' lookup.bpf.h \
	's/entry->ifindex != hop->key.ifindex/0/' 'maps lifetimes: *'

# --- what the kernel does without a word ---------------------------------------------------------

fault 'routes of a device that went down kept' user/mirror_net.c \
	's/err = rib_oif_down\(.*/;/' 'mirror link down'
fault 'a link down needs no new dump' user/mirror_net.c \
	'/m->told\+\+;$/,+1s/m->want \|= MIRROR_BOTH;/;/' 'mirror link down'
fault 'a lost carrier ignored' user/mirror_net.c \
	's/ && ifi->ifi_flags & \(IFF_RUNNING \| IFF_LOWER_UP\)//' 'mirror carrier'
fault 'a lost carrier moves no IPv6 generation' fibgen.bpf.h \
	's/\(__u64\)genid << 32 \| \(__u32\)\(kread\(local/(__u64)(genid \& 0) << 32 | (__u32)(kread(local/' \
	'mirror carrier'
fault 'classes of a deleted nexthop object kept' user/mirror_net.c \
	'/mirror_nexthop_event/,/^}/s/rib_off_nexthops\(m->rib\);/;/' 'mirror nexthop gone'
fault 'what a dump does not show kept' user/rib_dump.c \
	's/err = rib_drop\(r, f, i\);/;/' 'mirror link down' 'unit rib'
fault 'a device that came back stays down' user/mirror_net.c \
	's/rib_oif_up\(m->rib, ifi->ifi_index\);/;/' 'mirror link down'
fault 'a step of the IPv6 generation that nobody told of believed' user/mirror_sync.c \
	's/mirror_told\(m, &m->known, g->ip6\)\)/m)/' 'mirror untold'
fault 'a cached route that no event explains believed' user/mirror_sync.c \
	's/ == m->credit/ != ~m->credit/' 'mirror cached'

# --- the tables ----------------------------------------------------------------------------------

fault 'the last gathered changes not written' user/rib_dump.c \
	'/^int rib_dump_end/,/^}/s/trie_gather\(f->trie, false\);/;/' 'unit rib'
fault 'changes gathered while programs trust the maps' user/rib_dump.c \
	's/trie_gather\(f->trie, !live\)/trie_gather(f->trie, true)/' 'unit rib'
fault 'gathered changes never written' maps/gather.c \
	's/node_replace\(t, own->link, .*/;/' 'unit rib'
fault 'a change elsewhere before those gathered' maps/gather.c \
	'/own->depth != depth/,/^\t\}/s/gather_close\(t\);/own->link = NULL;/' 'unit rib'
fault 'gathered changes forgotten by a deletion' maps/trie.c \
	'/^int trie_del/,/^}/s/gather_close\(t\);/t->gather.link = NULL;/' 'unit rib' 'unit trie'
fault 'gathered changes under a child' maps/gather.c \
	's/has_child\(&own->runs\[own->at\], first, last\)/0/' 'unit trie'
fault 'gathered changes left behind by a move' maps/trie.c \
	'/^int trie_move/,/^}/s/gather_close\(t\);/;/' 'unit trie'
fault 'prefixes of a gathered node not counted' maps/gather.c \
	's/->prefixes \+= g->fresh/->prefixes += 0/' 'unit trie'
fault 'changes during a first dump forgotten' user/mirror_dump.c \
	's/err = replay\(m, family\);/;/' 'mirror filling'
