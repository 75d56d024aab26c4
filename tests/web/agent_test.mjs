// The web view against the agent itself, with an Open vSwitch of its own in user space. Needs root; shapes nothing, as the
// kernel may have no netem.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { after, test } from "node:test";

import { browser, fill, open_link, picture, place, shown, text, until, view } from "./browser.mjs";

after(() => browser.close());

const { BIN, PAGES } = process.env;
const instance = `lfweb${process.pid}`;
const missing = process.getuid() !== 0 ? "needs root"
  : !execFileSync(`${BIN}/linkfabd`, ["--help"]).includes("--web") ? "linkfabd has no HTTP API" : false;

const lab = {
  name: "web", nodes: Object.fromEntries(["r1", "r2", "r3"].map((name) => [name, { interfaces: { eth0: [], eth1: [] } }])),
  links: [["r1:eth0", "r2:eth0"], ["r2:eth1", "r3:eth0"]],
};

test("The page shows and changes a lab of the agent, and the agent says the same", { skip: missing }, async (t) => {
  const agent = spawn(`${BIN}/linkfabd`, ["--instance", instance, "--ovs", "private", "--datapath", "netdev", "--until-down",
                                          "--http", "127.0.0.1:0", "--web", PAGES], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  agent.stderr.on("data", (piece) => { log += piece; });
  const token_file = `/run/${instance}/api.token`;
  await until(() => existsSync(token_file) && log.includes("wanted"));
  const [, url] = /HTTP API at (http:\S+\/)api\/v1/.exec(log);
  const token = readFileSync(token_file, "utf8").trim();
  const ask = async (method, path, body) => (await fetch(`${url}api/v1/${path}`, {
    method, body: body && JSON.stringify(body), headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" } })).json();
  t.after(async () => {
    const gone = new Promise((resolve) => { agent.on("exit", resolve); });
    await ask("PUT", "topology?replace=true", { name: "web", nodes: {} });
    execFileSync(`${BIN}/linkfab`, ["--instance", instance, "down"], { stdio: "ignore" });
    await gone;
    rmSync(`/run/${instance}`, { recursive: true, force: true });
    rmSync(`/var/lib/${instance}`, { recursive: true, force: true });
  });
  assert.deepEqual((await ask("PUT", "topology", lab)).errors, []);

  const page = await view(t, `${url}#token=${encodeURIComponent(token)}`);
  assert.deepEqual(await page.evaluate(() => globalThis.linkfab.graph.size), { nodes: 3, edges: 2 });
  const name = "r1:eth0--r2:eth0";
  await open_link(page, name);
  await page.click("#panel .cut");
  await until(async () => (await ask("GET", `links/${encodeURIComponent(name)}`)).state === "cut");
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id).state === "cut", {}, `links:${name}`);
  await picture(page, "agent-cut");
  await page.click("#undo");
  await until(async () => (await ask("GET", `links/${encodeURIComponent(name)}`)).state === "up");

  const node = await place(page, "nodes:r3");
  await page.mouse.click(node.x, node.y);
  await shown(page, "#panel [data-action=console]");
  await page.click("#panel [data-action=console]");
  const says = (what) => page.waitForFunction((pattern) => new RegExp(pattern).test(globalThis.linkfab.consoles.text()), {}, what);
  await says("r3#");
  await page.keyboard.type("echo $((6 * 7)) $(ls /sys/class/net | grep -c eth); stty size\r");
  await says("\\n42 2\\n[1-9]\\d* [1-9]\\d+\\n");
  await picture(page, "agent-console");
  await page.keyboard.type("exit\r");
  await says("ended");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#dock", { hidden: true });
  await open_link(page, name);

  await fill(page, "#field-delay", "soon");
  await text(page, "[data-key=delay] .error", "not a time");
  await page.keyboard.press("Escape");

  await fill(page, "[data-end='1']", "r3:eth1");
  const moved = "r1:eth0--r3:eth1";
  await until(async () => (await ask("GET", `links/${encodeURIComponent(moved)}`)).state === "up");
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id)?.target === "nodes:r3", {}, `links:${moved}`);

  const [from, to] = [await place(page, "nodes:r1"), await place(page, "nodes:r2")];
  await page.click("#connect");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
  await shown(page, "#link-dialog");
  await page.click("#link-dialog .main");
  await until(async () => (await ask("GET", "links")).links.length === 3);
  await page.waitForFunction(() => globalThis.linkfab.graph.size.edges === 3);
  assert.deepEqual(page.complaints, []);
});
