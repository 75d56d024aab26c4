// One field of an impairment: its exact text and, where it has a range, a slider.

import { element } from "./element.js";
import { format, parse } from "./units.js";

const steps = 100;  // so that one key press is some 10 %, which two digits show

export class Field {
  editing = false;

  #field;
  #send;
  #shown = "";
  #text;
  #slider = null;
  #error = element("p", { class: "error", role: "alert", hidden: true });

  // `send` gets the text, or null for "off".
  constructor(field, readonly, send) {
    this.#field = field;
    this.#send = send;
    const id = `field-${field.key}`;
    const change = () => this.#changed();
    this.#text = field.choices
      ? element("select", { id, disabled: readonly, onchange: change },
                ["", ...field.choices].map((value) => element("option", { value }, value || "–")))
      : element("input", { id, type: "text", spellcheck: "false", autocomplete: "off", placeholder: field.hint, readonly, onchange: change,
                           oninput: () => { this.editing = true; }, onkeydown: (event) => this.#key(event) });
    this.#error.id = `${id}-error`;
    this.#text.setAttribute("aria-describedby", this.#error.id);
    if (field.unit) {
      this.#slider = element("input", { type: "range", min: 0, max: steps, disabled: readonly, "aria-label": `${field.label}, slider`,
                                        oninput: () => this.#slide(), onchange: change });
    }
    this.element = element("div", { class: "field", "data-key": field.key }, element("label", { for: id }, field.label), this.#slider,
                           this.#text, this.#error);
  }

  get key() {
    return this.#field.key;
  }

  // The values of the directions that are shown: one text when they agree.
  show(values) {
    if (this.editing) return;
    const texts = values.map((value) => (value === undefined ? "" : String(value)));
    const same = texts.every((text) => text === texts[0]);
    this.#shown = same ? texts[0] ?? "" : "";
    this.#text.value = this.#shown;
    if (!this.#field.choices) this.#text.placeholder = same ? this.#field.hint : texts.map((text) => text || "off").join(" / ");
    this.element.classList.toggle("set", texts.some((text) => text !== ""));
    this.element.classList.toggle("mixed", !same);
    this.#place(this.#shown);
  }

  set error(text) {
    this.#error.textContent = text ?? "";
    this.#error.hidden = !text;
    this.#text.toggleAttribute("aria-invalid", Boolean(text));
    if (text) this.#text.setAttribute("aria-invalid", "true");
  }

  #changed() {
    const text = this.#text.value.trim();
    if (text === this.#shown && !this.element.classList.contains("mixed")) {
      this.editing = false;
      return;
    }
    this.editing = true;
    this.#send(text === "" ? null : text);
  }

  #key(event) {
    if (event.key !== "Escape" || !this.editing) return;
    event.stopPropagation();
    this.editing = false;
    this.error = null;
    this.#text.value = this.#shown;
    this.#place(this.#shown);
  }

  #slide() {
    this.editing = true;
    const { unit, min, max, off } = this.#field;
    const place = Number(this.#slider.value);
    const is_off = off === "low" ? place === 0 : place === steps;
    this.#text.value = is_off ? "" : format(unit, min * (max / min) ** (place / steps));
    this.#say();
  }

  #place(text) {
    if (!this.#slider) return;
    const { unit, min, max, off } = this.#field;
    const value = parse(unit, text);
    const off_place = off === "low" ? 0 : steps;
    this.#slider.value = value > 0 ? Math.max(1, Math.min(steps - 1, steps * Math.log(value / min) / Math.log(max / min))) : off_place;
    this.#say();
  }

  #say() {
    this.#slider.setAttribute("aria-valuetext", this.#text.value || "off");
  }
}
