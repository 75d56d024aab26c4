// The web view: what is on the page, and who tells whom.

import { Api } from "./api.js";
import { CablePanel } from "./cable-panel.js";
import { Capture } from "./capture.js";
import { CaptureTab } from "./capture-tab.js";
import { Changes } from "./changes.js";
import { Consoles } from "./consoles.js";
import { Dock } from "./dock.js";
import { element } from "./element.js";
import { Events } from "./events.js";
import { Graph } from "./graph.js";
import { Lab } from "./lab.js";
import { LinkDialog } from "./link-dialog.js";
import { List } from "./list.js";
import { NodePanel } from "./node-panel.js";
import { Tip } from "./tip.js";

const find = (id) => document.getElementById(id);
const readonly = new URLSearchParams(location.search).has("readonly");
document.body.classList.toggle("readonly", readonly);

const api = new Api();
const lab = new Lab(api);
const changes = new Changes(api, lab);
const events = new Events(api);
const graph = new Graph(lab, find("graph"));
const list = new List(lab, find("list"));
const tip = new Tip(lab, find("tip"));
const dock = new Dock(find("dock"));
const consoles = new Consoles(api, dock);
const context = { api, lab, changes, presets: [], readonly, fail, open, capture, console: (node) => consoles.open(node).catch(fail) };
const dialog = new LinkDialog(find("link-dialog"), context);
let panel = null;
let opened = null;
let opener = null;

function notice(text, kind = "") {
  const shown = element("p", { class: kind }, text, element("button", { class: "quiet", "aria-label": "Dismiss", onclick: () => shown.remove() }, "✕"));
  find("notices").append(shown);
  setTimeout(() => shown.remove(), kind === "bad" ? 12_000 : 4_000);
}

function capture(collection, name, options) {
  const started = new Capture(api, collection, name, options);
  new CaptureTab(dock, started, name);
  return started;
}

function fail(problem) {
  notice(problem.errors?.[0]?.detail ?? problem.message, "bad");
}

// Shows the details of {collection, name}, or closes them.
async function open(thing) {
  tip.hide();
  if (!thing) return close();
  if (!opened) opener = document.activeElement;
  opened = thing;
  const { collection, name } = thing;
  const made = collection === "nodes" ? new NodePanel(context, name) : new CablePanel(context, collection, name);
  panel = made;
  graph.choose(collection, name);
  try {
    await made.open();
  } catch (problem) {
    if (panel === made) close();
    return fail(problem);
  }
  if (panel !== made) return;
  find("panel").replaceChildren(
    element("header", {}, element("h2", {}, name), element("button", { class: "quiet", "aria-label": "Close", title: "Escape", onclick: close }, "✕")),
    made.element);
  find("panel").hidden = false;
  find("panel").focus();
  graph.resize();
}

function close() {
  if (!opened) return;
  panel = opened = null;
  find("panel").hidden = true;
  graph.choose();
  graph.resize();
  opener?.focus();
}

async function undo() {
  try {
    const what = await changes.undo();
    if (what) notice(`Undid ${what}.`);
  } catch (problem) {
    fail(problem.stale ? new Error("It was changed by somebody else at the same time; nothing was undone.") : problem);
  }
}

function show(view) {
  const table = view === "list";
  find("graph").hidden = find("legend").hidden = table;
  find("list").hidden = !table;
  find("show-graph").setAttribute("aria-pressed", String(!table));
  find("show-list").setAttribute("aria-pressed", String(table));
  list.show_rates();
  graph.resize();
}

function join(on) {
  const wanted = on && !readonly;
  graph.joining = wanted;
  find("connect").setAttribute("aria-pressed", String(wanted));
  document.body.classList.toggle("joining", wanted);
}

function summarize() {
  find("lab").textContent = lab.fabric?.lab ?? "no lab";
  document.title = lab.fabric?.lab ? `${lab.fabric.lab} – linkfab` : "linkfab";
  const cut = [...lab.links.values()].filter((link) => link.state === "cut").length;
  const errors = [...lab.links.values(), ...lab.nodes.values(), ...lab.segments.values()].filter((each) => each.state === "error").length;
  const parts = [`${lab.nodes.size} nodes`, `${lab.links.size} links`];
  if (cut) parts.push(`${cut} cut`);
  if (errors) parts.push(`${errors} in error`);
  find("summary").textContent = parts.join(" · ");
}

async function load() {
  try {
    await lab.load();
  } catch (problem) {
    fail(problem);
  }
}

function connection(state, text) {
  find("connection").dataset.state = state;
  find("connection").textContent = text;
}

async function ask_token() {
  const asked = find("token-dialog");
  if (asked.open) return;
  asked.showModal();
  await new Promise((resolve) => { asked.addEventListener("close", resolve, { once: true }); });
  api.token = find("token").value.trim();
  events.retry();
}

lab.addEventListener("loaded", () => {
  graph.load();
  list.load();
  summarize();
  if (opened && !lab[opened.collection].has(opened.name)) close();
  else panel?.update();
});
for (const [event, collection] of [["node", "nodes"], ["link", "links"], ["segment", "segments"]]) {
  lab.addEventListener(event, async ({ detail: name }) => {
    graph[`show_${event}`](name);
    if (event !== "node") list.show(collection, name);
    summarize();
    if (opened?.collection !== collection || opened.name !== name) return;
    if (!lab[collection].has(name)) {
      if (panel.busy) return;
      notice(`${name} is gone.`);
      return close();
    }
    await Promise.resolve(panel.update()).catch(fail);
  });
}
lab.addEventListener("fabric", summarize);
lab.addEventListener("statistics", () => {
  graph.show_rates();
  list.show_rates();
  panel?.show_rates();
  tip.refresh();
});

events.addEventListener("message", ({ detail }) => {
  if (detail.event === "hello" || detail.event === "reset") load();
  else lab.take(detail);
});
events.addEventListener("state", ({ detail: { live, wait, problem } }) => {
  find("outage").hidden = live;
  document.body.classList.toggle("lost", !live);
  if (live) return connection("live", "live");
  if (problem?.status === 401) return ask_token();
  connection("lost", "reconnecting");
  find("outage").textContent = `No connection to the agent: what is shown may be old. Next try in ${Math.ceil(wait / 1000)} s.`;
});

graph.addEventListener("open", ({ detail }) => open(detail));
graph.addEventListener("hover", ({ detail }) => tip.show(detail));
graph.addEventListener("join", ({ detail: { from, to } }) => {
  join(false);
  dialog.open(from, to);
});
list.addEventListener("open", ({ detail }) => open(detail));
changes.addEventListener("undo", () => {
  find("undo").disabled = !changes.next_undo;
  find("undo").title = changes.next_undo ? `Undo ${changes.next_undo} (Ctrl+Z)` : "Ctrl+Z";
});
changes.addEventListener("renamed", ({ detail: { collection, from, to } }) => {
  if (opened?.collection === collection && opened.name === from) open({ collection, name: to });
});

find("show-graph").addEventListener("click", () => show("graph"));
find("show-list").addEventListener("click", () => show("list"));
find("connect").addEventListener("click", () => join(!document.body.classList.contains("joining")));
find("new-link").addEventListener("click", () => dialog.open());
find("undo").addEventListener("click", undo);
find("fit").addEventListener("click", () => graph.fit());
new ResizeObserver(() => graph.resize()).observe(find("graph"));

addEventListener("keydown", (event) => {
  if (event.target.closest("#dock")) return;
  const typing = event.target.matches("input[type=text], input[type=search], input[type=password], select, textarea");
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (document.body.classList.contains("joining")) join(false);
    else close();
  }
  if (event.key === "Shift" && !typing) join(true);
  if (typing) return;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
    event.preventDefault();
    if (!readonly) undo();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) {
    if (event.key === "c") join(!document.body.classList.contains("joining"));
    if (event.key === "f") graph.fit();
  }
});
addEventListener("keyup", (event) => {
  if (event.key === "Shift") join(false);
});

events.run();
// Without presets there is no menu of them, and all else works.
api.get("presets").then(({ data }) => { context.presets = data.presets; }, () => {});

// For tests and for the curious: the console of the browser sees what the page knows.
globalThis.linkfab = { lab, graph, consoles };
