/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Can the egress device take the frame by XDP now, and does nothing on the way out have a say
 * that a redirect would bypass? Asked of the live device. Reads only.
 */
#ifndef XHOP_BPF_EGRESS_BPF_H
#define XHOP_BPF_EGRESS_BPF_H

#include "bpf/route.bpf.h"

#define LINK_STATE_START	   (1UL << 0) /* include/linux/netdevice.h */
#define LINK_STATE_NOCARRIER	   (1UL << 2)
#define NETDEV_XDP_ACT_NDO_XMIT	   (1 << 2)
#define NETDEV_XDP_ACT_NDO_XMIT_SG (1 << 6)
#define IFF_MASTER		   0x400 /* include/uapi/linux/if.h */
#define NETDEV_HASHENTRIES	   256
#define DEVICES_WALKED		   16

/* dev_get_by_index_rcu(): sets seen->dev. 0: found. */
walk device_find(__u32 ifindex)
{
	struct xhop_fib_seen *seen = seen_here();
	struct hlist_node *node;
	struct net_device *dev;
	unsigned long bucket;
	struct net *net;

	if (!seen)
		return -1;
	net = kcast(seen->net, struct net);
	bucket = (unsigned long)kread(net, dev_index_head);
	bucket += (ifindex & (NETDEV_HASHENTRIES - 1)) * sizeof(struct hlist_head);
	node = kread_pointer(bucket);
	for (int i = 0; i < DEVICES_WALKED && node; i++) {
		dev = kcontainer(node, struct net_device, index_hlist);
		if (kread(dev, ifindex) == (int)ifindex) {
			seen->dev = (unsigned long)dev;
			return 0;
		}
		node = kread(dev, index_hlist.next);
	}
	return -1;
}

/* The device of the lookup's answer: that of the next hop seen, unless there are several. */
static __always_inline struct net_device *egress_device(const struct route *route,
							struct xhop_fib_seen *seen, __u32 ifindex)
{
	struct net_device *dev = kread(route->nhc, nhc_dev);

	if (!route->multipath || (dev && kread(dev, ifindex) == (int)ifindex))
		return dev;
	if (device_find(ifindex))
		return 0;
	return kcast(seen->dev, struct net_device);
}

static __always_inline int device_is_veth(struct net_device *dev)
{
	struct rtnl_link_ops *ops = kread(dev, rtnl_link_ops);
	const __u64 veth = 0x68746576; /* "veth" and the byte that ends it, little endian */

	return ops && (kread_u64((unsigned long)kread(ops, kind)) & 0xffffffffff) == veth;
}

/* veth_xdp_xmit(): without NAPI at the peer every frame is lost. */
static __always_inline int veth_peer_polls(struct net_device *dev)
{
	struct net_device *peer =
		kread_pointer(device_priv(dev) + bpf_core_field_offset(struct veth_priv, peer));
	struct veth_rq *rq;

	if (!peer)
		return 0;
	rq = kread_pointer(device_priv(peer) + bpf_core_field_offset(struct veth_priv, rq));
	return rq && kread_pointer((unsigned long)rq + bpf_core_field_offset(struct veth_rq, napi));
}

/* xdp_ok_fwd_dev(), veth_xdp_xmit(). */
static __always_inline int egress_takes_xdp(const struct packet *pkt, struct net_device *dev)
{
	struct net_device_ops *ops;
	__u32 need = NETDEV_XDP_ACT_NDO_XMIT;

	if (bpf_core_field_exists(dev->xdp_features)) {
		if (pkt->has_frags)
			need |= NETDEV_XDP_ACT_NDO_XMIT_SG;
		return (kread(dev, xdp_features) & need) == need;
	}
	/* Until Linux 6.3 the device does not say. */
	ops = kread(dev, netdev_ops);
	if (pkt->has_frags || !ops || !kread(ops, ndo_xdp_xmit))
		return 0;
	/* A bond hands the frame to a device without asking whether that one takes any. */
	if (kread(dev, flags) & IFF_MASTER)
		return 0;
	if (!device_is_veth(dev))
		return 1;
	/* A veth module that came after this program was loaded is unknown to it. */
	return bpf_core_type_exists(struct veth_priv) && veth_peer_polls(dev);
}

/*
 * A default qdisc (handle 0) only queues; one that somebody configured may shape, drop or
 * reorder: the packet must see it.
 */
static __always_inline int egress_has_qdisc(struct net_device *dev)
{
	struct Qdisc *qdisc = kread(dev, qdisc);

	return !qdisc || kread(qdisc, handle);
}

static __always_inline enum xhop_reason egress_check(const struct packet *pkt,
						     struct net_device *dev)
{
	struct inet6_dev *idev;
	void *hook;

	if ((kread(dev, state) & (LINK_STATE_START | LINK_STATE_NOCARRIER)) != LINK_STATE_START)
		return XHOP_EGRESS_DOWN;
	if (!egress_takes_xdp(pkt, dev))
		return XHOP_EGRESS_XDP;
	if (bpf_core_field_exists(dev->tcx_egress))
		hook = kread(dev, tcx_egress);
	else
		hook = kread(dev, miniq_egress);
	if (hook)
		return XHOP_EGRESS_HOOK;
	if (bpf_core_field_exists(dev->nf_hooks_egress) && kread(dev, nf_hooks_egress))
		return XHOP_EGRESS_HOOK;
	if (egress_has_qdisc(dev))
		return XHOP_EGRESS_QDISC;
	if (pkt->family == AF_INET6) { /* ip6_output() */
		idev = kread(dev, ip6_ptr);
		if (!idev || kread(idev, cnf.disable_ipv6))
			return XHOP_IP6_DISABLED;
	}
	return XHOP_FORWARDED;
}

#endif
