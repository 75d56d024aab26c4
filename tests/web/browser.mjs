// A headless Chromium and stand-ins for the tests: pages are closed, and programs ended, with the test that opened them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { CHROMIUM, MODULES, PAGES, PICTURES } = process.env;
const puppeteer = createRequire(`${MODULES}/`)("puppeteer-core");
const patience = 20_000;

mkdirSync(PICTURES, { recursive: true });
export const browser = await puppeteer.launch({
  executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"], protocolTimeout: 60_000,
});

// A server of a made-up lab: {url, tell(what, body)}.
export async function stand_in(test, nodes, ...more) {
  const program = spawn("python3", ["tests/web/stand_in.py", PAGES, "--nodes", nodes, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  test.after(() => program.kill());
  const [url] = await once(createInterface(program.stdout), "line");
  const ask = async (path, options) => (await fetch(url + path, options)).json();
  return {
    url,
    tell: (what, body = {}) => ask(`stand-in/${what}`, { method: "POST", body: JSON.stringify(body) }),
    link: (name) => ask(`api/v1/links/${encodeURIComponent(name)}`),
    changes: async () => (await ask("stand-in/requests", { method: "POST" })).requests,
  };
}

// A page in a profile of its own, once it is drawn. What it complains of is in page.complaints.
export async function view(test, url, { dark = false, drawn = true } = {}) {
  const profile = await browser.createBrowserContext();
  test.after(() => profile.close());
  const page = await profile.newPage();
  page.setDefaultTimeout(patience);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type()) && !/Failed to load resource/.test(message.text())) page.complaints.push(message.text());
  });
  await page.setViewport({ width: 1360, height: 860 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(url);
  if (drawn) {
    await page.waitForFunction(() => globalThis.linkfab?.graph.size.nodes > 0);
    await text(page, "#connection", "live");
  }
  return page;
}

export async function picture(page, name) {
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

// Waits until an element has a text.
export async function text(page, selector, wanted) {
  await page.waitForFunction((where, what) => document.querySelector(where)?.textContent.includes(what), {}, selector, wanted);
}

// Waits until something is shown.
export async function shown(page, selector) {
  await page.waitForSelector(selector, { visible: true });
}

// The place of something of the graph, such as "links:r1:eth0--r2:eth0", once the graph has the size that the page leaves it: it takes that with
// the frame after the one that opened or closed something beside it.
export async function place(page, id) {
  return page.evaluate(async (which) => {
    for (let frame = 0; frame < 2; ++frame) await new Promise(requestAnimationFrame);
    return globalThis.linkfab.graph.place(which);
  }, id);
}

// Opens the details of a link by clicking it.
export async function open_link(page, name) {
  const { x, y } = await place(page, `links:${name}`);
  await page.mouse.click(x, y);
  await shown(page, "#panel .fields");
}

// Types into a field, and leaves it.
export async function fill(page, selector, value, { leave = true } = {}) {
  await page.click(selector, { count: 3 });
  await page.keyboard.type(value);
  if (leave) await page.keyboard.press("Enter");
}

// Waits until a condition of the server's side holds.
export async function until(holds) {
  const start = Date.now();
  while (!(await holds())) {
    if (Date.now() - start > patience) throw new Error(`not so after ${patience} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// How to ask for the seconds of processor time that the page's process has used.
export async function processor_time(page) {
  const session = await page.createCDPSession();
  await session.send("Performance.enable");
  return async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "ProcessTime").value;
}
