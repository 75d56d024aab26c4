// The topology as a picture on a canvas, kept equal to the lab.
//
// Emits "open" {collection, name} or null, "hover" {collection, name, x, y} or null, and "join" {from, to}: node names.

import { curve, distance, lanes, midpoint } from "./edge-curve.js";
import { element } from "./element.js";
import { Gestures } from "./gestures.js";
import { node_size } from "./graph-style.js";
import { short_impairment } from "./impairments.js";
import { directions, node_of } from "./lab.js";
import { layout } from "./layout.js";
import { once_a_frame } from "./once-a-frame.js";
import { Painter } from "./painter.js";
import { parse } from "./units.js";

const labels_up_to = 15;  // links; more labels than that cover each other and the nodes
const margin = 56;        // px around all
const [least_zoom, first_zoom, most_zoom] = [0.05, 1.5, 4];

export class Graph extends EventTarget {
  joining = false;  // whether dragging from a node pulls a link out of it, rather than moving it

  #lab;
  #box;
  #canvas = element("canvas");
  #painter = new Painter(this.#canvas);
  #nodes = new Map();
  #edges = new Map();
  #lanes = null;   // of the edges; null: they have changed
  #ways = false;   // whether each edge knows its way
  #view = { x: 0, y: 0, zoom: 1 };
  #moved = false;
  #marks = { hover: null, chosen: null, target: null };
  #held = null;    // {node}, {pull: node, to: {x, y}} or {view}: what is dragged
  #drawn = [];     // whom to tell of a frame

  constructor(lab, container) {
    super();
    this.#lab = lab;
    this.#box = container;
    container.append(this.#canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#painter.restyle();
      this.#change();
    });
    this.#listen();
  }

  // Draws all anew; nodes that were there, or that somebody placed, keep their places.
  load() {
    const first = this.#nodes.size === 0;
    const things = [...this.#lab.nodes.values()].map((node) => node_item("nodes", node));
    things.push(...[...this.#lab.segments.values()].map((segment) => node_item("segments", segment)));
    const edges = [...this.#lab.links.values(), ...this.#lab.segments.values()].flatMap((thing) => this.#edges_of(thing));
    this.#place(things, edges);
    this.#nodes = new Map(things.map((node) => [node.id, node]));
    this.#edges = new Map(edges.map((edge) => [edge.id, edge]));
    this.#lanes = null;
    if (first) {
      this.fit();
      if (this.#nodes.size > 0) this.on_render(once(() => performance.mark("linkfab: drawn")));
    }
    this.show_rates();
    this.#change();
  }

  show_node(name) {
    this.#show_node("nodes", name, this.#lab.nodes.get(name));
  }

  show_link(name) {
    this.#show_edges(`links:${name}`, this.#lab.links.get(name));
  }

  show_segment(name) {
    const segment = this.#lab.segments.get(name);
    this.#show_node("segments", name, segment);
    this.#show_edges(`segments:${name}`, segment);
  }

  // Colours and widths from the newest statistics.
  show_rates() {
    for (const edge of this.#edges.values()) {
      const now = { load: 0, share: 0, losing: false };
      for (const [rate, limit] of [[this.#lab.rate(edge.from, edge.to), edge.limits[0]], [this.#lab.rate(edge.to, edge.from), edge.limits[1]]]) {
        const bits = rate?.rates?.sent_bits ?? 0;
        if (limit) now.share = Math.max(now.share, bits / limit);
        // Without a rate of its own: from 10 kbit/s to 10 Gbit/s on a logarithmic scale.
        now.load = Math.max(now.load, limit ? bits / limit : Math.log10(bits / 1e4 + 1) / 6);
        now.losing ||= (rate?.rates?.lost ?? 0) > 0;
      }
      now.load = Math.min(1, Math.round(now.load * 20) / 20);
      now.share = Math.min(1, Math.round(now.share * 20) / 20);
      if (edge.load === now.load && edge.share === now.share && edge.losing === now.losing) continue;
      Object.assign(edge, now);
      this.#change();
    }
  }

  choose(collection, name) {
    this.#mark({ chosen: name === undefined ? null : `${collection}:${name}` });
  }

  fit() {
    this.#moved = false;
    this.#measure();
    const { width, height } = this.#box.getBoundingClientRect();
    if (this.#nodes.size === 0 || width === 0) return;
    const all = this.#bounds();
    const zoom = Math.min((width - 2 * margin) / (all.right - all.left || 1), (height - 2 * margin) / (all.bottom - all.top || 1));
    this.#view.zoom = Math.max(least_zoom, Math.min(first_zoom, zoom));
    this.#view.x = width / 2 - (all.left + all.right) / 2 * this.#view.zoom;
    this.#view.y = height / 2 - (all.top + all.bottom) / 2 * this.#view.zoom;
    this.#change();
  }

  // Its room has changed: a view that nobody has moved still shows all.
  resize() {
    if (this.#moved) this.#measure();
    else this.fit();
  }

  // Where on the page something is drawn, and as what: for tests.
  place(id) {
    const item = this.#nodes.get(id) ?? this.#edges.get(id);
    if (!item) return null;
    this.#find_ways();
    const box = this.#canvas.getBoundingClientRect();
    const { x, y } = item.source ? midpoint(item.way) : item;
    return { ...item, x: box.x + this.#view.x + x * this.#view.zoom, y: box.y + this.#view.y + y * this.#view.zoom };
  }

  get size() {
    return { nodes: this.#nodes.size, edges: this.#edges.size };
  }

  pan(dx, dy) {
    this.#view.x += dx;
    this.#view.y += dy;
    this.#change();
  }

  // All frames drawn from now on call it, until it returns true.
  on_render(callback) {
    this.#drawn.push(callback);
  }

  #edges_of(thing) {
    const labelled = this.#lab.links.size <= labels_up_to;
    const common = { state: thing.state, name: thing.name, load: 0, share: 0, losing: false };
    const ways = directions(thing);
    if (thing.kind === "link") {
      const [a, b] = ways;
      if (!a.from || !a.to || !this.#lab.nodes.has(node_of(a.from)) || !this.#lab.nodes.has(node_of(a.to))) return [];
      return [{ ...common, id: `links:${thing.name}`, of: `links:${thing.name}`, collection: "links", from: a.from, to: a.to,
                source: `nodes:${node_of(a.from)}`, target: `nodes:${node_of(a.to)}`,
                limits: ways.map(({ impairment }) => parse("rate", impairment.rate) || 0), label: labelled ? edge_label(a, b) : "" }];
    }
    return ways.filter(({ to }) => this.#lab.nodes.has(node_of(to))).map(({ to, impairment }) => (
      { ...common, id: `members:${thing.name} ${to}`, of: `segments:${thing.name}`, collection: "segments", from: thing.name, to,
        source: `segments:${thing.name}`, target: `nodes:${node_of(to)}`,
        limits: [parse("rate", impairment.rate) || 0, 0], label: labelled ? short_impairment(impairment) : "" }));
  }

  #show_node(collection, name, thing) {
    const id = `${collection}:${name}`;
    const shown = this.#nodes.get(id);
    if (!thing) {
      this.#nodes.delete(id);
      for (const edge of [...this.#edges.values()]) if (edge.source === id || edge.target === id) this.#edges.delete(edge.id);
      this.#lanes = null;
    } else {
      this.#nodes.set(id, { ...node_item(collection, thing), ...(shown ? { x: shown.x, y: shown.y } : this.#free_place()) });
    }
    this.#change();
  }

  #show_edges(of, thing) {
    const old = new Map([...this.#edges.values()].filter((edge) => edge.of === of).map((edge) => [edge.id, edge]));
    for (const edge of thing ? this.#edges_of(thing) : []) {
      const { load, share, losing } = old.get(edge.id) ?? edge;
      old.delete(edge.id);
      this.#edges.set(edge.id, { ...edge, load, share, losing });
    }
    for (const id of old.keys()) this.#edges.delete(id);
    this.#lanes = null;
    this.#change();
  }

  #free_place() {
    if (this.#nodes.size === 0) return { x: 0, y: 0 };
    const { left, right, bottom } = this.#bounds();
    return { x: (left + right) / 2, y: bottom + 70 };
  }

  #bounds() {
    const all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const node of this.#nodes.values()) {
      const size = node_size(node.kind);
      const half = Math.max(size.width, this.#painter.label_width(node.label)) / 2;
      all.left = Math.min(all.left, node.x - half);
      all.right = Math.max(all.right, node.x + half);
      all.top = Math.min(all.top, node.y - size.height / 2);
      all.bottom = Math.max(all.bottom, node.y + size.height / 2 + 21);
    }
    return all;
  }

  #place(nodes, edges) {
    const kept = this.#kept();
    const at = (id) => this.#nodes.get(id) ?? kept[id];
    let places = [];
    if (!nodes.every(({ id }) => at(id))) {
      const index = new Map(nodes.map((node, i) => [node.id, i]));
      const room = this.#lab.links.size <= 60 ? 1.3 : 1;
      places = layout(nodes.map(({ label }) => ({ width: Math.max(56, label.length * 7.5 + 16) * room, height: 62 * room })),
                      edges.map(({ source, target }) => [index.get(source), index.get(target)]));
    }
    nodes.forEach((node, i) => {
      const { x, y } = at(node.id) ?? places[i];
      Object.assign(node, { x, y });
    });
  }

  get #key() {
    return `places:${this.#lab.fabric?.lab ?? ""}`;
  }

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(this.#key)) ?? {};
    } catch {
      return {};
    }
  }

  #find_ways() {
    if (this.#ways && this.#lanes) return;
    this.#lanes ??= lanes([...this.#edges.values()]);
    for (const edge of this.#edges.values()) {
      edge.way = curve(this.#nodes.get(edge.source), this.#nodes.get(edge.target), this.#lanes.get(edge));
    }
    this.#ways = true;
  }

  #measure() {
    const { width, height } = this.#box.getBoundingClientRect();
    const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) Object.assign(this.#canvas, { width: wide, height: high });
    this.#change();
  }

  // One picture for all changes until then.
  #change = once_a_frame(() => {
    this.#find_ways();
    const pulled = this.#held?.pull && { from: this.#held.pull, to: this.#held.to };
    this.#painter.draw([...this.#nodes.values()], [...this.#edges.values()], this.#view, this.#marks, pulled);
    this.#drawn = this.#drawn.filter((callback) => callback() !== true);
  });

  #mark(marks) {
    if (Object.entries(marks).every(([key, value]) => this.#marks[key] === value)) return;
    Object.assign(this.#marks, marks);
    this.#change();
  }

  // What is at a point of the element; nodes lie over edges, and what was drawn last over the rest.
  #under({ x, y }) {
    const point = { x: (x - this.#view.x) / this.#view.zoom, y: (y - this.#view.y) / this.#view.zoom };
    const node = [...this.#nodes.values()].findLast(({ kind, ...its }) => {
      const { width, height } = node_size(kind);
      return Math.abs(its.x - point.x) <= width / 2 + 3 && Math.abs(its.y - point.y) <= height / 2 + 3;
    });
    if (node) return node;
    this.#find_ways();
    let [found, nearest] = [null, 8 / this.#view.zoom];
    for (const edge of this.#edges.values()) {
      const apart = distance(edge.way, point);
      if (apart < nearest) [found, nearest] = [edge, apart];
    }
    return found;
  }

  #listen() {
    const gestures = new Gestures(this.#canvas);
    const on = (type, take) => gestures.addEventListener(type, ({ detail }) => take(detail));
    on("tap", (point) => {
      const found = this.#under(point);
      this.#tell("open", found && { collection: found.collection, name: found.name });
    });
    on("hover", (point) => {
      const found = point && this.#under(point);
      this.#mark({ hover: found?.id ?? null });
      this.#tell("hover", found && { collection: found.collection, name: found.name, ...point });
    });
    on("hold", (point) => {
      const found = this.#under(point);
      this.#tell("hover", null);
      if (!found || found.source) this.#held = { view: true };
      else if (!this.joining) this.#held = { node: found };
      else this.#held = found.collection === "nodes" ? { pull: found, to: found } : { view: true };
    });
    on("drag", (point) => this.#drag(point));
    on("drop", () => this.#drop());
    on("zoom", ({ x, y, factor }) => {
      const zoom = Math.max(least_zoom, Math.min(most_zoom, this.#view.zoom * factor));
      this.#moved = true;
      this.#view.x = x - (x - this.#view.x) * zoom / this.#view.zoom;
      this.#view.y = y - (y - this.#view.y) * zoom / this.#view.zoom;
      this.#view.zoom = zoom;
      this.#tell("hover", null);
      this.#change();
    });
  }

  #drag(point) {
    const { node, pull, view } = this.#held ?? {};
    if (view) {
      this.#moved = true;
      return this.pan(point.dx, point.dy);
    }
    if (node) {
      // The lab may have been read anew meanwhile.
      const now = this.#nodes.get(node.id);
      if (!now) return;
      now.x += point.dx / this.#view.zoom;
      now.y += point.dy / this.#view.zoom;
      this.#ways = false;
    } else if (pull) {
      this.#held.to = { x: (point.x - this.#view.x) / this.#view.zoom, y: (point.y - this.#view.y) / this.#view.zoom };
      const { to } = this.#held;
      const under = [...this.#nodes.values()].find((each) => (
        each.collection === "nodes" && each.id !== pull.id && Math.hypot(each.x - to.x, each.y - to.y) < 28));
      this.#marks.target = under?.id ?? null;
    }
    this.#change();
  }

  #drop() {
    const { node, pull } = this.#held ?? {};
    const target = this.#nodes.get(this.#marks.target);
    this.#held = null;
    this.#mark({ target: null });
    if (node && this.#nodes.has(node.id)) {
      const { x, y } = this.#nodes.get(node.id);
      localStorage.setItem(this.#key, JSON.stringify({ ...this.#kept(), [node.id]: { x, y } }));
    }
    if (pull && target) this.#tell("join", { from: pull.name, to: target.name });
    this.#change();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function node_item(collection, { name, kind, state }) {
  return { id: `${collection}:${name}`, label: name, name, kind, state, collection };
}

function edge_label(...ways) {
  const texts = ways.map(({ impairment }) => short_impairment(impairment));
  if (texts[0] === texts[1]) return texts[0];
  return ways.map(({ from, to }, index) => `${node_of(from)} → ${node_of(to)}: ${texts[index] || "–"}`).join("\n");
}

function once(task) {
  return () => {
    task();
    return true;
  };
}
