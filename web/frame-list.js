// Frames in a list, the newest at the end, with the octets of the one that is chosen. Only the rows in sight are in the document.
//
// While its end is in sight and none is chosen, it stays there as frames come. Of more than 50,000 the oldest go.

import { element } from "./element.js";
import { frame_summary } from "./frame-summary.js";
import { once_a_frame } from "./once-a-frame.js";

const row_height = 22;        // px, as in style.css
const most_frames = 50_000;
const most_octets = 512;      // of each frame
const columns = ["No.", "Time", "Where", "Source", "Destination", "Protocol", "Length", "Info"];

export class FrameList {
  #frames = [];
  #gone = 0;       // frames that were here before the first
  #begin = null;   // nanoseconds since 1970: what times count from
  #chosen = null;  // number of a frame
  #rows = element("div", { class: "rows" });
  #space = element("div", { class: "space" }, this.#rows);
  #body = element("div", { class: "body", role: "grid", tabindex: "0", "aria-label": "Frames", onscroll: () => this.#draw_soon(),
                           onkeydown: (event) => this.#key(event), onclick: ({ target }) => this.#choose(target.closest("[data-number]")?.dataset.number) },
                  this.#space);
  #octets = element("pre", { class: "octets", "aria-label": "Octets of the frame", tabindex: "0", hidden: true });

  element = element("div", { class: "frames" },
                    element("div", { class: "table" }, element("div", { class: "head" }, columns.map((name) => element("span", {}, name))), this.#body),
                    this.#octets);

  // How many have come.
  get count() {
    return this.#gone + this.#frames.length;
  }

  // As PcapngReader gives them.
  add(frames) {
    for (const frame of frames) {
      this.#begin ??= frame.time;
      this.#frames.push({ ...frame, bytes: frame.bytes.slice(0, most_octets), kept: frame.bytes.length });
    }
    const over = this.#frames.length - most_frames;
    if (over > 0) {
      const following = this.#following;
      this.#frames.splice(0, over);
      this.#gone += over;
      if (!following) this.#body.scrollTop -= over * row_height;
    }
    if (frames.length > 0) this.#draw_soon();
  }

  // After a change of its size.
  resized() {
    this.#draw_soon();
  }

  get #following() {
    return this.#chosen === null && this.#body.scrollTop + this.#body.clientHeight >= this.#space.clientHeight - row_height;
  }

  #draw_soon = once_a_frame(() => this.#draw());

  #draw() {
    const following = this.#following;
    this.#space.style.height = `${this.#frames.length * row_height}px`;
    if (following) this.#body.scrollTop = this.#space.clientHeight;
    const first = Math.floor(this.#body.scrollTop / row_height);
    const last = Math.min(this.#frames.length, first + Math.ceil(this.#body.clientHeight / row_height) + 1);
    this.#rows.style.top = `${first * row_height}px`;
    // A row stays the element that it is: one that went while the pointer is down on it would miss the click.
    while (this.#rows.childElementCount < last - first) this.#rows.append(empty_row());
    [...this.#rows.children].forEach((row, i) => {
      row.hidden = first + i >= last;
      if (!row.hidden) this.#fill(row, this.#frames[first + i], this.#gone + first + i + 1);
    });
    this.#body.setAttribute("aria-rowcount", String(this.count));
  }

  #fill(row, frame, number) {
    row.setAttribute("aria-selected", String(number === this.#chosen));
    if (row.dataset.number === String(number)) return;
    row.dataset.number = number;
    row.setAttribute("aria-rowindex", number);
    const { source, destination, protocol, info } = frame_summary(frame.bytes);
    const texts = [number, seconds(frame.time - this.#begin), frame.interface.replace("->", " → "), source, destination, protocol, frame.length,
                   frame.comment ? `${info} [${frame.comment}]` : info];
    for (const [i, text] of texts.entries()) row.children[i].textContent = row.children[i].title = text;
  }

  #choose(number) {
    const frame = this.#frames[Number(number) - this.#gone - 1];
    this.#chosen = frame ? Number(number) : null;
    this.#octets.hidden = !frame;
    if (frame) this.#octets.textContent = hex(frame);
    this.#draw_soon();
  }

  #key(event) {
    const page = Math.floor(this.#body.clientHeight / row_height);
    const now = this.#chosen ?? this.count;
    const next = { ArrowUp: now - 1, ArrowDown: now + 1, PageUp: now - page, PageDown: now + page, Home: 0, End: this.count }[event.key];
    if (event.key === "Escape") {
      this.#choose(undefined);
      this.#body.scrollTop = this.#space.clientHeight;
    }
    if (next === undefined || this.#frames.length === 0) return;
    event.preventDefault();
    const number = Math.max(this.#gone + 1, Math.min(this.count, next));
    const top = (number - this.#gone - 1) * row_height;
    const { scrollTop, clientHeight } = this.#body;
    if (top < scrollTop) this.#body.scrollTop = top;
    else if (top + row_height > scrollTop + clientHeight) this.#body.scrollTop = top + row_height - clientHeight;
    this.#choose(number);
  }
}

function empty_row() {
  return element("div", { role: "row" }, columns.map(() => element("span", { role: "gridcell" })));
}

// Microseconds are shown, as those who look can tell no less.
function seconds(nanoseconds) {
  return (Number(nanoseconds / 1000n) / 1e6).toFixed(6);
}

// 16 a line, with what is printable of them.
function hex({ bytes, kept, length }) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const digits = part.map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((octet) => (octet >= 32 && octet < 127 ? String.fromCharCode(octet) : ".")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${digits.padEnd(48)} ${text}`);
  }
  if (kept > bytes.length) lines.push(`… ${kept - bytes.length} more in the file`);
  if (length > kept) lines.push(`… ${length - kept} were not captured`);
  return lines.join("\n");
}
