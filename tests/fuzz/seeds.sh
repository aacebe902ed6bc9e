#!/bin/sh
# Beginnings for the fuzzer of texts (text.c). Usage: seeds.sh FOLDER
set -eu
cd "$1"
cat >file <<-'END'
	0attach p1 p2 xdp native # two
	lookup maps
	multipath flow
	size classes 500
	metrics [::1]:9105
	route add 10.0.0.0/8 via 10.0.2.2 dev p1 mtu 1400
	neigh add 10.0.2.2 lladdr 02:00:00:00:00:01 dev p1
END
cat >routes <<-'END'
	1default via 10.0.2.2 dev p1 proto dhcp metric 100 onlink
	1.0.0.0/24 via inet6 fe80::1 dev p1 nhid 7 mtu lock 1400
	blackhole 10.8.0.0/16
	10.7.0.0/16 proto static
	7 10.6.0.0/16 rtt lock 5ms newword # comment
	2001:db8::/32 via fe80::1 dev p1 metric 1024 expires 10sec pref medium
END
cat >requests <<-'END'
	2
	{"do":"route","verb":"add","list":[["10.0.0.0/8","10.0.2.2","p1",1400],["::/0","fe80::1","p2",0]]}
	{"do":"get","addr":"10.1.2.3"}
	{"do":"neigh","verb":"replace","object":"10.0.2.2","lladdr":"2:0:0:0:0:1","dev":"p1"}
	{"do":"routes","family":6,"cursor":0}
	{"do":"statics","cursor":0}
	{"do":"route","verb":"del","object":"10.0.0.0/8","via":"10.0.2.2"}
	{"do":"neigh","verb":"add","object":"10.0.2.3","lladdr":"2:0:0:0:0:1","dev":"q"}
	{"do":"neighs"}
	{"do":"neigh","verb":"del","object":"10.0.2.2","dev":"p1"}
	{"do":"route","verb":"flush","family":6}
END
