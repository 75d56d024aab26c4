// The modules of the web view that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Changes } from "../../web/changes.js";
import { curve, distance, lanes, midpoint } from "../../web/edge-curve.js";
import { read_events } from "../../web/events.js";
import { inverse, short_impairment } from "../../web/impairments.js";
import { directions, Lab, wanted } from "../../web/lab.js";
import { layout } from "../../web/layout.js";
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
    "links/l": { name: "l", kind: "link", wanted: "up", state: "up", ends: [{ interface: "a:0" }, { interface: "b:0" }],
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
  assert.deepEqual(asked[1].body, { name: "l", ends: ["a:0", "b:0"], up: true, a_to_b: { delay: "5ms" }, b_to_a: {} });
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
