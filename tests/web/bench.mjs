// What the web view costs with a large lab: prints the time to the first picture, frames while the view moves under live statistics,
// and what it costs to stand still. With PROFILE=1 also the functions in which the processor time goes.

import { browser, processor_time, stand_in, view } from "./browser.mjs";

const nodes = Number(process.env.NODES ?? 500);
const seconds = Number(process.env.SECONDS_EACH ?? 5);
const rounds = Number(process.env.ROUNDS ?? 3);
const clean_up = [];
const bench = { after: (task) => clean_up.push(task) };
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// Runs a task under the sampling profiler, where that is wanted, and prints the functions with most time of their own.
async function profiled(page, what, task) {
  if (!process.env.PROFILE) return task();
  const session = await page.createCDPSession();
  await session.send("Profiler.enable");
  await session.send("Profiler.start");
  const result = await task();
  const { profile } = await session.send("Profiler.stop");
  const own = new Map();
  const names = new Map(profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => (
    [id, `${functionName || "(anonymous)"} ${url.split("/").at(-1)}:${lineNumber + 1}:${columnNumber}`])));
  profile.samples.forEach((id, at) => own.set(names.get(id), (own.get(names.get(id)) ?? 0) + profile.timeDeltas[at] / 1000));
  console.log(`  ${what}, ms in`);
  for (const [name, time] of [...own].toSorted((a, b) => b[1] - a[1]).slice(0, 14)) console.log(`    ${time.toFixed(0).padStart(6)} ${name}`);
  return result;
}

// Frames that are drawn in that time, while each calls `step`.
function frames(page, step) {
  return page.evaluate((length, body) => new Promise((resolve) => {
    const start = performance.now();
    const move = body ? new Function("graph", "time", body) : () => {};
    let rendered = 0;
    globalThis.linkfab.graph.on_render(() => { ++rendered; });
    const next = (now) => {
      move(globalThis.linkfab.graph, now - start);
      if (now - start < length) requestAnimationFrame(next);
      else resolve({ rendered, rate: rendered / (now - start) * 1000 });
    };
    requestAnimationFrame(next);
  }), seconds * 1000, step);
}

const lab = await stand_in(bench, nodes);
const first = [];
let page;
for (let round = 0; round < rounds; ++round) {
  page = await view(bench, lab.url);
  await page.waitForFunction(() => performance.getEntriesByName("linkfab: drawn").length > 0);
  first.push(await page.evaluate(() => Object.fromEntries(performance.getEntriesByType("mark").map(({ name, startTime }) => [name, startTime]))));
  if (round + 1 < rounds) await page.close();
}
const { nodes: shown, edges } = await page.evaluate(() => globalThis.linkfab.graph.size);
console.log(`${shown} nodes, ${edges} links`);
for (const mark of Object.keys(first[0])) console.log(`  ${mark}: ${median(first.map((each) => each[mark])).toFixed(0)} ms`);

await page.waitForFunction(() => globalThis.linkfab.lab.rates.size > 0);
const processor = await processor_time(page);
for (const [what, step] of [["moved", "graph.pan(Math.sin(time / 300) * 3, 0)"], ["standing still", ""]]) {
  const before = await processor();
  const { rendered, rate } = await profiled(page, what, () => frames(page, step));
  const used = await processor() - before;
  console.log(`  ${what}: ${rate.toFixed(1)} frames/s, ${(used / rendered * 1000).toFixed(1)} ms of processor time each, ${(used / seconds * 100).toFixed(0)} % of a core`);
}
await browser.close();
for (const task of clean_up.reverse()) await task().catch?.(() => {});
process.exit(0);
