/*
 * lab: one router and the far ends of its ports, in two namespaces of their own.
 *
 * Port i (from 1) of the router is the veth p<i>; its other end h<i> lies in the hosts' namespace,
 * which only sends and captures. What an injected frame causes on all ports is complete when
 * lab_send() returns: a sentinel follows each frame through every queue.
 *
 * Addresses: p<i> has 10.0.<i>.1/24 and 2001:db8:<i>::1/64, MAC 02:00:00:00:01:0<i>. Behind it are
 * the permanent neighbours .2, .3, .4 (::2, ::3, ::4, fe80::2 to 4) with MACs
 * 02:00:00:00:0<host>:0<i>. 10.10<i>.0.0/16 and 2001:db8:10<i>::/48 are routed to neighbour .2 of
 * port i.
 */
#ifndef TESTS_DIFF_LAB_H
#define TESTS_DIFF_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/frame.h"
#include "tests/lib/netns.h"

#define LAB_PORTS  4
#define SEEN_MAX   48
#define REDIRECTS6 6 /* IPv6 redirects that are certain to come, see compare.c */

/* A frame that came out of port PORT, with a VLAN tag the kernel had taken off put back. */
struct seen {
	unsigned int port, len;
	bool csum_pending; /* left with its L4 checksum for the device to fill */
	unsigned char *data;
};

struct outcome {
	unsigned int n, lost; /* lost: sockets that ran over, or more than SEEN_MAX frames */
	bool stack;	      /* the frame itself reached the kernel's stack on its port */
	int error;	      /* of sending */
	struct seen seen[SEEN_MAX];
};

struct lab {
	struct netns router, hosts;
	bool deaf[LAB_PORTS + 1]; /* the sentinel did not come: do not wait for it again */
	int tap[LAB_PORTS + 1], host[LAB_PORTS + 1];
	int offload[LAB_PORTS + 1]; /* sends frames whose checksum is left to the device */
	unsigned int sentinel;
	bool two_ports;
	int stays, churn; /* processes */
	const char *off;  /* shell, before the router goes: what switches xhop off again */
	/* ARP requests, neighbour solicitations and redirects that were seen before, as hashes. */
	unsigned int nbefore, redirects6;
	uint64_t before[8192];
};

struct lab_setup {
	const char *before; /* shell, in the router, before the ports come up */
	const char *setup;  /* shell, in the router, at the end */
	unsigned int mtu;   /* of all ends, 0: 1500 */
	bool no_gro;	    /* leave GRO of the far ends off */
	bool two_ports;	    /* xhop on p1 and p2 alone: half the time to attach */
};

/* Shell commands that run in the router. NULL: none. */
struct lab_switch {
	const char *on, *off;
	const char *stays; /* a command that runs from before `on` until before `off` */
	const char *churn; /* likewise, from after `on` */
};

/* Builds a lab called NAME. ON is what switches xhop on in the router, NULL: stay plain Linux. */
int lab_open(struct lab *lab, const char *name, const struct lab_setup *setup,
	     const struct lab_switch *on);
void lab_close(struct lab *lab);

/* Runs a shell script in the router; $R and $H name the namespaces, $PORTS xhop's ports, $DIFF this
 * program. */
int lab_sh(struct lab *lab, const char *script);
/* Sends F into PORT and collects all that comes out. outcome_free() afterwards. */
void lab_send(struct lab *lab, unsigned int port, const struct frame *f, struct outcome *out);
/* Makes FD a socket for frames with an open checksum; it receives nothing. */
int wire_offload(int fd);
void outcome_free(struct outcome *out);
/* What stands for an unset field of a frame that enters at PORT; mac: r router, h host, b, m, n. */
struct frame_env lab_env(unsigned int port);

#endif
