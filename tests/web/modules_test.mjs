// The modules of the web view that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Changes } from "../../web/changes.js";
import { curve, distance, lanes, midpoint } from "../../web/edge-curve.js";
import { read_events } from "../../web/events.js";
import { frame_summary } from "../../web/frame-summary.js";
import { inverse, short_impairment } from "../../web/impairments.js";
import { directions, Lab, wanted } from "../../web/lab.js";
import { layout } from "../../web/layout.js";
import { PcapngReader } from "../../web/pcapng.js";
import { format, human_rate, parse } from "../../web/units.js";

test("Units are read and written as in the topology file", () => {
  assert.equal(parse("time", "1.5s"), 1.5);
  assert.equal(parse("time", "250ms"), 0.25);
  assert.ok(Number.isNaN(parse("time", "20")));
  assert.equal(parse("percent", "0.25%"), 0.25);
  assert.equal(parse("percent", "3"), 3);
  assert.equal(parse("rate", "10mbit"), 1e7);
  assert.equal(parse("rate", "1kbps"), 8000);
  assert.ok(Number.isNaN(parse("rate", "gemodel:1%")));
  assert.ok(Number.isNaN(parse("percent", undefined)));
  for (const [unit, value, text] of [["time", 0.02, "20ms"], ["time", 150e-6, "150us"], ["time", 2, "2s"], ["percent", 0.1, "0.1%"],
                                     ["rate", 1.6e7, "16mbit"], ["rate", 9600, "9.6kbit"]]) {
    assert.equal(format(unit, value), text);
  }
  assert.equal(human_rate(9.3e6), "9.3 Mbit/s");
  assert.equal(human_rate(0), "0");
  assert.equal(human_rate(null), "–");
});

test("The most telling values of an impairment are on one line", () => {
  assert.equal(short_impairment({ delay: "20ms", jitter: "5ms", loss: "1%" }), "20ms ±5ms · 1% loss");
  assert.equal(short_impairment({ loss: "gemodel:1%,10%" }), "bursty loss");
  assert.equal(short_impairment({ seed: "1" }), "seed");
  assert.equal(short_impairment({}), "");
});

test("An inverse names what differs, and null for what was off", () => {
  assert.deepEqual(inverse({ delay: "5ms", loss: "1%" }, { delay: "7ms", loss: "1%", rate: "1mbit" }), { delay: "5ms", rate: null });
  assert.deepEqual(inverse({}, {}), {});
});

test("The layout is the same each time, finite, and leaves no boxes on each other", () => {
  const boxes = Array.from({ length: 40 }, () => ({ width: 60, height: 60 }));
  const edges = Array.from({ length: 39 }, (_, i) => [i + 1, i % 7]);
  const places = layout(boxes, edges);
  assert.deepEqual(places, layout(boxes, edges));
  for (const [i, a] of places.entries()) {
    assert.ok(Number.isFinite(a.x) && Number.isFinite(a.y));
    for (const b of places.slice(i + 1)) assert.ok(Math.abs(a.x - b.x) > 58 || Math.abs(a.y - b.y) > 58);
  }
  for (const count of [0, 1, 2]) {
    assert.ok(layout(boxes.slice(0, count), []).every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
  }
});

test("Links between the same two nodes lie side by side, and each is found where it is drawn", () => {
  const edges = [["a", "b"], ["b", "a"], ["a", "b"], ["a", "c"]].map(([source, target]) => ({ source, target }));
  const found = lanes(edges);
  assert.deepEqual(edges.map((edge) => found.get(edge)), [-1, 0, 1, 0]);
  const points = { a: { x: 0, y: 0 }, b: { x: 300, y: 40 } };
  const ways = edges.slice(0, 3).map((edge) => curve(points[edge.source], points[edge.target], found.get(edge)));
  for (const way of ways) {
    const middle = midpoint(way);
    assert.ok(distance(way, middle) < 0.5);
    for (const other of ways) if (other !== way) assert.ok(distance(other, middle) > 12);
  }
  const loop = curve(points.a, points.a, 0);
  assert.ok(distance(loop, midpoint(loop)) < 0.5);
});

test("A stream of events is read across the borders of its pieces", async () => {
  const pieces = ["event: hello\nda", 'ta: {"event":"hello"}\n', '\n: \n\nevent: link\ndata: {"event":"link",', '"name":"é"}\n\n'];
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const seen = [];
  for await (const message of read_events(body)) if (message) seen.push(message);
  assert.deepEqual(seen, [{ event: "hello" }, { event: "link", name: "é" }]);
});

// An agent with one link and one segment that remembers what it is asked.
function agent() {
  const things = {
    "links/l": { name: "l", kind: "link", wanted: "up", state: "up", underlay: "subtract", ends: [{ interface: "a:0" }, { interface: "b:0" }],
                 a_to_b: { delay: "5ms" }, b_to_a: {} },
    "segments/s": { name: "s", kind: "hub", wanted: "up", state: "up", ends: [{ interface: "a:1", impairment: {} }] },
  };
  const asked = [];
  const stale = new Set();
  const api = {
    async request(method, path, { body, match } = {}) {
      asked.push({ method, path, body, match });
      if (stale.has(match)) throw Object.assign(new Error("stale"), { stale: true });
      const thing = structuredClone(things[path] ?? things["links/l"]);
      if (method === "PATCH" && path === "links/l") {
        if (body.state) thing.wanted = body.state === "down" ? "cut" : "up";
        if (body.ends) Object.assign(thing, { name: "moved", ends: body.ends.map((end) => ({ interface: end })) });
        if (body.rate) thing.a_to_b.rate = thing.b_to_a.rate = body.rate;
      } else if (method === "PATCH") {
        thing.ends[0].impairment = body.members?.["a:1"] ?? {};
      }
      things[`${path.split("/")[0]}/${thing.name}`] = thing;
      return { data: method === "DELETE" ? null : structuredClone(thing), tag: "now" };
    },
    get: async (path) => ({ data: structuredClone(things[path]), tag: "now" }),
  };
  return { things, asked, stale, changes: new Changes(api, { moment: 0, take() {}, take_answer() {} }) };
}

test("An answer that comes after a newer event is not taken", () => {
  const lab = new Lab(null);
  const told = (delay) => ({ event: "link", name: "l", data: { name: "l", delay } });
  const sent = lab.moment;
  lab.take(told("7ms"));
  lab.take_answer(told("35ms"), sent);
  assert.equal(lab.links.get("l").delay, "7ms");
  lab.take_answer(told("9ms"), lab.moment);
  assert.equal(lab.links.get("l").delay, "9ms");
});

test("Undo sends the opposite with the newest ETag", async () => {
  const { things, asked, changes } = agent();
  await changes.change("links", things["links/l"], "then", { rate: "1mbit", state: "down" });
  assert.equal(asked[0].match, "then");
  await changes.undo();
  assert.deepEqual(asked[1], { method: "PATCH", path: "links/l", match: "now",
                               body: { state: "up", a_to_b: { rate: null }, b_to_a: { rate: null } } });
  assert.equal(await changes.undo(), null);
});

test("A change is sent again where only the state has moved on, and not over another change", async () => {
  const { things, asked, stale, changes } = agent();
  stale.add("then");
  const seen = structuredClone(things["links/l"]);
  things["links/l"].state = "pending";
  await changes.change("links", seen, "then", { rate: "1mbit" });
  assert.deepEqual(asked.map(({ match }) => match), ["then", "now"]);
  await assert.rejects(changes.change("links", seen, "then", { rate: "2mbit" }), { stale: true });
  assert.equal(asked.length, 3);
});

test("Undo of a segment names the members that were changed", async () => {
  const { things, asked, changes } = agent();
  await changes.change("segments", things["segments/s"], "then", { members: { "a:1": { delay: "5ms" } } });
  await changes.undo();
  assert.deepEqual(asked[1].body, { members: { "a:1": { delay: null } } });
});

test("Undo of a removal makes the link as it was", async () => {
  const { things, asked, changes } = agent();
  await changes.remove(things["links/l"], "then");
  await changes.undo();
  assert.deepEqual(asked[1].body, { name: "l", ends: ["a:0", "b:0"], up: true, underlay: "subtract", a_to_b: { delay: "5ms" }, b_to_a: {} });
});

test("A link whose name follows its ends is undone under its new name", async () => {
  const { things, asked, changes } = agent();
  await changes.change("links", things["links/l"], "then", { ends: ["a:0", "c:0"] });
  await changes.undo();
  assert.equal(asked[1].path, "links/moved");
  assert.deepEqual(asked[1].body, { ends: ["a:0", "b:0"] });
});

test("Undo sends nothing where somebody else has changed the link since", async () => {
  const { things, asked, changes } = agent();
  await changes.change("links", things["links/l"], "then", { rate: "1mbit" });
  things["links/l"].a_to_b.delay = "99ms";
  await assert.rejects(changes.undo(), /changed by somebody else/);
  assert.equal(asked.length, 1);
});

test("What the agent reports is not part of what is wanted", () => {
  const { things } = agent();
  const link = things["links/l"];
  assert.equal(wanted({ ...link, state: "pending", error: "x" }), wanted(link));
  assert.notEqual(wanted({ ...link, wanted: "cut" }), wanted(link));
  assert.deepEqual(directions(link).map(({ from, to }) => [from, to]), [["a:0", "b:0"], ["b:0", "a:0"]]);
});

// A block of pcapng, little-endian; `body` is a list of [bits, value], or octets.
function block(kind, ...body) {
  const octets = [];
  const put = (bits, value) => { for (let at = 0; at < bits; at += 8) octets.push(Number((BigInt(value) >> BigInt(at)) & 255n)); };
  const parts = body.flatMap((part) => (part instanceof Uint8Array ? [...part].map((octet) => [8, octet]) : [part]));
  const length = 12 + parts.reduce((sum, [bits]) => sum + bits / 8, 0);
  put(32, kind);
  put(32, length);
  for (const part of parts) put(...part);
  put(32, length);
  return octets;
}

const octets = (text) => Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g), (digits) => parseInt(digits, 16));

test("Frames are read from pcapng across the borders of its pieces, with name, time and comment", () => {
  const name = new TextEncoder().encode("a:e0->b:e0 after");
  const stamp = 1_700_000_000_123_456_789n;
  const packet = (ifc, bytes, ...options) => block(6, [32, ifc], [32, stamp >> 32n], [32, stamp & 0xffffffffn], [32, 5], [32, 90],
                                                   Uint8Array.from([...bytes, 0, 0, 0]), ...options);
  const file = Uint8Array.from([
    ...block(0x0a0d0d0a, [32, 0x1a2b3c4d], [16, 1], [16, 0], [64, -1n & 0xffffffffffffffffn]),
    ...block(1, [16, 1], [16, 0], [32, 0], [16, 2], [16, 16], name, [16, 9], [16, 1], [32, 9], [32, 0]),
    ...block(0x4d2, [32, 7]),
    ...packet(0, [1, 2, 3, 4, 5]),
    ...packet(0, [6, 7, 8, 9, 10], [16, 1], [16, 2], Uint8Array.from([104, 105, 0, 0]), [32, 0])]);
  for (const size of [1, 7, 64, file.length]) {
    const reader = new PcapngReader();
    const frames = [];
    for (let at = 0; at < file.length; at += size) {
      frames.push(...reader.push(file.slice(at, at + size)).map((frame) => ({ ...frame, bytes: [...frame.bytes] })));
    }
    assert.deepEqual(frames, [
      { interface: "a:e0->b:e0 after", time: stamp, length: 90, bytes: [1, 2, 3, 4, 5], comment: "" },
      { interface: "a:e0->b:e0 after", time: stamp, length: 90, bytes: [6, 7, 8, 9, 10], comment: "hi" }]);
  }
  assert.throws(() => new PcapngReader().push(new Uint8Array(64)), /not pcapng/);
});

test("A frame is summed up in a line, whatever it is", () => {
  const ethernet = "020000000001 020000000002";
  const line = (text) => {
    const { source, destination, protocol, info } = frame_summary(octets(text));
    return [source, destination, protocol, info].join(" | ");
  };
  const ipv4 = (protocol, more, offset = "0000") => `${ethernet} 0800 45000054 0000${offset} 40${protocol}0000 0a000001 0a000002 ${more}`;
  assert.equal(line(ipv4("01", "08000000 0007 0003")), "10.0.0.1 | 10.0.0.2 | ICMP | echo request, id 7, seq 3");
  assert.equal(line(ipv4("06", "9c40 0050 00000001 00000000 5002 ffff 0000 0000")),
               "10.0.0.1 | 10.0.0.2 | HTTP | 40000 → 80, SYN, seq 1, window 65535, 44 bytes");
  assert.equal(line(ipv4("11", "0035 9c40 0010 0000")), "10.0.0.1 | 10.0.0.2 | DNS | 53 → 40000, 8 bytes");
  assert.equal(line(ipv4("11", "", "0010")), "10.0.0.1 | 10.0.0.2 | UDP | fragment at 128");
  assert.equal(line(ipv4("11", "00")), "10.0.0.1 | 10.0.0.2 | UDP | cut off");
  assert.equal(line(`${ethernet} 0806 0001 0800 0604 0001 020000000002 0a000001 000000000000 0a000002`),
               "02:00:00:00:00:02 | 02:00:00:00:00:01 | ARP | who has 10.0.0.2? tell 10.0.0.1");
  assert.equal(line(`${ethernet} 8100 000a 86dd 60000000 0020 3aff fe80000000000000 0000000000000001 ff02000000000000 00000001ff000002
                     8700 0000 00000000 fe80000000000000 0000000000000002`),
               "fe80::1 | ff02::1:ff00:2 | ICMPv6 | VLAN 10: neighbour solicitation of fe80::2");
  assert.equal(line(`${ethernet} 88cc 00`), "02:00:00:00:00:02 | 02:00:00:00:00:01 | LLDP | ");
  assert.equal(line(`${ethernet} 1234 00`), "02:00:00:00:00:02 | 02:00:00:00:00:01 | 0x1234 | ");
  assert.equal(line("0102"), " |  | ? | 2 bytes");
  for (let length = 0; length < 80; ++length) frame_summary(octets(ipv4("06", "00".repeat(60))).slice(0, length + 1));
});
