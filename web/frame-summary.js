// What an Ethernet frame is, in a line: who sends it to whom, its protocol, and what it says. What was cut off or makes no sense is
// summed up by what is left of it; nothing throws.

const protocols = { 2: "IGMP", 4: "IP in IP", 41: "IPv6 in IP", 47: "GRE", 50: "ESP", 51: "AH", 89: "OSPF", 103: "PIM", 112: "VRRP", 132: "SCTP" };
const types = { 0x8035: "RARP", 0x8809: "LACP", 0x8847: "MPLS", 0x8863: "PPPoE", 0x8864: "PPPoE", 0x888e: "EAPOL", 0x88cc: "LLDP",
                0x88f7: "PTP", 0x8902: "CFM", 0x9000: "loop" };
const ports = { udp: { 53: "DNS", 67: "DHCP", 68: "DHCP", 123: "NTP", 520: "RIP", 546: "DHCPv6", 547: "DHCPv6", 3784: "BFD", 4789: "VXLAN",
                       5353: "mDNS" },
                tcp: { 22: "SSH", 80: "HTTP", 179: "BGP", 443: "TLS", 6633: "OpenFlow", 6653: "OpenFlow" } };
const icmp = { 0: "echo reply", 3: "unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded" };
const icmp6 = { 1: "unreachable", 2: "too big", 3: "time exceeded", 128: "echo request", 129: "echo reply", 130: "listener query",
                133: "router solicitation", 134: "router advertisement", 135: "neighbour solicitation", 136: "neighbour advertisement",
                143: "listener report" };
const flag_names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
const EXTENSIONS = new Set([0, 43, 60]), FRAGMENT = 44;

// {source, destination, protocol, info}
export function frame_summary(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 14) return { source: "", destination: "", protocol: "?", info: `${view.byteLength} bytes` };
  const frame = { source: mac(view, 6), destination: mac(view, 0), protocol: "", info: "" };
  try {
    ethernet(view, frame);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    frame.info = frame.info ? `${frame.info} …` : "cut off";
  }
  return frame;
}

function ethernet(view, frame) {
  let at = 12;
  const tags = [];
  let type = view.getUint16(at);
  for (; type === 0x8100 || type === 0x88a8; type = view.getUint16(at)) {
    tags.push(`VLAN ${view.getUint16(at + 2) & 0xfff}`);
    at += 4;
  }
  at += 2;
  frame.protocol = types[type] ?? `0x${type.toString(16).padStart(4, "0")}`;
  if (type === 0x0800) ipv4(view, at, frame);
  else if (type === 0x86dd) ipv6(view, at, frame);
  else if (type === 0x0806) arp(view, at, frame);
  else if (type < 1536) llc(view, at, frame);
  if (tags.length > 0) frame.info = [tags.join(", "), frame.info].filter(Boolean).join(": ");
}

function arp(view, at, frame) {
  frame.protocol = "ARP";
  if (view.getUint16(at + 2) !== 0x0800) return;
  const [sender, target] = [ipv4_address(view, at + 14), ipv4_address(view, at + 24)];
  frame.info = view.getUint16(at + 6) === 1 ? `who has ${target}? tell ${sender}` : `${sender} is at ${mac(view, at + 8)}`;
}

function llc(view, at, frame) {
  const service = view.getUint8(at);
  frame.protocol = { 0x42: "STP", 0xfe: "IS-IS" }[service] ?? "LLC";
  if (service === 0xaa && view.getUint16(at + 6) === 0x2000) frame.protocol = "CDP";
}

function ipv4(view, at, frame) {
  frame.protocol = "IPv4";
  frame.source = ipv4_address(view, at + 12);
  frame.destination = ipv4_address(view, at + 16);
  const offset = (view.getUint16(at + 6) & 0x1fff) * 8;
  const header = (view.getUint8(at) & 15) * 4;
  const length = view.getUint16(at + 2) - header;
  transport(view, at + header, view.getUint8(at + 9), length, offset, frame);
}

function ipv6(view, at, frame) {
  frame.protocol = "IPv6";
  frame.source = ipv6_address(view, at + 8);
  frame.destination = ipv6_address(view, at + 24);
  const end = at + 40 + view.getUint16(at + 4);
  let next = view.getUint8(at + 6), offset = 0;
  at += 40;
  while (EXTENSIONS.has(next) || next === FRAGMENT) {
    if (next === FRAGMENT) offset = view.getUint16(at + 2) & 0xfff8;
    const length = next === FRAGMENT ? 8 : 8 + view.getUint8(at + 1) * 8;
    next = view.getUint8(at);
    at += length;
  }
  transport(view, at, next, end - at, offset, frame);
}

function transport(view, at, protocol, length, offset, frame) {
  const names = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", ...protocols };
  frame.protocol = names[protocol] ?? `IP protocol ${protocol}`;
  if (offset > 0) frame.info = `fragment at ${offset}`;
  else if (protocol === 1) message(view, at, icmp, frame);
  else if (protocol === 58) message(view, at, icmp6, frame);
  else if (protocol === 6) tcp(view, at, length, frame);
  else if (protocol === 17) udp(view, at, frame);
}

function message(view, at, names, frame) {
  const type = view.getUint8(at);
  frame.info = names[type] ?? `type ${type} code ${view.getUint8(at + 1)}`;
  if (frame.info.startsWith("echo")) frame.info += `, id ${view.getUint16(at + 4)}, seq ${view.getUint16(at + 6)}`;
  else if (frame.info.startsWith("neighbour")) frame.info += ` of ${ipv6_address(view, at + 8)}`;
}

function udp(view, at, frame) {
  port_names("udp", view, at, frame);
  frame.info += `, ${Math.max(0, view.getUint16(at + 4) - 8)} bytes`;
}

function tcp(view, at, length, frame) {
  port_names("tcp", view, at, frame);
  const bits = view.getUint8(at + 13);
  const flags = flag_names.filter((_, bit) => bits & (1 << bit)).join(" ");
  const bytes = Math.max(0, length - (view.getUint8(at + 12) >> 4) * 4);
  frame.info += `, ${flags || "no flags"}, seq ${view.getUint32(at + 4)}${bits & 16 ? `, ack ${view.getUint32(at + 8)}` : ""}, ` +
                `window ${view.getUint16(at + 14)}, ${bytes} bytes`;
}

function port_names(kind, view, at, frame) {
  const [from, to] = [view.getUint16(at), view.getUint16(at + 2)];
  frame.protocol = ports[kind][to] ?? ports[kind][from] ?? frame.protocol;
  frame.info = `${from} → ${to}`;
}

function mac(view, at) {
  return Array.from({ length: 6 }, (_, i) => view.getUint8(at + i).toString(16).padStart(2, "0")).join(":");
}

function ipv4_address(view, at) {
  return Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)).join(".");
}

// RFC 5952: the longest run of zeros, if of two at least, is "::".
function ipv6_address(view, at) {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16));
  let longest = { at: -1, length: 1 };
  for (let i = 0; i < 8; ++i) {
    let length = 0;
    while (groups[i + length] === "0") ++length;
    if (length > longest.length) longest = { at: i, length };
  }
  if (longest.at < 0) return groups.join(":");
  return `${groups.slice(0, longest.at).join(":")}::${groups.slice(longest.at + longest.length).join(":")}`;
}
