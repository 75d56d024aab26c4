/* Carries frames between outer ends and UDP, other devices, and each other, with no process in the
 * path. Raw Ethernet in UDP over IPv4 or IPv6; for classifiers at clsact ingress, Linux 5.14 and
 * later.
 *
 * lf_frames sits on outer ends and patched devices, lf_datagrams on lo and on the uplinks that face
 * remote peers. What is not ours is TC_ACT_UNSPEC: the next filter's. Source: bpf-helpers(7). */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"

#define MOST_TAGS 3
#define SHORTEST_STRIPPED 34 /* bpf_skb_adjust_room leaves an IPv4 header behind the MAC's */
#define ADDRESSES_SIZE (2 * ETH_ALEN)
#define CHUNK_SIZE 512 /* what bpf_csum_diff takes at once before Linux 6.13 */
#define MOST_CHUNKS 128
#define HOP_LIMIT 64

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, struct lf_path);
} lf_paths SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, struct lf_peer);
  __type(value, __u32);
} lf_peers SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, struct lf_counts);
} lf_counters SEC(".maps");

struct chunk {
  __u32 words[CHUNK_SIZE / sizeof(__u32)];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct chunk);
} lf_chunk SEC(".maps");

struct envelope {
  struct ethhdr ethernet; /* to address zero, which is lo's */
  struct iphdr ip;
  struct udphdr udp;
} __attribute__((packed));

struct envelope6 {
  struct ethhdr ethernet;
  struct ipv6hdr ip;
  struct udphdr udp;
} __attribute__((packed));

struct tag {
  __be16 type, control;
};

static __always_inline void count_out(__u32 outer, __u32 bytes) {
  struct lf_counts* counts = bpf_map_lookup_elem(&lf_counters, &outer);
  if (counts) {
    counts->out_frames++;
    counts->out_bytes += bytes;
  }
}

static __always_inline void count_in(__u32 outer, __u32 bytes) {
  struct lf_counts* counts = bpf_map_lookup_elem(&lf_counters, &outer);
  if (counts) {
    counts->in_frames++;
    counts->in_bytes += bytes;
  }
}

/* The relay has a copy, if it wants it; the host's own stack must not see it. */
static __always_inline int decline(__u32 outer) {
  struct lf_counts* counts = bpf_map_lookup_elem(&lf_counters, &outer);
  if (counts) counts->declined++;
  return TC_ACT_SHOT;
}

static __always_inline __u16 fold(__u32 sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static __always_inline __u16 header_sum(const void* ip) {
  const __u16* word = ip;
  __u32 sum = 0;
#pragma unroll
  for (int i = 0; i < (int)sizeof(struct iphdr) / 2; i++) sum += word[i];
  return fold(sum);
}

/* Adds `size` bytes, at least one, from an even offset on. Only the last chunk's size is unknown to
 * the verifier, and never zero. 0: done. */
static __always_inline int add_bytes(struct __sk_buff* skb, __u32 offset, __u32 size, __u32* sum) {
  const __u32 zero = 0;
  struct chunk* chunk = bpf_map_lookup_elem(&lf_chunk, &zero);
  if (!chunk) return -1;
  const __u32 whole = (size - 1) / CHUNK_SIZE;
  const __u32 last = (size - 1) % CHUNK_SIZE;
  for (__u32 i = 0; i < MOST_CHUNKS; i++) {
    if (i == whole) break;
    if (bpf_skb_load_bytes(skb, offset, chunk, CHUNK_SIZE)) return -1;
    *sum = bpf_csum_diff(NULL, 0, chunk->words, CHUNK_SIZE, *sum);
    offset += CHUNK_SIZE;
  }
  chunk->words[last / sizeof(__u32)] = 0; /* odd bytes are followed by zeros */
  if (bpf_skb_load_bytes(skb, offset, chunk, last + 1)) return -1;
  *sum = bpf_csum_diff(NULL, 0, chunk->words, (last / sizeof(__u32) + 1) * sizeof(__u32), *sum);
  return 0;
}

/* Room in front of the frame. Tags that the kernel keeps beside it go back into it: taking one away
 * makes the kernel take out the next, so they are collected first. 0: done. */
static __always_inline int make_room(struct __sk_buff* skb, __u32 room) {
  __u8 addresses[ADDRESSES_SIZE];
  struct tag tags[MOST_TAGS] = {};
  int count = 0;

  if (bpf_skb_load_bytes(skb, 0, addresses, sizeof addresses)) return -1;
#pragma unroll
  for (int i = 0; i < MOST_TAGS; i++) {
    if (!skb->vlan_present) break;
    tags[i].type = skb->vlan_proto;
    tags[i].control = bpf_htons(skb->vlan_tci);
    if (bpf_skb_vlan_pop(skb)) return -1;
    count++;
  }
  if (skb->vlan_present) return -1;
  if (bpf_skb_change_head(skb, room + count * sizeof(struct tag), 0)) return -1;
  if (count == 0) return 0;
  if (bpf_skb_store_bytes(skb, room, addresses, sizeof addresses, 0)) return -1;
#pragma unroll
  for (int i = 0; i < MOST_TAGS; i++) {
    if (i == count) break;
    if (bpf_skb_store_bytes(skb, room + ADDRESSES_SIZE + i * sizeof(struct tag), &tags[i],
                            sizeof(struct tag), 0))
      return -1;
  }
  return 0;
}

/* bpf_redirect_neigh goes by skb->protocol, which is still the frame's own, and no helper sets it;
 * but a tag that is taken out of the packet leaves behind the type that follows it. */
static __always_inline int become_outer(struct __sk_buff* skb) {
  return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1) ||
         bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1) || bpf_skb_vlan_pop(skb) ||
         bpf_skb_vlan_pop(skb);
}

static __always_inline int wrap(struct __sk_buff* skb, const struct lf_path* path, __u32 size) {
  struct envelope envelope = {
      .ethernet.h_proto = bpf_htons(ETH_P_IP),
      .ip = {.version = 4,
             .ihl = 5,
             .tot_len = bpf_htons(size + sizeof(struct iphdr) + sizeof(struct udphdr)),
             .id = bpf_get_prandom_u32(), /* routers may cut it */
             .ttl = HOP_LIMIT,
             .protocol = IPPROTO_UDP,
             .saddr = path->local.words[3],
             .daddr = path->remote.words[3]},
      .udp = {.source = path->local_port,
              .dest = path->remote_port,
              .len = bpf_htons(size + sizeof(struct udphdr))}};
  if (make_room(skb, sizeof envelope)) return -1;
  envelope.ip.check = header_sum((const char*)&envelope + ETH_HLEN);
  return bpf_skb_store_bytes(skb, 0, &envelope, sizeof envelope, 0);
}

/* Its checksum is no option there (RFC 8200 section 8.1): over the addresses, which come just
 * before UDP, and all that follows. */
static __always_inline int wrap6(struct __sk_buff* skb, const struct lf_path* path, __u32 size) {
  const __u32 from = ETH_HLEN + offsetof(struct ipv6hdr, saddr);
  const __be16 length = bpf_htons(size + sizeof(struct udphdr));
  struct envelope6 envelope = {
      .ethernet.h_proto = bpf_htons(ETH_P_IPV6),
      .ip = {.version = 6, .payload_len = length, .nexthdr = IPPROTO_UDP, .hop_limit = HOP_LIMIT},
      .udp = {.source = path->local_port, .dest = path->remote_port, .len = length}};
  __builtin_memcpy(&envelope.ip.saddr, &path->local, sizeof path->local);
  __builtin_memcpy(&envelope.ip.daddr, &path->remote, sizeof path->remote);
  if (make_room(skb, sizeof envelope) || bpf_skb_store_bytes(skb, 0, &envelope, sizeof envelope, 0))
    return -1;
  __u32 sum = length + bpf_htons(IPPROTO_UDP);
  if (add_bytes(skb, from, sizeof envelope - from + size, &sum)) return -1;
  __u16 check = fold(sum);
  if (check == 0) check = 0xffff;
  return bpf_skb_store_bytes(skb, offsetof(struct envelope6, udp.check), &check, sizeof check, 0);
}

static __always_inline int send(struct __sk_buff* skb, const struct lf_path* path) {
  const __u32 outer = skb->ifindex;
  const int remote = path->kind == LF_REMOTE_TUNNEL;
  const __u32 device = path->device;
  /* The first tag is beside the frame, further ones are still in it. */
  const __u32 size = skb->len + (skb->vlan_present ? sizeof(struct tag) : 0);
  if (skb->gso_size || size > path->longest) return decline(outer);
  if (path->ipv6 ? wrap6(skb, path, size) : wrap(skb, path, size)) return decline(outer);
  if (remote && become_outer(skb)) return decline(outer);
  count_out(outer, size);
  return remote ? bpf_redirect_neigh(device, NULL, 0, 0) : bpf_redirect(device, BPF_F_INGRESS);
}

SEC("tc")
int lf_frames(struct __sk_buff* skb) {
  __u32 arrived = skb->ifindex;
  const struct lf_path* path = bpf_map_lookup_elem(&lf_paths, &arrived);
  if (!path) return TC_ACT_UNSPEC;
  switch (path->kind) {
    case LF_LOCAL_TUNNEL:
    case LF_REMOTE_TUNNEL:
      return send(skb, path);
    case LF_FORWARD:
      count_out(arrived, skb->len);
      count_in(path->device, skb->len); /* of a splice; a patched device has no counters */
      return bpf_redirect(path->device, 0);
    case LF_DELIVER:
      count_in(path->device, skb->len);
      return bpf_redirect(path->device, 0);
    default:
      return decline(arrived);
  }
}

struct datagram {
  struct lf_peer peer;
  __u32 headers; /* of Ethernet, IP and UDP, in bytes */
  __u32 size;    /* of UDP's header and what it carries, as both headers tell it; 0: they differ */
};

/* 0: UDP, whole, and with nothing between the headers. */
static __always_inline int read_ipv4(struct __sk_buff* skb, struct datagram* datagram) {
  struct envelope envelope;
  if (bpf_skb_load_bytes(skb, 0, &envelope, sizeof envelope) || envelope.ip.version != 4 ||
      envelope.ip.ihl != 5 || envelope.ip.protocol != IPPROTO_UDP ||
      envelope.ip.frag_off & bpf_htons(0x3fff))
    return -1;
  datagram->headers = sizeof envelope;
  datagram->peer.local = (struct lf_address){{0, 0, bpf_htonl(0xffff), envelope.ip.daddr}};
  datagram->peer.remote = (struct lf_address){{0, 0, bpf_htonl(0xffff), envelope.ip.saddr}};
  datagram->peer.local_port = envelope.udp.dest;
  datagram->peer.remote_port = envelope.udp.source;
  const __u32 size = bpf_ntohs(envelope.udp.len);
  datagram->size = bpf_ntohs(envelope.ip.tot_len) == size + sizeof(struct iphdr) ? size : 0;
  return 0;
}

/* As above; what lacks its checksum is for the stack to discard (RFC 8200 section 8.1). */
static __always_inline int read_ipv6(struct __sk_buff* skb, struct datagram* datagram) {
  struct envelope6 envelope;
  if (bpf_skb_load_bytes(skb, 0, &envelope, sizeof envelope) || envelope.ip.version != 6 ||
      envelope.ip.nexthdr != IPPROTO_UDP || envelope.udp.check == 0)
    return -1;
  datagram->headers = sizeof envelope;
  __builtin_memcpy(&datagram->peer.local, &envelope.ip.daddr, sizeof datagram->peer.local);
  __builtin_memcpy(&datagram->peer.remote, &envelope.ip.saddr, sizeof datagram->peer.remote);
  datagram->peer.local_port = envelope.udp.dest;
  datagram->peer.remote_port = envelope.udp.source;
  const __u32 size = bpf_ntohs(envelope.udp.len);
  datagram->size = envelope.ip.payload_len == envelope.udp.len ? size : 0;
  return 0;
}

SEC("tc")
int lf_datagrams(struct __sk_buff* skb) {
  struct datagram datagram = {};
  struct ethhdr ethernet;
  const int ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);
  if ((!ipv6 && skb->protocol != bpf_htons(ETH_P_IP)) || skb->vlan_present || skb->gso_size)
    return TC_ACT_UNSPEC;
  if (ipv6 ? read_ipv6(skb, &datagram) : read_ipv4(skb, &datagram)) return TC_ACT_UNSPEC;

  const __u32* found = bpf_map_lookup_elem(&lf_peers, &datagram.peer);
  if (!found) {
    datagram.peer.local = (struct lf_address){};
    found = bpf_map_lookup_elem(&lf_peers, &datagram.peer);
  }
  if (!found) return TC_ACT_UNSPEC;
  const __u32 outer = *found;

  /* Runts and what contradicts itself are left to the socket, and to the relay behind it. */
  const __u32 size = datagram.size - sizeof(struct udphdr);
  const __u32 whole = datagram.headers + size;
  if (datagram.size < sizeof(struct udphdr) + SHORTEST_STRIPPED || skb->len < whole ||
      bpf_skb_load_bytes(skb, datagram.headers, &ethernet, sizeof ethernet))
    return TC_ACT_UNSPEC;
  /* A short datagram is padded on a real wire. */
  if (skb->len > whole && bpf_skb_change_tail(skb, whole, 0)) return TC_ACT_UNSPEC;
  /* As IPv4 it may be shorter: what is to be taken away is made as long as IPv4's headers. */
  if (ipv6 && bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0)) return TC_ACT_UNSPEC;
  if (bpf_skb_adjust_room(skb, -(int)sizeof(struct envelope), BPF_ADJ_ROOM_MAC, 0))
    return ipv6 ? TC_ACT_SHOT : TC_ACT_UNSPEC;
  if (bpf_skb_store_bytes(skb, 0, &ethernet, sizeof ethernet, 0)) return TC_ACT_SHOT;
  count_in(outer, size);
  return bpf_redirect(outer, 0);
}

char lf_license[] SEC("license") = "GPL"; /* bpf_redirect_neigh and others are for GPL programs */
