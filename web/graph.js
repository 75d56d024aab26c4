// The topology as a picture: Cytoscape.js on a canvas, kept equal to the lab.
//
// Emits "open" {collection, name}, "hover" {thing, x, y} or null, and "join" {from, to}: node names.

import cytoscape from "./vendor/cytoscape.js";
import { graph_style } from "./graph-style.js";
import { short_impairment } from "./impairments.js";
import { directions, node_of } from "./lab.js";
import { layout } from "./layout.js";
import { parse } from "./units.js";

const labels_up_to = 15;   // links; more labels than that cover each other and the nodes
const curves_up_to = 250;  // links; straight lines are drawn several times faster

export class Graph extends EventTarget {
  #joining = false;
  #lab;
  #cy;
  #pull = null;
  #moved = false;

  constructor(lab, container) {
    super();
    this.#lab = lab;
    this.#cy = cytoscape({
      container, style: graph_style(), minZoom: 0.05, maxZoom: 4, boxSelectionEnabled: false, autounselectify: true,
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#cy.style(graph_style()));
    this.#listen();
  }

  // Whether dragging from a node pulls a link out of it, rather than moving it.
  set joining(on) {
    this.#joining = on;
    this.#cy.autoungrabify(on);
  }

  // Draws all anew; nodes that were there, or that somebody placed, keep their places.
  load() {
    const elements = [];
    for (const node of this.#lab.nodes.values()) elements.push(node_element(node));
    for (const segment of this.#lab.segments.values()) elements.push(segment_element(segment));
    for (const thing of this.#cables()) elements.push(...this.#edges(thing));
    const places = this.#places(elements);
    for (const element of elements) {
      if (element.group === "nodes") element.position = places.get(element.data.id);
    }
    const first = this.#cy.nodes().empty();
    this.#cy.batch(() => {
      this.#cy.elements().remove();
      this.#cy.add(elements);
    });
    if (first) {
      this.fit();
      this.#cy.one("render", () => performance.mark("linkfab: drawn"));
    }
    this.show_rates();
  }

  show_node(name) {
    this.#show(`nodes:${name}`, this.#lab.nodes.get(name), (node) => [node_element(node)]);
  }

  show_link(name) {
    this.#show(`links:${name}`, this.#lab.links.get(name), (link) => this.#edges(link));
  }

  show_segment(name) {
    const segment = this.#lab.segments.get(name);
    this.#show(`segments:${name}`, segment, (thing) => [segment_element(thing)]);
    this.#cy.edges().filter((edge) => edge.data("of") === `segments:${name}`).remove();
    if (segment) this.#cy.add(this.#edges(segment));
  }

  // Colours and widths from the newest statistics.
  show_rates() {
    this.#cy.batch(() => {
      this.#cy.edges().forEach((edge) => {
        const { from, to, limits } = edge.data();
        if (!from) return;
        const state = { load: 0, share: 0, losing: false };
        for (const [rate, limit] of [[this.#lab.rate(from, to), limits[0]], [this.#lab.rate(to, from), limits[1]]]) {
          const bits = rate?.rates?.sent_bits ?? 0;
          if (limit) state.share = Math.max(state.share, bits / limit);
          // Without a rate of its own: from 10 kbit/s to 10 Gbit/s on a logarithmic scale.
          state.load = Math.max(state.load, limit ? bits / limit : Math.log10(bits / 1e4 + 1) / 6);
          state.losing ||= (rate?.rates?.lost ?? 0) > 0;
        }
        state.load = Math.min(1, Math.round(state.load * 20) / 20);
        state.share = Math.min(1, Math.round(state.share * 20) / 20);
        const had = edge.data();
        if (had.load !== state.load || had.share !== state.share || had.losing !== state.losing) edge.data(state);
      });
    });
  }

  choose(collection, name) {
    this.#cy.elements(".chosen").removeClass("chosen");
    if (name === undefined) return;
    this.#cy.getElementById(`${collection}:${name}`).addClass("chosen");
    this.#cy.edges().filter((edge) => edge.data("of") === `${collection}:${name}`).addClass("chosen");
  }

  fit() {
    this.#moved = false;
    this.#cy.resize();
    if (this.#cy.nodes().empty()) return;
    this.#cy.fit(undefined, 56);
    if (this.#cy.zoom() > 1.5) {
      this.#cy.zoom(1.5);
      this.#cy.center();
    }
  }

  // Its room has changed: a view that nobody has moved still shows all.
  resize() {
    if (this.#moved) this.#cy.resize();
    else this.fit();
  }

  // Where on the page something is drawn: for tests.
  place(id) {
    const element = this.#cy.getElementById(id);
    if (element.empty()) return null;
    const box = this.#cy.container().getBoundingClientRect();
    const { x, y } = element.isNode() ? element.renderedPosition() : element.renderedMidpoint();
    return { x: box.x + x, y: box.y + y, ...element.data(), classes: element.classes() };
  }

  get size() {
    return { nodes: this.#cy.nodes().length, edges: this.#cy.edges().length };
  }

  pan(x, y) {
    this.#cy.panBy({ x, y });
  }

  // All frames drawn from now on are counted by the callback.
  on_render(callback) {
    this.#cy.on("render", callback);
  }

  #cables() {
    return [...this.#lab.links.values(), ...this.#lab.segments.values()];
  }

  #edges(thing) {
    const many = this.#lab.links.size;
    const classes = many > curves_up_to ? "straight" : "";
    const common = { state: thing.state, load: 0, share: 0, losing: false };
    if (thing.kind === "link") {
      const [a, b] = directions(thing);
      if (!a.from || !a.to || !this.#lab.nodes.has(node_of(a.from)) || !this.#lab.nodes.has(node_of(a.to))) return [];
      return [{ group: "edges", classes, data: {
        ...common, id: `links:${thing.name}`, of: `links:${thing.name}`, name: thing.name, collection: "links",
        source: `nodes:${node_of(a.from)}`, target: `nodes:${node_of(a.to)}`, from: a.from, to: a.to,
        limits: [parse("rate", a.impairment.rate) || 0, parse("rate", b.impairment.rate) || 0],
        label: many > labels_up_to ? "" : edge_label(a, b) } }];
    }
    return directions(thing).filter(({ to }) => this.#lab.nodes.has(node_of(to))).map(({ to, impairment }) => (
      { group: "edges", classes, data: {
        ...common, id: `members:${thing.name} ${to}`, of: `segments:${thing.name}`, name: thing.name, collection: "segments",
        source: `segments:${thing.name}`, target: `nodes:${node_of(to)}`, from: thing.name, to,
        limits: [parse("rate", impairment.rate) || 0, 0],
        label: many > labels_up_to ? "" : short_impairment(impairment) } }));
  }

  #show(id, thing, elements) {
    const shown = this.#cy.getElementById(id);
    if (!thing) return void shown.remove();
    const [element] = elements(thing);
    if (!element) return void shown.remove();
    const { source, target } = element.data;
    if (shown.empty()) {
      if (element.group === "nodes") element.position = this.#free_place();
      this.#cy.add(element);
    } else {
      const { load, share, losing } = shown.data();
      shown.data(shown.isEdge() ? { ...element.data, load, share, losing } : element.data);
      if (shown.isEdge()) shown.move({ source, target });
    }
  }

  #free_place() {
    const box = this.#cy.nodes().boundingBox();
    return { x: (box.x1 + box.x2) / 2 || 0, y: (box.y2 || 0) + 70 };
  }

  #places(elements) {
    const nodes = elements.filter((element) => element.group === "nodes");
    const index = new Map(nodes.map((node, i) => [node.data.id, i]));
    const edges = elements.filter((element) => element.group === "edges")
      .map(({ data }) => [index.get(data.source), index.get(data.target)]);
    const room = this.#lab.links.size <= 60 ? 1.3 : 1;
    const boxes = nodes.map(({ data }) => ({ width: Math.max(56, data.label.length * 7.5 + 16) * room, height: 62 * room }));
    const places = layout(boxes, edges);
    const kept = this.#kept();
    return new Map(nodes.map(({ data }, i) => {
      const shown = this.#cy.getElementById(data.id);
      return [data.id, shown.nonempty() ? { ...shown.position() } : kept[data.id] ?? places[i]];
    }));
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

  #listen() {
    const cy = this.#cy;
    cy.on("tap", "node, edge", ({ target }) => {
      const { collection, name } = target.data();
      if (name !== undefined) this.#tell("open", { collection, name });
    });
    cy.on("tap", ({ target }) => {
      if (target === cy) this.#tell("open", null);
    });
    cy.on("dragfree", "node", ({ target }) => {
      localStorage.setItem(this.#key, JSON.stringify({ ...this.#kept(), [target.id()]: target.position() }));
    });
    cy.on("mouseover", "node, edge", ({ target, renderedPosition }) => {
      target.addClass("hover");
      if (!this.#pull) this.#tell("hover", { ...target.data(), ...renderedPosition });
    });
    cy.on("mouseout", "node, edge", ({ target }) => {
      target.removeClass("hover");
      this.#tell("hover", null);
    });
    cy.on("dragpan scrollzoom pinchzoom", () => { this.#moved = true; });
    cy.on("viewport", () => this.#tell("hover", null));
    cy.on("tapstart", "node[collection='nodes']", ({ target }) => {
      if (this.#joining) this.#start(target);
    });
    cy.on("tapdrag", (event) => this.#drag(event));
    cy.on("tapend", (event) => this.#end(event));
  }

  #start(from) {
    const pointer = this.#cy.add({ group: "nodes", classes: "pointer", data: { id: "pointer", label: "" }, position: { ...from.position() } });
    this.#cy.add({ group: "edges", classes: "pulled", data: { id: "pulled", label: "", source: from.id(), target: "pointer" } });
    this.#cy.userPanningEnabled(false);
    this.#pull = { from, pointer, to: null };
  }

  #drag({ position }) {
    if (!this.#pull) return;
    this.#pull.pointer.position(position);
    this.#pull.to?.removeClass("target");
    const under = this.#cy.nodes("[collection='nodes']").filter((node) => (
      node !== this.#pull.from && Math.hypot(node.position("x") - position.x, node.position("y") - position.y) < 28));
    this.#pull.to = under.nonempty() ? under[0].addClass("target") : null;
  }

  #end() {
    if (!this.#pull) return;
    const { from, to } = this.#pull;
    this.#pull = null;
    this.#cy.remove("#pulled, #pointer");
    this.#cy.userPanningEnabled(true);
    to?.removeClass("target");
    if (to) this.#tell("join", { from: from.data("name"), to: to.data("name") });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function node_element({ name, kind, state }) {
  return { group: "nodes", data: { id: `nodes:${name}`, label: name, name, kind, state, collection: "nodes" } };
}

function segment_element({ name, kind, state }) {
  return { group: "nodes", data: { id: `segments:${name}`, label: name, name, kind, state, collection: "segments" } };
}

function edge_label(...ways) {
  const texts = ways.map(({ impairment }) => short_impairment(impairment));
  if (texts[0] === texts[1]) return texts[0];
  return ways.map(({ from, to }, index) => `${node_of(from)} → ${node_of(to)}: ${texts[index] || "–"}`).join("\n");
}
