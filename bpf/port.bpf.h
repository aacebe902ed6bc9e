/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a port's packets have in common: the device, its namespace, what the namespace says of
 * IPv4. Each CPU remembers it (port_live) for as long as the kernel's rt_genid stands still:
 * moving, enslaving or renaming a device's address, its sysctl `forwarding` and IPsec policies
 * all count it up after the change. Only what lets packets through is remembered. Reads only.
 */
#ifndef XHOP_BPF_PORT_BPF_H
#define XHOP_BPF_PORT_BPF_H

#include "bpf/address.bpf.h"
#include "bpf/fibgen.bpf.h"
#include "bpf/parse.bpf.h"
#include "maps/maps.bpf.h"

/* The kernel's objects that a packet's way in leads to; read once. */
struct ingress {
	struct xdp_rxq_info *rxq;
	struct net_device *dev;
	struct net *net;
	struct in_device *in_dev; /* may be 0 */
	struct ipv4_devconf *devconf;
	struct xhop_port_live *live;
	unsigned long addresses; /* hash table of the namespace's own; may be 0 */
	__u32 hash_mix;
	__u32 genid; /* rt_genid before anything else was read */
	__u8 known;  /* live is of this generation */
	__u8 maps;   /* XHOP_MAPS_* of this port */
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

static __always_inline __u64 device_mac(struct net_device *dev)
{
	return mac_word(kread_u64((unsigned long)kread(dev, dev_addr)));
}

static __always_inline __u32 net_genid(struct net *net)
{
	return kread(net, ipv4.rt_genid.counter);
}

/* Is what this CPU remembers of the port still so? Fills `in` from it. */
static __always_inline int port_recall(struct ingress *in)
{
	struct xhop_port_live *live = in->live;
	struct net *net;

	if (live->dev != (unsigned long)in->dev ||
	    live->net != (unsigned long)kread(in->dev, nd_net.net))
		return 0;
	net = kcast(live->net, struct net);
	in->genid = net_genid(net);
	if (live->genid != in->genid)
		return 0;
	in->net = net;
	in->in_dev = kcast(live->in_dev, struct in_device);
	in->devconf = kcast(live->devconf, struct ipv4_devconf);
	in->addresses = live->addresses;
	in->hash_mix = live->hash_mix;
	return 1;
}

/* Ask the kernel instead. */
static __always_inline void port_read(struct ingress *in)
{
	in->net = kread(in->dev, nd_net.net);
	in->genid = net_genid(in->net);
	in->in_dev = kread(in->dev, ip_ptr);
	in->devconf = kread(in->net, ipv4.devconf_all);
	in->addresses = address_table(in->net);
	in->hash_mix = kread(in->net, hash_mix);
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
	int all, dev = devconf_device(in_dev, index);

	if (config.has_kfuncs)
		all = in->devconf->data[index - 1];
	else
		bpf_core_read(&all, sizeof(all), &in->devconf->data[index - 1]);
	return all > dev ? all : dev;
}

/*
 * The gate let a packet of this port through: remember what cannot change unnoticed. A change
 * after in->genid was read makes what is remembered void, wherever it fell in between.
 */
static __always_inline void port_remember(const struct ingress *in, int family)
{
	struct xhop_port_live *live = in->live;

	if (in->known) {
		if (family == AF_INET)
			live->xfrm4 = 1;
		return;
	}
	live->dev = 0; /* not valid while half of it is written */
	live->net = (unsigned long)in->net;
	live->mac = device_mac(in->dev);
	live->in_dev = (unsigned long)in->in_dev;
	live->devconf = (unsigned long)in->devconf;
	live->hash_mix = in->hash_mix;
	live->addresses = in->addresses;
	live->forwarding4 = in->in_dev && devconf_device(in->in_dev, IPV4_DEVCONF_FORWARDING);
	live->xfrm4 = family == AF_INET;
	fib6_objects_read(in->net, (struct fib6_objects *)live->fib6);
	live->genid = in->genid;
	live->dev = (unsigned long)in->dev;
}

#endif
