/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's structures as far as the programs read them. Only names and types matter: the
 * loader relocates every access to the running kernel (CO-RE), so the build needs no kernel of
 * a certain version. A member that some kernel lacks is read only behind a test for it.
 */
#ifndef XHOP_BPF_KERNEL_BPF_H
#define XHOP_BPF_KERNEL_BPF_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef __u64 netdev_features_t;
typedef __u32 xdp_features_t;
typedef int rx_handler_func_t(void);

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

/* Stand for any eight and any four bytes: kernel types that begin with such an integer. */
struct timespec64 {
	__s64 tv_sec;
};

struct refcount_struct {
	atomic_t refs;
};

struct nf_hook_entry {
	void *hook;
};

struct nf_hook_entries {
	__u16 num_hook_entries;
	struct nf_hook_entry hooks[0];
};

struct bpf_mprog_entry;
struct mini_Qdisc;
struct net;
struct napi_struct;

typedef struct {
	struct net *net;
} possible_net_t;

struct xdp_rxq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	struct xdp_rxq_info *rxq;
	__u32 flags;
};

/* Linux 6.3: what a veth hands to XDP. */
struct veth_xdp_buff {
	struct xdp_buff xdp;
	struct sk_buff *skb;
};

struct veth_rq {
	struct napi_struct *napi;
	struct xdp_rxq_info xdp_rxq;
};

struct veth_priv {
	struct net_device *peer;
	struct veth_rq *rq;
};

typedef unsigned int sk_buff_data_t;

struct sk_buff {
	__u8 ip_summed : 2;
	__u8 l4_hash : 1;
	__u32 vlan_all; /* Linux 6.3, before: vlan_present and vlan_tci */
	__u32 mark;
	__u32 secmark;
	sk_buff_data_t end;
	unsigned char *head;
};

struct skb_shared_info {
	unsigned short gso_size;
};

struct ipv4_devconf {
	int data[33];
};

struct in_ifaddr {
	struct hlist_node hash; /* the link of the address table, in older kernels */
	struct in_device *ifa_dev;
	__be32 ifa_local;
};

struct in_ifaddr___named {
	struct hlist_node addr_lst; /* the same link, in newer ones */
};

struct neighbour {
	struct hlist_node hash; /* Linux 6.13, before: a pointer to the next */
	__u8 nud_state;
	__u8 dead;
	unsigned char ha[32];
	struct net_device *dev;
	__u8 primary_key[0];
};

struct neigh_hash_table {
	struct hlist_head *hash_heads; /* Linux 6.13 */
	unsigned int hash_shift;
	__u32 hash_rnd[4];
};

struct neigh_hash_table___plain {
	struct neighbour **hash_buckets; /* before */
};

struct neigh_table {
	struct neigh_hash_table *nht;
};

struct neigh_parms {
	struct neigh_table *tbl;
};

struct in_device {
	struct net_device *dev;
	struct neigh_parms *arp_parms;
	struct ipv4_devconf cnf;
	struct in_ifaddr *ifa_list;
};

struct ipv6_devconf {
	__s32 disable_ipv6;
	__s32 mtu6;
	__s32 forwarding;
	__s32 force_forwarding; /* Linux 6.17 */
	__s32 proxy_ndp;
	__s32 accept_redirects;
};

struct inet6_dev {
	struct neigh_parms *nd_parms;
	struct ipv6_devconf cnf;
};

struct rtnl_link_ops {
	const char *kind;
};

struct Qdisc_ops {
	char id[16];
};

struct Qdisc {
	struct Qdisc_ops *ops;
	__u32 handle;
};

struct net_device_ops {
	int (*ndo_xdp_xmit)(void);
};

struct net_device {
	struct net_device_ops *netdev_ops;
	unsigned int mtu;
	unsigned int flags;
	unsigned long state;
	unsigned long priv_flags;
	netdev_features_t features;
	xdp_features_t xdp_features; /* Linux 6.3 */
	int ifindex;
	struct nf_hook_entries *nf_hooks_ingress;
	struct nf_hook_entries *nf_hooks_egress;
	struct bpf_mprog_entry *tcx_ingress; /* Linux 6.6 */
	struct bpf_mprog_entry *tcx_egress;
	struct mini_Qdisc *miniq_ingress; /* before */
	struct mini_Qdisc *miniq_egress;
	rx_handler_func_t *rx_handler;
	possible_net_t nd_net;
	struct in_device *ip_ptr;
	struct inet6_dev *ip6_ptr;
	const unsigned char *dev_addr;
	struct Qdisc *qdisc;
	struct rtnl_link_ops *rtnl_link_ops;
	struct hlist_node index_hlist;
	__u8 priv[0]; /* Linux 6.10 */
};

struct netns_ipv4 {
	struct ipv4_devconf *devconf_all;
	_Bool fib_has_custom_rules;
	_Bool fib_has_custom_local_routes;
	atomic_t fib_num_tclassid_users;
	__u8 sysctl_fib_multipath_hash_policy;
	__u8 sysctl_ip_fwd_use_pmtu;
	struct hlist_head *inet_addr_lst; /* in older kernels one table for the machine */
	unsigned int fib_seq;
	atomic_t rt_genid;
};

struct fib_rule {
	struct list_head list;
	int suppress_ifgroup;
	int suppress_prefixlen;
};

struct fib_rules_ops {
	struct list_head rules_list;
	unsigned int fib_rules_seq;
};

struct fib6_table {
	unsigned int fib_seq;
};

struct netns_sysctl_ipv6 {
	__u8 multipath_hash_policy;
};

struct netns_ipv6 {
	struct netns_sysctl_ipv6 sysctl;
	struct ipv6_devconf *devconf_all;
	_Bool fib6_has_custom_rules;
	unsigned int fib6_rules_require_fldissect;
	struct fib_rules_ops *fib6_rules_ops;
	struct fib6_table *fib6_main_tbl;
	struct fib6_table *fib6_local_tbl;
	atomic_t fib6_sernum;
};

struct netns_nf {
	struct nf_hook_entries *hooks_ipv4[5];
	struct nf_hook_entries *hooks_ipv6[5];
};

struct netns_xfrm {
	unsigned int policy_count[6];
	__u8 policy_default[3];
};

struct net {
	__u32 hash_mix;
	struct hlist_head *dev_index_head;
	struct netns_ipv4 ipv4;
	struct netns_ipv6 ipv6;
	struct netns_nf nf;
	struct netns_xfrm xfrm;
	__u64 net_cookie;
};

struct fib_nh_common {
	struct net_device *nhc_dev;
	__u8 nhc_family;
	__u8 nhc_gw_family;
	void *nhc_exceptions;
};

struct dst_metrics {
	__u32 metrics[17];
};

struct fib_info {
	struct list_head nh_list;
	unsigned char fib_type;
	struct dst_metrics *fib_metrics;
	int fib_nhs;
};

struct fib_nh {
	struct fib_nh_common nh_common;
	struct fib_info *nh_parent;
};

struct fib6_nh {
	struct fib_nh_common nh_common;
	void *rt6i_exception_bucket;
};

struct nexthop {
	struct list_head fi_list;
	struct list_head grp_list;
};

struct nh_grp_entry {
	struct list_head nh_list;
	struct nexthop *nh_parent;
};

struct nh_info {
	struct nexthop *nh_parent;
	struct fib_nh_common fib_nhc;
};

struct fib6_info {
	__u8 fib6_type;
	__u32 fib6_flags;
	unsigned int fib6_nsiblings;
	struct list_head fib6_siblings;
	struct dst_metrics *fib6_metrics;
	struct nexthop *nh;
};

struct fib6_result {
	struct fib6_nh *nh;
	struct fib6_info *f6i;
};

#pragma clang attribute pop

#endif
