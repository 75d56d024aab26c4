// The links and segments as a table: what the graph shows, for keyboards, screen readers and large labs.
//
// Emits "open" {collection, name}.

import { element } from "./element.js";
import { short_impairment } from "./impairments.js";
import { directions, node_of } from "./lab.js";
import { human_rate } from "./units.js";

const columns = ["Name", "Between", "State", "Impairment", "Rate →", "Rate ←"];

export class List extends EventTarget {
  #lab;
  #section;
  #rows = new Map();
  #stale = true;
  #body = element("tbody");
  #count = element("span", { class: "muted", role: "status" });
  #filter = element("input", { type: "search", placeholder: "Filter: name, node, state…", "aria-label": "Filter", oninput: () => this.#sift() });

  constructor(lab, section) {
    super();
    this.#lab = lab;
    this.#section = section;
    section.replaceChildren(
      element("div", { class: "row filter" }, this.#filter, this.#count),
      element("table", {}, element("thead", {}, element("tr", {}, columns.map((name) => element("th", { scope: "col" }, name)))), this.#body));
  }

  // The rows are made when they are seen.
  load() {
    this.#stale = true;
    this.show_rates();
  }

  #load() {
    this.#stale = false;
    this.#rows.clear();
    const things = [...this.#lab.links.values(), ...this.#lab.segments.values()];
    this.#body.replaceChildren(...things.map((thing) => this.#row(thing)));
    this.#sift();
  }

  show(collection, name) {
    if (this.#stale) return;
    const id = `${collection}:${name}`;
    const thing = this.#lab[collection].get(name);
    const old = this.#rows.get(id);
    if (!thing) {
      old?.row.remove();
      this.#rows.delete(id);
    } else if (old) {
      const focused = old.row.contains(document.activeElement);
      const row = this.#row(thing);
      old.row.replaceWith(row);
      if (focused) row.querySelector("button").focus();
    } else {
      this.#body.append(this.#row(thing));
    }
    this.#sift();
    this.show_rates();
  }

  show_rates() {
    if (this.#section.hidden) return;
    if (this.#stale) this.#load();
    for (const { thing, cells } of this.#rows.values()) {
      if (thing.kind !== "link") continue;
      directions(thing).forEach(({ from, to }, index) => {
        const rates = this.#lab.rate(from, to)?.rates;
        const text = human_rate(rates?.sent_bits) + (rates?.lost > 0 ? ` (${rates.lost.toFixed(0)} lost/s)` : "");
        if (cells[index].textContent !== text) cells[index].textContent = text;
      });
    }
  }

  #row(thing) {
    const collection = thing.kind === "link" ? "links" : "segments";
    const cells = [element("td", { class: "number" }), element("td", { class: "number" })];
    const between = thing.ends.map((end) => (end.interface ? node_of(end.interface) : "–")).join(thing.kind === "link" ? " ↔ " : ", ");
    const impairments = [...new Set(directions(thing).map(({ impairment }) => short_impairment(impairment)))];
    const row = element("tr", {},
      element("th", { scope: "row" }, element("button", { class: "quiet", onclick: () => this.#open(collection, thing.name) }, thing.name)),
      element("td", {}, between), element("td", {}, element("span", { class: "state", "data-state": thing.state }, thing.state)),
      element("td", {}, impairments.length > 1 ? impairments.map((text) => text || "–").join(" / ") : impairments[0] ?? ""), cells);
    const words = `${thing.name} ${between} ${thing.state} ${thing.kind}`.toLowerCase();
    this.#rows.set(`${collection}:${thing.name}`, { thing, row, cells, words });
    return row;
  }

  #sift() {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, words: text } of this.#rows.values()) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    this.#count.textContent = words.length === 0 ? `${shown}` : `${shown} of ${this.#rows.size}`;
  }

  #open(collection, name) {
    this.dispatchEvent(new CustomEvent("open", { detail: { collection, name } }));
  }
}
