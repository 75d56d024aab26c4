/* Carries frames between outer ends and UDP, other devices, and each other, with no process in the
 * path. Raw Ethernet in UDP over IPv4; for classifiers at clsact ingress, Linux 5.14 and later.
 *
 * lf_frames sits on outer ends and patched devices, lf_datagrams on lo and on the uplinks that face
 * remote peers. What is not ours is TC_ACT_UNSPEC: the next filter's. Source: bpf-helpers(7). */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"

#define MOST_TAGS 3
#define SHORTEST_STRIPPED 34 /* bpf_skb_adjust_room leaves an IPv4 header behind the MAC's */
#define ADDRESSES_SIZE (2 * ETH_ALEN)

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

struct envelope {
  struct ethhdr ethernet;
  struct iphdr ip;
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

static __always_inline __u16 header_sum(const void* ip) {
  const __u16* word = ip;
  __u32 sum = 0;
#pragma unroll
  for (int i = 0; i < (int)sizeof(struct iphdr) / 2; i++) sum += word[i];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

/* Room in front of the frame. Tags that the kernel keeps beside it go back into it: taking one away
 * makes the kernel take out the next, so they are collected first. 0: done. */
static __always_inline int make_room(struct __sk_buff* skb) {
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
  if (bpf_skb_change_head(skb, sizeof(struct envelope) + count * sizeof(struct tag), 0)) return -1;
  if (count == 0) return 0;
  if (bpf_skb_store_bytes(skb, sizeof(struct envelope), addresses, sizeof addresses, 0)) return -1;
#pragma unroll
  for (int i = 0; i < MOST_TAGS; i++) {
    if (i == count) break;
    if (bpf_skb_store_bytes(skb, sizeof(struct envelope) + ADDRESSES_SIZE + i * sizeof(struct tag),
                            &tags[i], sizeof(struct tag), 0))
      return -1;
  }
  return 0;
}

/* bpf_redirect_neigh goes by skb->protocol, which is still the frame's own, and no helper sets it;
 * but a tag that is taken out of the packet leaves behind the type that follows it. */
static __always_inline int become_ipv4(struct __sk_buff* skb) {
  return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1) ||
         bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1) || bpf_skb_vlan_pop(skb) ||
         bpf_skb_vlan_pop(skb);
}

static __always_inline int send(struct __sk_buff* skb, const struct lf_path* path) {
  const __u32 outer = skb->ifindex;
  const int remote = path->kind == LF_REMOTE_TUNNEL;
  const __u32 device = path->device;
  /* The first tag is beside the frame, further ones are still in it. */
  const __u32 size = skb->len + (skb->vlan_present ? sizeof(struct tag) : 0);
  if (skb->gso_size || size > path->longest) return decline(outer);

  struct envelope envelope = {
      .ethernet.h_proto = bpf_htons(ETH_P_IP), /* to address zero, which is lo's */
      .ip = {.version = 4,
             .ihl = 5,
             .id = bpf_get_prandom_u32(), /* routers may cut it */
             .ttl = 64,
             .protocol = IPPROTO_UDP,
             .saddr = path->local,
             .daddr = path->remote},
      .udp = {.source = path->local_port, .dest = path->remote_port}};
  if (make_room(skb)) return decline(outer);
  envelope.ip.tot_len = bpf_htons(size + sizeof(struct iphdr) + sizeof(struct udphdr));
  envelope.udp.len = bpf_htons(size + sizeof(struct udphdr));
  envelope.ip.check = header_sum((const char*)&envelope + ETH_HLEN);
  if (bpf_skb_store_bytes(skb, 0, &envelope, sizeof envelope, 0)) return decline(outer);
  if (remote && become_ipv4(skb)) return decline(outer);
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

SEC("tc")
int lf_datagrams(struct __sk_buff* skb) {
  struct envelope envelope;
  struct ethhdr ethernet;
  if (skb->protocol != bpf_htons(ETH_P_IP) || skb->vlan_present || skb->gso_size ||
      skb->len < sizeof envelope + SHORTEST_STRIPPED ||
      bpf_skb_load_bytes(skb, 0, &envelope, sizeof envelope))
    return TC_ACT_UNSPEC;
  if (envelope.ip.version != 4 || envelope.ip.ihl != 5 || envelope.ip.protocol != IPPROTO_UDP ||
      envelope.ip.frag_off & bpf_htons(0x3fff))
    return TC_ACT_UNSPEC;

  struct lf_peer peer = {.local = envelope.ip.daddr,
                         .remote = envelope.ip.saddr,
                         .local_port = envelope.udp.dest,
                         .remote_port = envelope.udp.source};
  const __u32* found = bpf_map_lookup_elem(&lf_peers, &peer);
  if (!found) {
    peer.local = 0;
    found = bpf_map_lookup_elem(&lf_peers, &peer);
  }
  if (!found) return TC_ACT_UNSPEC;
  const __u32 outer = *found;

  /* Runts and what contradicts itself are left to the socket, and to the relay behind it. */
  const __u32 total = bpf_ntohs(envelope.ip.tot_len);
  const __u32 size = total - sizeof(struct iphdr) - sizeof(struct udphdr);
  if (total != bpf_ntohs(envelope.udp.len) + sizeof(struct iphdr) || size < SHORTEST_STRIPPED ||
      total > 65535 || skb->len < total + ETH_HLEN ||
      bpf_skb_load_bytes(skb, sizeof envelope, &ethernet, sizeof ethernet))
    return TC_ACT_UNSPEC;
  /* A short datagram is padded on a real wire. */
  if (skb->len > total + ETH_HLEN && bpf_skb_change_tail(skb, total + ETH_HLEN, 0))
    return TC_ACT_UNSPEC;
  if (bpf_skb_adjust_room(skb, -(int)sizeof envelope, BPF_ADJ_ROOM_MAC, 0)) return TC_ACT_UNSPEC;
  if (bpf_skb_store_bytes(skb, 0, &ethernet, sizeof ethernet, 0)) return TC_ACT_SHOT;
  count_in(outer, size);
  return bpf_redirect(outer, 0);
}

char lf_license[] SEC("license") = "GPL"; /* bpf_redirect_neigh and others are for GPL programs */
