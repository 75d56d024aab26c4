// A capture in the dock: its frames as they come, and what came as a file. It ends with its tab.

import { element } from "./element.js";
import { FrameList } from "./frame-list.js";
import { PcapngReader } from "./pcapng.js";

export class CaptureTab {
  #dock;
  #tab;
  #capture;
  #name;
  #reader = new PcapngReader();
  #list = new FrameList();
  #said = element("span", { class: "hint", role: "status" });
  #stop = element("button", { "data-action": "stop", onclick: () => this.#capture.stop() }, "Stop");
  #save = element("button", { "data-action": "save", onclick: () => this.#download() }, "Save as pcapng");

  constructor(dock, capture, name) {
    this.#dock = dock;
    this.#capture = capture;
    this.#name = name;
    this.#tab = dock.open({
      title: `capture of ${name}`,
      what: `capture of ${name}`,
      screen: element("div", { class: "screen capture" }, element("div", { class: "row" }, this.#stop, this.#save, this.#said), this.#list.element),
      resized: () => this.#list.resized(),
      shown: () => this.#list.resized(),
      closed: () => capture.stop(),
    });
    capture.addEventListener("piece", ({ detail }) => this.#read(detail));
    capture.addEventListener("change", () => this.#show());
    this.#show();
  }

  #read(piece) {
    try {
      this.#list.add(this.#reader?.push(piece) ?? []);
    } catch (problem) {
      this.#reader = null;  // the file is as it is
      this.#said.textContent = problem.message;
    }
  }

  #show() {
    const { running, size, problem } = this.#capture;
    // Refused: the form that asked for it says why.
    if (problem && size === 0) return this.#dock.close(this.#tab);
    this.#stop.disabled = !running;
    this.#save.disabled = size === 0;
    if (!running) this.#dock.ended(this.#tab);
    if (!this.#reader) return;
    this.#said.textContent = [`${this.#list.count} frames`, `${(size / 1000).toFixed(1)} kB`, problem?.message ?? (running ? "" : "ended")]
      .filter(Boolean).join(", ");
  }

  #download() {
    const address = URL.createObjectURL(this.#capture.file);
    element("a", { href: address, download: `${this.#name.replaceAll(/[^\w.-]+/g, "_")}.pcapng` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}
