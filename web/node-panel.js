// The details of one node: its state, what can be done to it, its interfaces.

import { element } from "./element.js";

const actions = {
  running: ["stop", "restart", "suspend"],
  starting: ["stop"],
  pending: ["stop"],
  paused: ["resume", "stop"],
  stopped: ["start"],
  error: ["start", "restart", "stop"],
};

export class NodePanel {
  element = element("div", { class: "node" });

  #context;
  #name;

  // context: {lab, changes, readonly, fail(problem), open(collection, name), console(node)}
  constructor(context, name) {
    this.#context = context;
    this.#name = name;
  }

  async open() {
    this.update();
  }

  update() {
    const { lab, readonly } = this.#context;
    const node = lab.nodes.get(this.#name);
    if (!node) return;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    const managed = !["external", "host"].includes(node.kind);
    const buttons = readonly || !managed ? [] : (actions[node.state] ?? []).map((action) => element("button", {
      "data-action": action, class: action === "stop" ? "danger" : "", onclick: () => this.#act(action) }, capital(action)));
    if (!readonly && managed && node.state === "running") {
      buttons.push(element("button", { "data-action": "console", onclick: () => this.#context.console(this.#name) }, "Console"));
    }
    const facts = [["Kind", node.kind], ["Host", node.host], ["Image", node.image], ["Process", node.pid], ["Container", node.container?.slice(0, 12)],
                   ["Progress", node.progress]].filter(([, value]) => value);
    this.element.replaceChildren(
      element("p", { class: "facts" }, element("span", { class: "state", "data-state": node.state }, node.state),
              element("span", { class: "muted" }, node.wanted === node.state ? "" : `wanted: ${node.wanted}`)),
      node.error ? element("p", { class: "warning" }, node.error) : "",
      element("div", { class: "buttons" }, buttons),
      element("dl", { class: "facts" }, facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, String(value))])),
      element("h3", {}, "Interfaces"),
      node.interfaces.length === 0 ? element("p", { class: "hint" }, "None yet.") : "",
      element("ul", { class: "interfaces" }, node.interfaces.map((port) => this.#port(port))));
    if (focused) (this.element.querySelector(`[data-action="${focused}"]`) ?? this.element.querySelector("button"))?.focus();
  }

  show_rates() {}

  #port({ name, addresses, link, gateway, error, warning }) {
    const { lab, open } = this.#context;
    const collection = lab.segments.has(link) ? "segments" : "links";
    return element("li", {},
                   element("strong", {}, name), " ", element("span", { class: "muted" }, addresses.join(", ") || (gateway ? gateway.type : "")),
                   link ? element("button", { class: "quiet", onclick: () => open({ collection, name: link }) }, link) : element("span", { class: "hint" }, "free"),
                   error || warning ? element("p", { class: "warning" }, error ?? warning) : "");
  }

  async #act(action) {
    for (const button of this.element.querySelectorAll("[data-action]")) button.disabled = true;
    try {
      await this.#context.changes.act(this.#name, action);
    } catch (problem) {
      this.#context.fail(problem);
    }
    this.update();
  }
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}
