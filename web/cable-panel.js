// The details of one link or segment: its state, its impairments in each direction, its ends.
//
// Each field is sent when it is left, with the ETag of what is shown. While somebody types, what others
// change does not move under the hand: it is said, and the field waits for a decision.

import { Problem } from "./api.js";
import { CaptureForm } from "./capture-form.js";
import { element } from "./element.js";
import { Field } from "./field.js";
import { always_shown, main_fields, more_fields, short_impairment } from "./impairments.js";
import { directions, node_of, wanted } from "./lab.js";
import { format, human_rate } from "./units.js";

export class CablePanel {
  element = element("div", { class: "cable" });
  busy = false;  // a change is under way, which may give what is shown another name

  #context;
  #collection;
  #name;
  #thing = null;
  #tag = null;
  #way = "both";
  #fields = [];
  #sending = Promise.resolve();
  #parts = {};

  // context: {api, lab, changes, presets, readonly, fail(problem), capture(collection, name, {at, filter})}
  constructor(context, collection, name) {
    this.#context = context;
    this.#collection = collection;
    this.#name = name;
  }

  async open() {
    await this.#read();
    this.#build();
    this.#fill();
  }

  // The lab has heard of a change.
  async update() {
    const known = this.#context.lab[this.#collection].get(this.#name);
    if (!known || !this.#thing) return;
    const changed = wanted(known) !== wanted(this.#thing);
    const editing = this.#fields.some((field) => field.editing);
    if (changed && editing) {
      this.#conflict();
      return;
    }
    await this.#read();
    this.#fill();
  }

  show_rates() {
    const { lab } = this.#context;
    if (!this.#thing) return;
    this.#parts.rates.replaceChildren(...directions(this.#thing).flatMap(({ from, to }) => {
      const rates = lab.rate(from, to)?.rates;
      return [element("dt", {}, `${from} → ${to}`),
              element("dd", {}, human_rate(rates?.sent_bits),
                      rates?.lost > 0 ? element("span", { class: "bad" }, ` ${rates.lost.toFixed(0)} lost/s`) : null)];
    }));
  }

  async #read() {
    const { data, tag } = await this.#context.lab.fresh(this.#collection, this.#name);
    this.#thing = data;
    this.#tag = tag;
  }

  #build() {
    const { readonly, presets } = this.#context;
    const parts = this.#parts;
    const link = this.#thing.kind === "link";
    parts.state = element("span", { class: "state" });
    parts.warning = element("p", { class: "warning", hidden: true });
    parts.conflict = element("div", { class: "conflict", role: "alert", hidden: true });
    parts.error = element("p", { class: "error", role: "alert", hidden: true });
    parts.rates = element("dl", { class: "rates" });
    parts.ways = element("div", { class: "choice ways", role: "group", "aria-label": "Direction" });
    parts.cut = element("button", { class: "cut", onclick: () => this.#send({ state: this.#thing.wanted === "cut" ? "up" : "down" }) });
    parts.preset = element("select", { "aria-label": "Preset", disabled: readonly, onchange: () => this.#preset() },
                           element("option", { value: "" }, "Preset…"),
                           presets.map(({ name, summary }) => element("option", { value: name, title: summary }, name)));
    parts.underlay = element("input", { type: "checkbox", id: "underlay", disabled: readonly,
                                        onchange: (event) => this.#send({ underlay: event.target.checked ? "subtract" : "add" }) });
    parts.between = element("span");
    parts.hosts = element("label", { class: "row between", hidden: true }, parts.underlay, parts.between);
    parts.clear = element("button", { onclick: () => this.#send(this.#body_of(this.#cleared())), disabled: readonly }, "Clear all");
    const make = (field) => new Field(field, readonly, (value) => this.#set(field.key, value));
    const main = main_fields.map(make);
    const more = more_fields.map(make);
    this.#fields = [...main, ...more];
    parts.more = element("details", {}, element("summary", {}, "More"),
                         [...main.slice(always_shown), ...more].map((field) => field.element));
    const actions = readonly ? [] : [parts.cut];
    if (link && !readonly) {
      actions.push(element("button", { class: "danger", onclick: () => this.#remove() }, "Delete link"));
    }
    this.element.replaceChildren(
      element("p", { class: "facts" }, parts.state, element("span", { class: "muted" }, link ? "link" : this.#thing.kind)),
      parts.warning, parts.conflict, parts.error, parts.rates, element("div", { class: "buttons" }, actions),
      element("h3", {}, "Impairments"), parts.ways,
      element("div", { class: "row edits" }, parts.preset, parts.clear),
      element("div", { class: "fields" }, main.slice(0, always_shown).map((field) => field.element), parts.more),
      parts.hosts,
      link && !readonly ? this.#ends() : "",
      readonly ? "" : new CaptureForm(this.#context, this.#collection, this.#name).element);
  }

  #fill() {
    const { thing, parts } = { thing: this.#thing, parts: this.#parts };
    parts.state.textContent = thing.state;
    parts.state.dataset.state = thing.state;
    const trouble = [thing.error, ...thing.ends.flatMap((end) => [end.error, end.warning])].filter(Boolean);
    parts.warning.hidden = trouble.length === 0;
    parts.warning.textContent = trouble.join(" ");
    parts.conflict.hidden = true;
    parts.cut.textContent = thing.wanted === "cut" ? "Restore" : "Cut";
    const ways = [["both", thing.kind === "link" ? "Both" : "All"],
                  ...directions(thing).map(({ key, from, to }) => [key, thing.kind === "link" ? `${node_of(from)} → ${node_of(to)}` : to])];
    if (!ways.some(([key]) => key === this.#way)) this.#way = "both";
    const focused = parts.ways.contains(document.activeElement) ? document.activeElement.dataset.way : null;
    parts.ways.replaceChildren(...ways.map(([key, label]) => element("button", {
      "aria-pressed": String(key === this.#way), "data-way": key, onclick: () => { this.#way = key; this.#fill(); } }, label)));
    if (focused) [...parts.ways.children].find((button) => button.dataset.way === focused)?.focus();
    const shown = directions(thing).filter(({ key }) => this.#way === "both" || key === this.#way);
    for (const field of this.#fields) field.show(shown.map(({ impairment }) => impairment[field.key]));
    this.#fill_underlay();
    for (const [index, input] of (parts.ends ?? []).entries()) {
      if (input !== document.activeElement) input.value = thing.ends[index].interface ?? "";
    }
    this.show_rates();
  }

  // Of a link between two hosts: whether its delays are those of the whole way.
  #fill_underlay() {
    const { ends, underlay } = this.#thing;
    const measured = ends.filter((end) => typeof end.underlay === "number")
      .map((end) => `${format("time", end.underlay)} to ${node_of(end.interface)}`);
    this.#parts.hosts.hidden = measured.length === 0 && underlay !== "subtract";
    this.#parts.underlay.checked = underlay === "subtract";
    this.#parts.between.textContent = `Delays include the network between the hosts${measured.length > 0 ? `: ${measured.join(", ")}` : ""}`;
  }

  #ends() {
    const nodes = [...this.#context.lab.nodes.values()];
    const free = nodes.flatMap((node) => node.interfaces.filter((port) => !port.link).map((port) => `${node.name}:${port.name}`));
    const list = element("datalist", { id: "free-interfaces" }, free.map((name) => element("option", { value: name })));
    this.#parts.ends = this.#thing.ends.map((end, index) => element("input", {
      type: "text", spellcheck: "false", list: "free-interfaces", "aria-label": `End ${"ab"[index]}`, "data-end": index,
      onchange: (event) => this.#move(index, event.target.value.trim()) }));
    return element("section", { class: "ends" }, element("h3", {}, "Ends"), list,
                   this.#parts.ends.map((input, index) => element("label", { class: "row" }, element("span", {}, "ab"[index]), input)),
                   element("p", { class: "hint" }, "Another NODE:INTERFACE moves that end."));
  }

  #move(index, to) {
    const ends = this.#thing.ends.map((end) => end.interface);
    if (!to || to === ends[index]) return;
    ends[index] = to;
    this.#send({ ends }, this.#parts.ends[index]);
  }

  #set(key, value) {
    return this.#send(this.#body_of({ [key]: value }));
  }

  #preset() {
    const preset = this.#parts.preset.value;
    this.#parts.preset.value = "";
    if (preset) this.#send(this.#body_of({ preset }));
  }

  #cleared() {
    const keys = directions(this.#thing).filter(({ key }) => this.#way === "both" || key === this.#way)
      .flatMap(({ impairment }) => Object.keys(impairment));
    return Object.fromEntries(keys.map((key) => [key, null]));
  }

  #body_of(values) {
    if (this.#way === "both") return values;
    return this.#thing.kind === "link" ? { [this.#way]: values } : { members: { [this.#way]: values } };
  }

  // One after the other, each with the ETag that the one before left.
  #send(body, input) {
    this.#sending = this.#sending.then(async () => {
      this.#clear_errors();
      this.busy = true;
      try {
        const { data, tag } = await this.#context.changes.change(this.#collection, this.#thing, this.#tag, body);
        if (data.name !== this.#name) return;  // its own panel is open now
        this.#thing = data;
        this.#tag = tag;
        for (const field of this.#fields) field.editing = false;
        this.#fill();
        // The state that follows is part of the representation, too.
        if (!tag) await this.#read();
      } catch (problem) {
        this.#fail(problem, input);
      } finally {
        this.busy = false;
      }
    });
    return this.#sending;
  }

  async #remove() {
    try {
      await this.#context.changes.remove(this.#thing, this.#tag);
    } catch (problem) {
      this.#fail(problem);
    }
  }

  #fail(problem, input) {
    if (!(problem instanceof Problem)) return this.#context.fail(problem);
    if (problem.stale) return this.#stale();
    const rest = [];
    for (const { path, detail } of problem.errors) {
      const field = this.#fields.find(({ key }) => path === key || path.endsWith(`.${key}`));
      if (field) field.error = detail;
      else rest.push(detail);
    }
    if (problem.errors.length === 0) rest.push(problem.message);
    if (input && rest.length > 0) input.setAttribute("aria-invalid", "true");
    this.#parts.error.textContent = rest.join(" ");
    this.#parts.error.hidden = rest.length === 0;
  }

  // 412: somebody was faster.
  async #stale() {
    await this.#context.lab.fresh(this.#collection, this.#name);
    this.#conflict();
  }

  #conflict() {
    const known = this.#context.lab[this.#collection].get(this.#name);
    const now = known ? directions(known).map(({ from, to, impairment }) => (
      `${from} → ${to}: ${short_impairment(impairment) || "nothing"}`)) : ["it is gone"];
    this.#parts.conflict.replaceChildren(
      element("p", {}, element("strong", {}, "Changed by somebody else. "), "Nothing of yours was sent. Now: ", now.join(", "), "."),
      element("button", { onclick: () => this.#theirs() }, "Show theirs"));
    this.#parts.conflict.hidden = false;
  }

  async #theirs() {
    for (const field of this.#fields) field.editing = false;
    this.#clear_errors();
    await this.#read();
    this.#fill();
  }

  #clear_errors() {
    for (const field of this.#fields) field.error = null;
    for (const input of this.#parts.ends ?? []) input.removeAttribute("aria-invalid");
    this.#parts.error.hidden = true;
  }
}
