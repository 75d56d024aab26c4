// Terminals of nodes, below the graph: a tab each, with a WebSocket that ends when the tab is closed.
//
// The terminal itself is xterm.js, which is loaded with the first console and drawn on a canvas, as its other way adds style elements, which
// the Content-Security-Policy forbids.

import { path } from "./api.js";
import { element } from "./element.js";

const least_height = 120;  // px

let library = null;

async function load_library() {
  const link = element("link", { rel: "stylesheet", href: "vendor/xterm.css" });
  document.head.append(link);
  await Promise.all(["xterm", "addon-fit", "addon-canvas"].map((name) => import(`./vendor/${name}.js`)));
  return { Terminal: globalThis.Terminal, Fit: globalThis.FitAddon.FitAddon, Canvas: globalThis.CanvasAddon.CanvasAddon };
}

export class Consoles extends EventTarget {
  #api;
  #section;
  #open = [];
  #shown = null;
  #tabs = element("div", { role: "tablist", "aria-label": "Consoles", onkeydown: (event) => this.#turn(event) });
  #border = element("div", { role: "separator", "aria-label": "Height of the consoles", "aria-orientation": "horizontal", tabindex: "0" });

  constructor(api, section) {
    super();
    this.#api = api;
    this.#section = section;
    section.append(this.#border, this.#tabs);
    this.#border.addEventListener("pointerdown", (event) => this.#border.setPointerCapture(event.pointerId));
    this.#border.addEventListener("pointermove", (event) => {
      if (this.#border.hasPointerCapture(event.pointerId)) this.#size(this.#section.getBoundingClientRect().bottom - event.clientY);
    });
    this.#border.addEventListener("keydown", ({ key }) => {
      const step = { ArrowUp: 40, ArrowDown: -40 }[key];
      if (step) this.#size(this.#section.offsetHeight + step);
    });
    new ResizeObserver(() => this.#shown?.fit.fit()).observe(section);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const { terminal } of this.#open) terminal.options.theme = theme();
    });
  }

  // A new one, in the foreground. Throws where there is no terminal to be had.
  async open(node) {
    library ??= load_library();
    let made;
    try {
      made = await library;
    } catch {
      library = null;
      throw new Error(`This page was built without its terminal: use \`sudo linkfab shell ${node}\`.`);
    }
    const terminal = new made.Terminal({ theme: theme(), fontSize: 13, scrollback: 5000, logLevel: "error" });
    const fit = new made.Fit();
    terminal.loadAddon(fit);
    terminal.loadAddon(new made.Canvas());
    const screen = element("div", { class: "screen", role: "tabpanel", "aria-label": `Console of ${node}` });
    const tab = element("button", { role: "tab", onclick: () => this.#show(console_) }, node);
    const end = element("button", { class: "quiet", "aria-label": `Close the console of ${node}`, onclick: () => this.#close(console_) }, "✕");
    const console_ = { terminal, fit, screen, tab, box: element("span", { class: "tab" }, tab, end) };
    this.#open.push(console_);
    this.#tabs.append(console_.box);
    this.#section.append(screen);
    this.#section.hidden = false;
    this.#show(console_);
    terminal.open(screen);
    terminal.attachCustomKeyEventHandler((event) => this.#key(event, console_));
    fit.fit();
    this.#connect(console_, node);
    terminal.focus();
  }

  // What a console shows, as text: for tests.
  text(at = this.#open.indexOf(this.#shown)) {
    const buffer = this.#open[at]?.terminal.buffer.active;
    return Array.from({ length: buffer?.length ?? 0 }, (_, line) => buffer.getLine(line).translateToString(true)).join("\n").trimEnd();
  }

  get size() {
    return this.#open.length;
  }

  #connect(console_, node) {
    const { terminal } = console_;
    const socket = (console_.socket = this.#api.socket(path("nodes", node, "console")));
    socket.binaryType = "arraybuffer";
    const send_size = () => socket.send(JSON.stringify({ resize: { columns: terminal.cols, rows: terminal.rows } }));
    const octets = new TextEncoder();
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      send_size();
      terminal.onResize(send_size);
      terminal.onData((text) => send_pieces(socket, octets.encode(text)));
      terminal.onBinary((text) => send_pieces(socket, Uint8Array.from(text, (character) => character.charCodeAt(0))));
    });
    socket.addEventListener("message", ({ data }) => terminal.write(new Uint8Array(data)));
    socket.addEventListener("close", async () => {
      if (!this.#open.includes(console_)) return;
      console_.tab.classList.add("ended");
      if (opened) return terminal.write("\r\n\x1b[2m(ended; Enter closes)\x1b[0m");
      // A browser does not tell why: asked for without a WebSocket, the agent does.
      const problem = await this.#api.get(path("nodes", node, "console")).then(() => null, (refused) => refused);
      terminal.write(problem && problem.status !== 426 ? problem.message : "The agent did not open it.");
    });
  }

  #key(event, console_) {
    if (event.type !== "keydown") return true;
    if (event.key === "Escape" && event.shiftKey) {
      console_.tab.focus();
    } else if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "c") {
      event.preventDefault();
      if (console_.terminal.hasSelection()) navigator.clipboard?.writeText(console_.terminal.getSelection());
    } else if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "v") {
      // The browser pastes.
    } else if (event.key === "Enter" && console_.socket.readyState === WebSocket.CLOSED) {
      this.#close(console_);
    } else {
      return true;
    }
    return false;
  }

  // Arrow keys go from tab to tab, as they do in other programs.
  #turn({ key }) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    const next = this.#open[(this.#open.indexOf(this.#shown) + step + this.#open.length) % this.#open.length];
    this.#show(next);
    next.tab.focus();
  }

  #show(console_) {
    this.#shown = console_;
    for (const each of this.#open) {
      each.screen.hidden = each !== console_;
      each.tab.setAttribute("aria-selected", String(each === console_));
      each.tab.tabIndex = each === console_ ? 0 : -1;
    }
    if (!console_.terminal.element) return;
    console_.fit.fit();
    console_.terminal.focus();
  }

  #close(console_) {
    console_.socket?.close();
    console_.terminal.dispose();
    console_.box.remove();
    console_.screen.remove();
    this.#open = this.#open.filter((each) => each !== console_);
    if (this.#shown === console_) this.#shown = null;
    if (this.#open.length > 0) this.#show(this.#shown ?? this.#open.at(-1));
    this.#section.hidden = this.#open.length === 0;
  }

  #size(height) {
    const most = this.#section.parentElement.clientHeight - least_height;
    this.#section.style.height = `${Math.max(least_height, Math.min(most, height))}px`;
  }
}

// The agent takes messages of 64 KB.
function send_pieces(socket, octets) {
  const most = 32_768;
  for (let at = 0; at < octets.length; at += most) socket.send(octets.subarray(at, at + most));
}

function theme() {
  const computed = getComputedStyle(document.documentElement);
  const color = (name) => computed.getPropertyValue(`--${name}`).trim();
  return { background: color("panel"), foreground: color("ink"), cursor: color("accent"), cursorAccent: color("panel"),
           selectionBackground: color("idle") };
}
