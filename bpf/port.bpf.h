/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a port's packets have in common: the device, its namespace, what the namespace says of
 * IPv4. Each CPU remembers it (port_live) for as long as the kernel's rt_genid stands still:
 * moving or enslaving a device, its MAC, the sysctl `forwarding` and IPsec policies all count it
 * up after the change. Reads only.
 */
#ifndef XHOP_BPF_PORT_BPF_H
#define XHOP_BPF_PORT_BPF_H

#include "bpf/address.bpf.h"
#include "bpf/fibgen.bpf.h"
#include "bpf/parse.bpf.h"
#include "maps/maps.bpf.h"

#define IFF_L3MDEV_SLAVE (1UL << 21) /* include/linux/netdevice.h, priv_flags */

enum { /* include/uapi/linux/xfrm.h */
       XFRM_POLICY_OUT = 1,
       XFRM_POLICY_FWD = 2,
       XFRM_USERPOLICY_BLOCK = 1,
};

/* The kernel's objects that a packet's way in leads to; read once. */
struct ingress {
	struct xdp_rxq_info *rxq;
	struct net_device *dev;
	struct net *net;
	struct xhop_port_live *live; /* what holds in this generation */
	__u32 genid;		     /* rt_genid before anything else was read */
};

/* A MAC address as the upper six bytes of a word. Two bytes behind it are read, too. */
static __always_inline __u64 mac_word(__u64 bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return bytes << 16;
#else
#error "big endian: keep the upper six bytes"
#endif
}

/* A sysctl of the device alone (IN_DEV_CONF_GET). */
static __always_inline int devconf_device(const struct in_device *in_dev, int index)
{
	int value;

	if (config.has_kfuncs)
		return in_dev->cnf.data[index - 1];
	bpf_core_read(&value, sizeof(value), &in_dev->cnf.data[index - 1]);
	return value;
}

/* The namespace's and a device's sysctl, joined as IN_DEV_ORCONF and IN_DEV_MAXCONF do. */
static __always_inline int devconf(const struct ingress *in, const struct in_device *in_dev,
				   int index)
{
	struct ipv4_devconf *conf = kcast(in->live->devconf, struct ipv4_devconf);
	int all, dev = devconf_device(in_dev, index);

	if (config.has_kfuncs)
		all = conf->data[index - 1];
	else
		bpf_core_read(&all, sizeof(all), &conf->data[index - 1]);
	return all > dev ? all : dev;
}

/* Do IPsec policies have a say on forwarded packets? */
static __always_inline int net_has_xfrm(struct net *net)
{
	unsigned long counts =
		(unsigned long)net +
		bpf_core_field_offset(struct net, xfrm.policy_count[XFRM_POLICY_OUT]);
	unsigned long defaults =
		(unsigned long)net + bpf_core_field_offset(struct net, xfrm.policy_default);
	__u32 block;

	if (kread_u64(counts)) /* outbound and forward stand side by side */
		return 1;
	block = kread_u32(defaults); /* a byte for in, out, forward */
	return (block >> (8 * XFRM_POLICY_OUT) & 0xff) == XFRM_USERPOLICY_BLOCK ||
	       (block >> (8 * XFRM_POLICY_FWD) & 0xff) == XFRM_USERPOLICY_BLOCK;
}

/* Is what this CPU remembers of the port still so? */
static __always_inline int port_known(const struct ingress *in)
{
	const struct xhop_port_live *live = in->live;
	struct net *net;

	if (live->dev != (unsigned long)in->dev ||
	    live->in_dev != (unsigned long)kread(in->dev, ip_ptr) ||
	    live->net != (unsigned long)kread(in->dev, nd_net.net))
		return 0;
	net = kcast(live->net, struct net);
	return live->genid == (__u32)kread(net, ipv4.rt_genid.counter);
}

/*
 * Ask the kernel instead, of the device seen->dev. A change after rt_genid was read makes what is
 * remembered void, wherever it fell in between. 0: done, else the port's namespace is another.
 */
walk port_read(void)
{
	struct xhop_fib_seen *seen = seen_here();
	struct xhop_port_live *live;
	struct in_device *in_dev;
	struct net_device *dev;
	__u32 slot = config.slot;
	struct net *net;
	__u32 genid;

	live = bpf_map_lookup_elem(&port_live, &slot);
	if (!seen || !live)
		return -1;
	dev = kcast(seen->dev, struct net_device);
	net = kread(dev, nd_net.net);
	genid = kread(net, ipv4.rt_genid.counter);
	in_dev = kread(dev, ip_ptr);
	live->dev = 0; /* not valid while half of it is written */
	if (kread(net, net_cookie) != config.netns_cookie)
		return -1;
	live->net = (unsigned long)net;
	live->mac = mac_word(kread_u64((unsigned long)kread(dev, dev_addr)));
	live->in_dev = (unsigned long)in_dev;
	live->devconf = (unsigned long)kread(net, ipv4.devconf_all);
	live->hash_mix = kread(net, hash_mix);
	live->addresses = address_table(net);
	live->forwarding4 = in_dev && devconf_device(in_dev, IPV4_DEVCONF_FORWARDING);
	live->xfrm = net_has_xfrm(net);
	live->vrf = !!(kread_bits(dev, priv_flags) & IFF_L3MDEV_SLAVE);
	fib6_objects_read(net, (struct fib6_objects *)live->fib6);
	live->genid = genid;
	live->dev = seen->dev;
	return 0;
}

/* What holds of the port now. 0: its namespace is another one. */
static __always_inline int port_is_here(const struct ingress *in)
{
	struct xhop_fib_seen *seen;

	if (port_known(in))
		return 1;
	seen = seen_here();
	if (!seen)
		return 0;
	seen->dev = (unsigned long)in->dev;
	return !port_read();
}

#endif
