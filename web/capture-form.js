// Where a capture is started: part of the details of a link or segment.

import { element } from "./element.js";

export class CaptureForm {
  #at = element("select", { "aria-label": "Where" },
                ["after", "before", "both"].map((at) => element("option", { value: at }, at === "both" ? "before and after" : `${at} the impairment`)));
  #filter = element("input", { type: "text", id: "capture-filter", placeholder: "Filter: tcp port 80", "aria-label": "Filter, as in pcap-filter(7)" });
  #error = element("p", { class: "error", role: "alert", hidden: true });

  element;

  // context: {capture(collection, name, {at, filter})}
  constructor(context, collection, name) {
    const start = () => {
      const capture = context.capture(collection, name, { at: this.#at.value, filter: this.#filter.value.trim() });
      this.#tell(null);
      capture.addEventListener("change", () => this.#tell(capture.problem));
    };
    this.element = element("section", {}, element("h3", {}, "Capture"),
                           element("div", { class: "row" }, this.#at, element("button", { id: "capture", onclick: start }, "Capture")),
                           element("div", { class: "row" }, this.#filter), this.#error);
  }

  #tell(problem) {
    this.#error.hidden = !problem;
    this.#error.textContent = problem?.message ?? "";
  }
}
