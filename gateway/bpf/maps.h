/* What the programs in the kernel read, and the library writes: C and C++ alike. Addresses and
 * ports are in network order. */
#ifndef LINKFAB_GATEWAY_MAPS_H
#define LINKFAB_GATEWAY_MAPS_H

#include <linux/types.h>

enum lf_kind {
  LF_RELAYED = 1,   /* the kernel carries nothing; the relay may */
  LF_LOCAL_TUNNEL,  /* the peer is on this host: by the ingress of lo */
  LF_REMOTE_TUNNEL, /* by the egress of an uplink, whose neighbours the kernel knows */
  LF_FORWARD,       /* to another device */
  LF_DELIVER,       /* from a patched device to an outer end */
};

/* IPv6, or IPv4 as ::ffff:0:0/96 has it (RFC 4291 section 2.5.5.2). */
struct lf_address {
  __u32 words[4];
};

/* Where a frame goes that arrives at a device, by the index of that. */
struct lf_path {
  __u32 kind;
  __u32 device;
  __u32 ipv6; /* outside: 1, or 0 for IPv4 */
  struct lf_address local, remote;
  __u16 local_port, remote_port;
  __u32 longest; /* frame, in bytes, that the path takes in one datagram */
};

/* Whose datagrams go to which outer end; a local address of zero is any of the remote's family. */
struct lf_peer {
  struct lf_address local, remote;
  __u16 local_port, remote_port;
};

/* By outer end; one for each processor. */
struct lf_counts {
  __u64 in_frames, in_bytes;   /* into the fabric */
  __u64 out_frames, out_bytes; /* out of the fabric */
  __u64 declined;              /* out of the fabric, but not by the kernel */
};

#endif
