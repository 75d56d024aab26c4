// Terminals of nodes, a tab of the dock each, with a WebSocket that ends when the tab is closed.
//
// The terminal itself is xterm.js, which is loaded with the first console and drawn on a canvas, as its other way adds style elements, which
// the Content-Security-Policy forbids.

import { path } from "./api.js";
import { element } from "./element.js";

let library = null;

async function load_library() {
  const link = element("link", { rel: "stylesheet", href: "vendor/xterm.css" });
  document.head.append(link);
  await Promise.all(["xterm", "addon-fit", "addon-canvas"].map((name) => import(`./vendor/${name}.js`)));
  return { Terminal: globalThis.Terminal, Fit: globalThis.FitAddon.FitAddon, Canvas: globalThis.CanvasAddon.CanvasAddon };
}

export class Consoles {
  #api;
  #dock;
  #open = [];

  constructor(api, dock) {
    this.#api = api;
    this.#dock = dock;
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
    const screen = element("div", { class: "screen" });
    const console_ = { terminal };
    this.#open.push(console_);
    console_.tab = this.#dock.open({
      title: node,
      what: `console of ${node}`,
      screen,
      resized: () => fit.fit(),
      shown: () => {
        if (!terminal.element) return;
        fit.fit();
        terminal.focus();
      },
      closed: () => {
        console_.socket?.close();
        terminal.dispose();
        this.#open = this.#open.filter((each) => each !== console_);
      },
    });
    terminal.open(screen);
    terminal.attachCustomKeyEventHandler((event) => this.#key(event, console_));
    fit.fit();
    this.#connect(console_, node);
    terminal.focus();
  }

  // What a console shows, as text: for tests.
  text(at = this.#open.findIndex(({ tab }) => tab === this.#dock.front)) {
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
      if (!this.#dock.has(console_.tab)) return;
      this.#dock.ended(console_.tab);
      if (opened) return terminal.write("\r\n\x1b[2m(ended; Enter closes)\x1b[0m");
      // A browser does not tell why: asked for without a WebSocket, the agent does.
      const problem = await this.#api.get(path("nodes", node, "console")).then(() => null, (refused) => refused);
      terminal.write(problem && problem.status !== 426 ? problem.message : "The agent did not open it.");
    });
  }

  #key(event, console_) {
    if (event.type !== "keydown") return true;
    if (event.key === "Escape" && event.shiftKey) {
      console_.tab.button.focus();
    } else if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "c") {
      event.preventDefault();
      if (console_.terminal.hasSelection()) navigator.clipboard?.writeText(console_.terminal.getSelection());
    } else if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "v") {
      // The browser pastes.
    } else if (event.key === "Enter" && console_.socket.readyState === WebSocket.CLOSED) {
      this.#dock.close(console_.tab);
    } else {
      return true;
    }
    return false;
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
