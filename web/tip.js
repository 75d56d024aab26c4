// What is under the pointer: a link's directions, or a node, with the newest values.

import { element } from "./element.js";
import { directions } from "./lab.js";
import { short_impairment } from "./impairments.js";
import { human_rate } from "./units.js";

export class Tip {
  #lab;
  #box;
  #shown = null;

  constructor(lab, box) {
    this.#lab = lab;
    this.#box = box;
  }

  // {collection, name, x, y}, in the graph's pixels; null hides it.
  show(thing) {
    if (!thing?.collection) return this.hide();
    this.#shown = thing;
    this.refresh();
    this.#box.hidden = false;
    const { offsetWidth: width, offsetHeight: height, parentElement: around } = this.#box;
    this.#box.style.left = `${Math.max(8, Math.min(thing.x + 16, around.clientWidth - width - 8))}px`;
    this.#box.style.top = `${Math.max(8, Math.min(thing.y + 16, around.clientHeight - height - 8))}px`;
  }

  hide() {
    this.#shown = null;
    this.#box.hidden = true;
  }

  refresh() {
    if (!this.#shown) return;
    const { collection, name } = this.#shown;
    const thing = this.#lab[collection].get(name);
    if (!thing) return this.hide();
    const heading = element("p", {}, element("strong", {}, name), " ", element("span", { class: "state", "data-state": thing.state }, thing.state));
    this.#box.replaceChildren(heading, collection === "nodes" ? this.#node(thing) : this.#cable(thing));
  }

  #node(node) {
    return element("p", { class: "muted" }, [node.kind, node.image, `${node.interfaces.length} interfaces`].filter(Boolean).join(" · "));
  }

  #cable(thing) {
    return element("table", {}, directions(thing).slice(0, 8).map(({ key, from, to, impairment }, index) => {
      const rates = this.#lab.rate(from, to)?.rates;
      const now = thing.ends.find((end) => end.interface === to)?.impairment_toward;
      return element("tr", { "data-way": key },
                     element("th", { scope: "row" }, thing.kind === "link" ? `${from} → ${to}` : `→ ${to}`),
                     element("td", { class: "number" }, human_rate(rates?.sent_bits)),
                     element("td", { class: rates?.lost > 0 ? "number bad" : "number muted" }, `${(rates?.lost ?? 0).toFixed(0)} lost/s`),
                     element("td", {}, now || short_impairment(impairment) || (index < 2 ? "unshaped" : "")));
    }));
  }
}
