/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys, values and sizes of the maps: the contract between the programs and the loader.
 * Includes only linux/types.h. All numbers are in host byte order unless named be*;
 * addresses and MACs are bytes as on the wire.
 */
#ifndef XHOP_MAPS_TYPES_H
#define XHOP_MAPS_TYPES_H

#include <linux/types.h>
#include "maps/reasons.h"

#define XHOP_PORTS_MAX	  1024	/* ports of one set (one network namespace) */
#define XHOP_HOPS_DEFAULT 65536 /* next hops a set can count apart */
#define XHOP_HOPS_SHARED  0	/* the hop id that counts for all when the table is full */
#define XHOP_REASON_SLOTS 64
#define XHOP_MAGIC	  0x504f4858u /* "XHOP", little endian, in each program's rodata */
/* Raised when a running program of an older build could not share its maps with a newer one. */
#define XHOP_ABI 3

/* What a port is, decided at attach (struct xhop_config.flags). */
enum xhop_port_flag {
	XHOP_PORT_VETH = 1 << 0,	/* native veth: an skb may stand behind the frame */
	XHOP_PORT_HIDDEN_SUM = 1 << 1,	/* a missing L4 checksum cannot be seen, guess safely */
	XHOP_PORT_HIDDEN_VLAN = 1 << 2, /* an offloaded VLAN tag cannot be seen */
	XHOP_PORT_VETH_PEER = 1 << 3,	/* ... but the veth peer says whether it sends such */
};

/* How the kernel hashes its own IPv4 addresses (inet_addr_hash()), before hash_32(). */
enum xhop_addr_hash {
	XHOP_ADDR_HASH_UNKNOWN, /* the FIB is asked instead, which takes longer */
	XHOP_ADDR_HASH_XOR,	/* xor with the namespace's mix */
	XHOP_ADDR_HASH_JHASH,	/* jhash_1word() with it */
	XHOP_ADDR_HASH_PLAIN,	/* the address alone */
};

/*
 * What a copy of the program may leave out, to measure what it costs. The verifier removes the
 * tests of the mask together with what they skip.
 */
enum xhop_check {
	XHOP_CHECK_SUM = 1 << 0,       /* IPv4 header checksum */
	XHOP_CHECK_MAC = 1 << 1,       /* destination MAC */
	XHOP_CHECK_DEVICE = 1 << 2,    /* hooks, handlers and VRF of the ingress device */
	XHOP_CHECK_XFRM = 1 << 3,      /* IPsec policies */
	XHOP_CHECK_NETFILTER = 1 << 4, /* netfilter hooks, and IPv6's sysctls */
	XHOP_CHECK_EGRESS = 1 << 5,    /* the egress device */
	XHOP_CHECK_SOURCE = 1 << 6,    /* the source address */
	XHOP_CHECK_STALE = 1 << 7,     /* whether Linux should see to the neighbour */
	XHOP_CHECK_COUNT_HOP = 1 << 8, /* counting the next hop */
};

/*
 * The program's own configuration: rodata, one program a port. The loader finds a running set
 * again by reading it back from the program (magic, cookie, ifindex).
 */
struct xhop_config {
	__u32 magic;
	__u32 abi;
	__u64 netns_cookie; /* SO_NETNS_COOKIE of the namespace */
	__u32 ifindex;
	/* The members above stand at these offsets in every build, for detach. */
	__u32 slot;	  /* index into port_counters and port_controls */
	__u32 generation; /* counts the attaches of this port */
	__u32 flags;	  /* enum xhop_port_flag */
	__u32 hops;	  /* entries of hop_counters */
	__u8 has_kfuncs;  /* bpf_cast_to_kern_ctx and bpf_rdonly_cast (Linux 6.4) */
	__u8 skip_neigh;  /* BPF_FIB_LOOKUP_SKIP_NEIGH (Linux 6.4) */
	__u8 generic;	  /* attached in generic mode */
	__u8 addr_hash;	  /* enum xhop_addr_hash */
	__u32 classes;	  /* entries of hop_live; 0: kernel lookups only */
	__u32 skip;	  /* enum xhop_check; 0 in every program that is attached */
	/* netdev_features_t, whose bits move between versions: VLAN tags taken out by the device */
	__u64 vlan_rx_features;
	__u64 vlan_tx_features; /* ... or put beside the frame by the sender */
	__u8 build[24];		/* build identity, shown by `xhop show dev -s` */
};

/* Run-time switches of one port; the loader writes, the program reads. */
struct xhop_port_control {
	__u32 runner; /* the generation that may forward; 0: any */
	__u32 paused; /* not 0: pass everything */
};

/*
 * Which families' packets of a port the route maps may answer. One word, so that the daemon can
 * write it without a lock: the port's ifindex in the upper half, XHOP_MAPS_* in the lower.
 */
struct xhop_port_maps {
	__u64 allowed;
};

#define XHOP_MAPS_IP4 1u /* policy rules leave what comes in here to the main table */
#define XHOP_MAPS_IP6 2u

/* Written by the program, per CPU. Sum of reasons = packets seen. */
struct xhop_port_counters {
	__u64 reason[XHOP_REASON_SLOTS];
	__u64 rx_bytes;
	__u64 maps; /* of the forwarded: answered by the route maps */
};

/* A next hop: where the helper, or the maps, say that a packet goes. Padding is zero. */
struct xhop_hop_key {
	__u32 ifindex; /* egress */
	__u8 addr[16]; /* neighbour; IPv4 in the first four bytes */
	__u8 lladdr[6];
	__u8 family; /* AF_INET or AF_INET6: of the neighbour's address */
	__u8 pad;
};

/* What a CPU found last for the hops of one bucket; saves the hash of hop_ids. */
struct xhop_hop_cached {
	struct xhop_hop_key key;
	__u32 id;
};

#define XHOP_HOP_CACHE 256 /* buckets a CPU, a power of two */

struct xhop_hop_counters {
	__u64 packets;
	__u64 bytes; /* Ethernet frames as sent, without FCS */
};

/* One word a set: the next hop id to give out. */
struct xhop_hop_next {
	__u32 next;
	__u32 pad;
};

/*
 * What the kernel's last successful FIB lookup on this CPU used, and what the forwarding
 * program's functions hand each other; kernel addresses.
 */
struct xhop_fib_seen {
	__u64 nhc;     /* struct fib_nh_common */
	__u64 f6i;     /* struct fib6_info, 0 for IPv4 */
	__u64 net;     /* struct net */
	__u64 dev;     /* struct net_device, egress */
	__u64 hooks;   /* struct nf_hook_entries */
	__u64 neigh;   /* struct neighbour */
	__u8 addr[16]; /* what neigh is looked up by, IPv4 in the first four bytes */
};

/*
 * Route maps: a trie in lines of 64 bytes. An entry is a hop index, XHOP_ASK, or with the top bit
 * a child: the line where a node of 8 address bits starts. Zeroed memory is a valid, empty table.
 *
 * The root comes first, one word an entry: 16 bits of an IPv4 address; for IPv6 the 20 bits
 * behind the first four where these are those of 2000::/4, then the first 16 of all others.
 *
 * A node cuts its 256 slots into runs of one answer. XHOP_PLAIN: a word a slot, 16 lines. Else:
 * a bitmap of the slots where a run starts (bits[4]), the runs before each 64 slots, the number
 * of the node's word where its words start, a byte a run, the words. A byte is a hop index, or
 * with the top bit it counts the words: a child, or a hop index that needs more than 7 bits.
 */
#define XHOP_ASK   0u /* ask the kernel */
#define XHOP_CHILD 0x80000000u
#define XHOP_PLAIN 0x40000000u
#define XHOP_LINE  16 /* words of a line */

#define XHOP_NODE_RANKS 32 /* offsets in bytes */
#define XHOP_NODE_WORDS 36
#define XHOP_NODE_RUNS	37
#define XHOP_RUN_WORD	0x80

#define XHOP_ROOT4_BITS 16
#define XHOP_ROOT6_SKIP 4
#define XHOP_ROOT6_TOP	2 /* the skipped bits */
#define XHOP_ROOT6_BITS 20
#define XHOP_ROOT6_REST (1u << XHOP_ROOT6_BITS) /* the first word for all other addresses */
#define XHOP_REST6_BITS 16

struct xhop_line {
	union {
		__u64 bits[XHOP_LINE / 2];
		__u32 word[XHOP_LINE];
		__u8 byte[XHOP_LINE * 4];
	};
};

/* A hop index with this bit names a group of hops, among which the flow's hash chooses. */
#define XHOP_GROUP	 0x40000000u
#define XHOP_GROUP_SLOTS 256

struct xhop_group {
	__u16 member[XHOP_GROUP_SLOTS]; /* hop indices, as often as their weights want */
};

/*
 * What the kernel counts up with every change that can alter where packets go. Two u64 a family,
 * compared whole.
 */
struct xhop_generation {
	__u64 ip4[2]; /* rt_genid and fib_seq; 0 */
	__u64 ip6[2]; /* sernum and fib_seq of main; rt_genid, and fib_seq of local and rules */
};

/* Answer of bpf/generation.bpf.c. */
struct xhop_generation_now {
	struct xhop_generation generation;
	__u64 cookie; /* of the namespace it was asked in */
	__u64 jiffies;
};

#define XHOP_LEASE_SECONDS 3 /* without a sign of life the maps are not trusted */

enum xhop_daemon_state {
	XHOP_DAEMON_NONE,
	XHOP_DAEMON_FILLING,
	XHOP_DAEMON_FOLLOWING,
	XHOP_DAEMON_STALE, /* events were lost, the kernel is read anew */
};

/* Says which state of the FIB the route maps hold, and until when. Daemon writes. */
struct xhop_route_control {
	struct xhop_generation generation; /* 0: none, the maps are not to be trusted */
	__u64 lease;			   /* jiffies64; later the daemon counts as dead */
	/* For people: */
	__u64 alive;	   /* CLOCK_BOOTTIME, ns: the daemon's last sign of life */
	__u64 prefixes[2]; /* in the maps, IPv4 and IPv6 */
	__u32 state;	   /* enum xhop_daemon_state */
	__u32 pid;
	__u32 classes; /* in use */
	__u32 pad;
};

/*
 * A class of routes that the kernel treats alike, by hop index. Daemon writes. Which device and
 * neighbour it means, the program learns from the kernel (struct xhop_hop_live).
 */
enum xhop_class_kind {
	XHOP_CLASS_OFF,	  /* ask the kernel */
	XHOP_CLASS_ROUTE, /* a route of the kernel: learn from the packet's own lookup */
	XHOP_CLASS_VIA,	  /* a hop the kernel's table does not have: learn from its address */
};

struct xhop_class {
	__u32 kind; /* enum xhop_class_kind */
	__u32 mtu;  /* the route's metric, 0: none */
	/* Where it goes. Of a route: what an answer must be to be learnt; ifindex 0: anything. */
	__u32 ifindex;
	__u32 family; /* of the gateway, 0: none */
	__u8 addr[16];
};

/*
 * What one CPU learnt from the kernel of a class: valid in the generation it was learnt in.
 * Kernel objects are named by address and read live.
 */
struct xhop_hop_live {
	__u64 generation[2]; /* of the packet's family, as in struct xhop_generation */
	__u64 dev;	     /* struct net_device, egress */
	__u64 neigh;	     /* struct neighbour */
	__u64 nhc;	     /* struct fib_nh_common of an IPv4 route, fib6_info of an IPv6 one */
	__u32 ifindex;
	__u32 id;	/* as counted */
	__u8 lladdr[6]; /* the two MACs in the order of the wire */
	__u8 smac[6];
	__u32 mtu;     /* the longest packet that may go without asking */
	__u8 addr[16]; /* key of the neighbour */
	__u32 genid;   /* IPv4's rt_genid: counts what happens to devices, too */
	__u32 family;  /* of the neighbour; 0: the neighbour is the destination */
};

/* Where the packet in hand goes. Program only. */
struct xhop_hop_now {
	struct xhop_hop_key
		key; /* as counted; from a class with a gateway ifindex and lladdr only */
	__u8 smac[6];
	__u8 answered; /* by the maps */
	__u8 id_known; /* what it is counted as */
	__u8 link;     /* the route has no gateway */
	__u8 pad[3];
	__u32 id;
	__u32 class;	     /* whose answer may be learnt, or 0 */
	__u32 mtu;	     /* of the class */
	__u64 generation[2]; /* of the packet's family, before the lookup */
	__u64 dev;	     /* struct net_device, egress */
	__u64 neigh;	     /* struct neighbour, 0: unknown */
	__u64 nhc;	     /* struct fib_nh_common or fib6_info */
};

/*
 * What one CPU learnt of a port and its namespace; every change of it counts up rt_genid. Zero:
 * nothing. Kernel addresses.
 */
struct xhop_port_live {
	__u64 dev; /* struct net_device */
	__u64 net; /* struct net */
	__u64 mac; /* as the upper six bytes of a little endian word */
	__u32 genid;
	__u32 hash_mix;
	__u64 in_dev;	 /* struct in_device */
	__u64 devconf;	 /* struct ipv4_devconf of all */
	__u64 addresses; /* hash table of the namespace's own */
	__u64 fib6[3];	 /* struct fib6_objects */
	__u8 forwarding4;
	__u8 xfrm; /* IPsec policies have a say on IPv4 */
	__u8 vrf;  /* the device belongs to one */
	__u8 pad[5];
};

/* Failed redirects by device, all sets of the machine. */
struct xhop_dev_key {
	__u64 netns_cookie;
	__u32 ifindex;
	__u32 pad;
};

struct xhop_dev_errors {
	__u64 redirect; /* refused at redirect (xdp_redirect_err), as egress */
	__u64 xmit;	/* lost at flush (xdp_devmap_xmit), as egress */
};

_Static_assert(XHOP_REASON_COUNT <= XHOP_REASON_SLOTS, "reasons fit their slots");
_Static_assert(sizeof(struct xhop_hop_key) == 28, "no hidden padding in the key");
_Static_assert(sizeof(struct xhop_hop_cached) == 32 && XHOP_HOP_CACHE == 1 << 8, "hop cache");
_Static_assert(sizeof(struct xhop_class) == 32, "class layout");
_Static_assert(sizeof(struct xhop_hop_live) == 88, "the first 64 bytes hold what each packet asks");
_Static_assert(sizeof(struct xhop_line) == 64, "a cache line");
_Static_assert(sizeof(struct xhop_dev_key) == 16, "no hidden padding in the key");
_Static_assert(sizeof(struct xhop_config) == 88, "config layout");

#endif
