// A capture of a link while it goes on: what has come, and a file of it at its end.
//
// Emits "piece" with the octets that came, "change" after it and when it has ended; `problem` says why, where that was not wanted.

import { path } from "./api.js";

const most = 256 << 20;  // bytes that are kept; it ends there

export class Capture extends EventTarget {
  size = 0;
  running = true;
  problem = null;

  #pieces = [];
  #abort = new AbortController();

  // at: "before", "after" or "both".
  constructor(api, collection, name, { at, filter }) {
    super();
    const query = new URLSearchParams({ at, ...(filter ? { filter } : {}) });
    this.#run(api, `${path(collection, name, "capture")}?${query}`);
  }

  stop() {
    this.#abort.abort();
  }

  // pcapng: what Wireshark opens.
  get file() {
    return new Blob(this.#pieces, { type: "application/x-pcapng" });
  }

  async #run(api, address) {
    try {
      const response = await api.open("GET", address, { signal: this.#abort.signal, accept: "application/x-pcapng" });
      for (const reader = response.body.getReader(); this.size < most;) {
        const { value, done } = await reader.read();
        if (done) break;
        this.#pieces.push(value);
        this.size += value.length;
        this.dispatchEvent(new CustomEvent("piece", { detail: value }));
        this.#tell();
      }
      this.#abort.abort();
    } catch (problem) {
      if (problem.name !== "AbortError") this.problem = problem;
    }
    this.running = false;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
