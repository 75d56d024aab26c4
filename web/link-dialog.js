// The dialog that makes a link: two ends, and what it is to do to frames from the start.

import { Problem } from "./api.js";
import { element } from "./element.js";

const end_form = /^[^:\s]+:[^:/%\s]{1,15}$/;

export class LinkDialog {
  #dialog;
  #context;
  #inputs = [];
  #preset;
  #error;

  // context: {lab, changes, presets, open(thing)}
  constructor(dialog, context) {
    this.#dialog = dialog;
    this.#context = context;
  }

  // `from` and `to` are nodes that are already known.
  open(from, to) {
    const { lab, presets } = this.#context;
    const names = [from, to];
    const nodes = [...lab.nodes.keys()];
    this.#inputs = names.map((name, index) => element("input", {
      type: "text", spellcheck: "false", autocomplete: "off", required: true, placeholder: "node:interface", list: "dialog-ends",
      "aria-label": `End ${"ab"[index]}`, value: name ? `${name}:${this.#next_interface(name)}` : "" }));
    this.#preset = element("select", { "aria-label": "Preset" }, element("option", { value: "" }, "no impairment"),
                           presets.map(({ name, summary }) => element("option", { value: name, title: summary }, name)));
    this.#error = element("p", { class: "error", role: "alert", hidden: true });
    this.#dialog.replaceChildren(element("form", { method: "dialog", novalidate: true, onsubmit: (event) => this.#submit(event) },
      element("h2", { id: "link-dialog-title" }, "New link"),
      element("datalist", { id: "dialog-ends" }, nodes.map((name) => element("option", { value: `${name}:${this.#next_interface(name)}` }))),
      element("label", { class: "row" }, element("span", {}, "a"), this.#inputs[0]),
      element("label", { class: "row" }, element("span", {}, "b"), this.#inputs[1]),
      element("label", { class: "row" }, element("span", {}, "Line"), this.#preset),
      this.#error,
      element("div", { class: "buttons" }, element("button", { type: "button", onclick: () => this.#dialog.close() }, "Cancel"),
              element("button", { class: "main" }, "Connect"))));
    this.#dialog.showModal();
  }

  // The first free interface, else the next ethN.
  #next_interface(name) {
    const ports = this.#context.lab.nodes.get(name)?.interfaces ?? [];
    const free = ports.find((port) => !port.link);
    if (free) return free.name;
    for (let number = 0; ; ++number) {
      if (!ports.some((port) => port.name === `eth${number}`)) return `eth${number}`;
    }
  }

  async #submit(event) {
    event.preventDefault();
    this.#say("");
    const ends = this.#inputs.map((input) => input.value.trim());
    const bad = ends.findIndex((end) => !end_form.test(end));
    if (bad >= 0) return this.#say("An end is NODE:INTERFACE.", bad);
    const link = { ends };
    if (this.#preset.value) link.preset = this.#preset.value;
    try {
      const made = await this.#context.changes.add(link);
      this.#dialog.close();
      this.#context.open({ collection: "links", name: made.name });
    } catch (problem) {
      const [first] = problem instanceof Problem ? problem.errors : [];
      const index = /^ends\[(\d)\]/.exec(first?.path ?? "");
      this.#say(first?.detail ?? problem.message, index ? Number(index[1]) : undefined);
    }
  }

  #say(text, input) {
    this.#error.textContent = text;
    this.#error.hidden = !text;
    for (const each of this.#inputs) each.removeAttribute("aria-invalid");
    if (input === undefined) return;
    this.#inputs[input].setAttribute("aria-invalid", "true");
    this.#inputs[input].focus();
  }
}
