// Where a capture is started, watched and kept: part of the details of a link or segment.

import { Capture } from "./capture.js";
import { element } from "./element.js";

export class CaptureForm {
  #context;
  #collection;
  #name;
  #capture = null;
  #at = element("select", { "aria-label": "Where" },
                ["after", "before", "both"].map((at) => element("option", { value: at }, at === "both" ? "before and after" : `${at} the impairment`)));
  #filter = element("input", { type: "text", id: "capture-filter", placeholder: "Filter: tcp port 80", "aria-label": "Filter, as in pcap-filter(7)" });
  #button = element("button", { id: "capture", onclick: () => this.#press() }, "Capture");
  #said = element("p", { class: "hint", role: "status" });
  #error = element("p", { class: "error", role: "alert", hidden: true });

  element = element("section", {}, element("h3", {}, "Capture"), element("div", { class: "row" }, this.#at, this.#button),
                    element("div", { class: "row" }, this.#filter), this.#said, this.#error);

  // context: {api}
  constructor(context, collection, name) {
    this.#context = context;
    this.#collection = collection;
    this.#name = name;
  }

  // Nobody looks at it any more: what has come is not kept.
  close() {
    this.#capture?.stop();
  }

  #press() {
    if (this.#capture?.running) return this.#capture.stop();
    this.#capture = new Capture(this.#context.api, this.#collection, this.#name, { at: this.#at.value, filter: this.#filter.value.trim() });
    this.#capture.addEventListener("change", () => this.#show());
    this.#show();
  }

  #show() {
    const { running, size, problem, file } = this.#capture;
    this.#button.textContent = running ? "Stop and save" : "Capture";
    this.#at.disabled = this.#filter.disabled = running;
    this.#said.textContent = running ? `${(size / 1000).toFixed(1)} kB so far` : "";
    this.#error.hidden = !problem;
    this.#error.textContent = problem?.message ?? "";
    if (running || problem || !this.element.isConnected) return;
    const address = URL.createObjectURL(file);
    element("a", { href: address, download: `${this.#name.replaceAll(/[^\w.-]+/g, "_")}.pcapng` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    this.#said.textContent = `Saved ${(size / 1000).toFixed(1)} kB.`;
  }
}
