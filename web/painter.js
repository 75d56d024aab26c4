// Draws nodes and edges on a canvas, all of them each time: a thousand edges cost less than finding out which have changed.
//
// nodes: {x, y, kind, state, label}; edges: {way, label} and what the palette looks at. `marks` is {hover, chosen, target}: what of it
// is under the pointer, shown in the panel, or where a link that is being pulled would end.

import { midpoint } from "./edge-curve.js";
import { edge_text, mark_text, node_shape, node_size, node_text, Palette } from "./graph-style.js";

export class Painter {
  #canvas;
  #context;
  #palette = new Palette();
  #shapes = new Map();
  #widths = new Map();

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  // Colours have changed.
  restyle() {
    this.#palette = new Palette();
    this.#widths.clear();
  }

  // view: {x, y, zoom}, of the origin in pixels of the page; pulled: {from, to}, a link that is being made.
  draw(nodes, edges, view, marks, pulled) {
    const context = this.#context;
    const ratio = devicePixelRatio;
    const [width, height] = [this.#canvas.width / ratio, this.#canvas.height / ratio];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.#palette.color("canvas");
    context.fillRect(0, 0, width, height);
    context.transform(view.zoom, 0, 0, view.zoom, view.x, view.y);
    const seen = { left: -view.x / view.zoom, top: -view.y / view.zoom, right: (width - view.x) / view.zoom, bottom: (height - view.y) / view.zoom };
    for (const edge of edges) if (touches(edge.way, seen)) this.#edge(edge, marks);
    if (pulled) this.#pulled(pulled);
    const inside = nodes.filter(({ x, y }) => x > seen.left - 60 && x < seen.right + 60 && y > seen.top - 40 && y < seen.bottom + 40);
    for (const node of inside) this.#node(node, marks);
    if (node_text.size * view.zoom >= node_text.least) this.#names(inside);
    this.#labels(edges, view.zoom);
  }

  label_width(text) {
    const key = `node ${text}`;
    if (!this.#widths.has(key)) {
      this.#context.font = this.#palette.font(node_text);
      this.#widths.set(key, this.#context.measureText(text).width);
    }
    return this.#widths.get(key);
  }

  #edge(edge, marks) {
    const context = this.#context;
    const look = this.#palette.edge(edge);
    const chosen = marks.chosen === edge.of;
    trace(context, edge.way);
    if (chosen || marks.hover === edge.id) {
      context.setLineDash([]);
      context.strokeStyle = this.#palette.color("accent");
      context.globalAlpha = chosen ? 0.3 : 0.18;
      context.lineWidth = look.width + (chosen ? 12 : 10);
      context.stroke();
      context.globalAlpha = 1;
    }
    context.setLineDash(look.dash);
    context.strokeStyle = look.color;
    context.lineWidth = look.width;
    context.stroke();
  }

  #pulled({ from, to }) {
    const context = this.#context;
    context.setLineDash([6, 3]);
    context.strokeStyle = this.#palette.color("accent");
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }

  #node(node, marks) {
    const context = this.#context;
    if (!this.#shapes.has(node.kind)) this.#shapes.set(node.kind, node_shape(node.kind));
    const shape = this.#shapes.get(node.kind);
    const look = this.#palette.node(node, marks.chosen === node.id || marks.target === node.id);
    context.translate(node.x, node.y);
    context.globalAlpha = look.opacity;
    context.fillStyle = look.fill;
    context.fill(shape);
    context.globalAlpha = 1;
    context.setLineDash(look.dash);
    context.strokeStyle = look.border;
    context.lineWidth = look.width;
    context.stroke(shape);
    context.translate(-node.x, -node.y);
  }

  #names(nodes) {
    const context = this.#context;
    context.font = this.#palette.font(node_text);
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const node of nodes) {
      const width = this.label_width(node.label);
      const y = node.y + node_size(node.kind).height / 2 + 13;
      context.globalAlpha = 0.85;
      context.fillStyle = this.#palette.color("canvas");
      context.fillRect(node.x - width / 2 - 2, y - 8, width + 4, 16);
      context.globalAlpha = 1;
      context.fillStyle = this.#palette.node(node, false).ink;
      context.fillText(node.label, node.x, y);
    }
  }

  #labels(edges, zoom) {
    const context = this.#context;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const edge of edges) {
      const { mark } = this.#palette.edge(edge);
      const text = mark ? mark_text : edge_text;
      if (!(mark || edge.label) || text.size * zoom < text.least) continue;
      context.font = this.#palette.font(text);
      const lines = (mark ?? edge.label).split("\n");
      const [width, height] = [Math.max(...lines.map((line) => context.measureText(line).width)) + 8, lines.length * text.size * 1.25 + 6];
      const { x, y } = midpoint(edge.way);
      context.fillStyle = this.#palette.color("canvas");
      context.beginPath();
      context.roundRect(x - width / 2, y - height / 2, width, height, 4);
      context.fill();
      if (!mark) {
        context.setLineDash([]);
        context.lineWidth = 1;
        context.strokeStyle = this.#palette.color("rule");
        context.stroke();
      }
      context.fillStyle = this.#palette.color(mark ? "bad" : "muted");
      lines.forEach((line, at) => context.fillText(line, x, y + (at - (lines.length - 1) / 2) * text.size * 1.25 + 0.5));
    }
  }
}

function trace(context, way) {
  context.beginPath();
  if (way.radius) {
    context.arc(way.x, way.y, way.radius, 0, 2 * Math.PI);
  } else {
    context.moveTo(way.x0, way.y0);
    if (way.cx * 2 === way.x0 + way.x1 && way.cy * 2 === way.y0 + way.y1) context.lineTo(way.x1, way.y1);
    else context.quadraticCurveTo(way.cx, way.cy, way.x1, way.y1);
  }
}

function touches(way, { left, top, right, bottom }) {
  if (way.radius) return true;
  return Math.min(way.x0, way.x1, way.cx) < right && Math.max(way.x0, way.x1, way.cx) > left &&
         Math.min(way.y0, way.y1, way.cy) < bottom && Math.max(way.y0, way.y1, way.cy) > top;
}
