// The web view in headless Chromium, against a stand-in of the agent: what people see and do, and what is sent then.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { browser, fill, open_link, picture, place, processor_time, shown, stand_in, text, until, view } from "./browser.mjs";

after(() => browser.close());

const link = "r1:eth0--r2:eth0";

test("A small lab is drawn, with nothing against the Content-Security-Policy", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  assert.deepEqual(await page.evaluate(() => globalThis.linkfab.graph.size), { nodes: 5, edges: 5 });
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id).load > 0, {}, `links:${link}`);
  const { x, y } = await place(page, `links:${link}`);
  await page.mouse.move(x, y);
  await text(page, "#tip", "r1:eth0 → r2:eth0");
  await picture(page, "5-nodes");
  assert.deepEqual(page.complaints, []);
});

test("Names of fifty nodes do not overlap", async (t) => {
  const lab = await stand_in(t, 50);
  const page = await view(t, lab.url);
  await page.waitForFunction(() => globalThis.linkfab.lab.rates.size > 0);
  await picture(page, "50-nodes");
  const places = await page.evaluate(() => {
    const { lab: known, graph } = globalThis.linkfab;
    return [...known.nodes.keys()].map((name) => ({ name, ...graph.place(`nodes:${name}`) }));
  });
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) {
      assert.ok(Math.abs(a.x - b.x) > 30 || Math.abs(a.y - b.y) > 30, `${a.name} and ${b.name} overlap`);
    }
  }
  assert.equal((await page.evaluate(() => document.querySelector("#summary").textContent)).includes("1 cut"), true);
});

test("Five hundred nodes with a thousand links are drawn, and stay live", async (t) => {
  const lab = await stand_in(t, 500);
  const page = await view(t, lab.url);
  assert.equal((await page.evaluate(() => globalThis.linkfab.graph.size)).nodes, 501);
  await page.waitForFunction(() => performance.getEntriesByName("linkfab: drawn").length > 0);
  const first = await page.evaluate(() => performance.getEntriesByName("linkfab: drawn")[0].startTime);
  await page.waitForFunction(() => globalThis.linkfab.lab.rates.size > 0);
  await picture(page, "500-nodes");
  const processor = await processor_time(page);
  const before = await processor();
  const frames = await page.evaluate(() => new Promise((resolve) => {
    const start = performance.now();
    let rendered = 0;
    globalThis.linkfab.graph.on_render(() => { ++rendered; });
    const step = (now) => {
      globalThis.linkfab.graph.pan(Math.sin(now / 300) * 3, 0);
      if (now - start < 4000) requestAnimationFrame(step);
      else resolve({ rendered, rate: rendered / (now - start) * 1000 });
    };
    requestAnimationFrame(step);
  }));
  // A busy machine is slow, but a frame costs what it costs.
  const cost = (await processor() - before) / frames.rendered * 1000;
  t.diagnostic(`first picture after ${Math.round(first)} ms; while it moves ${frames.rate.toFixed(0)} frames/s of ${cost.toFixed(1)} ms processor time each`);
  assert.ok(frames.rate > 2);
  await page.click("#show-list");
  assert.equal(await page.evaluate(() => document.querySelectorAll("#list tbody tr").length), 1001);
  await fill(page, "#list input", "cut", { leave: false });
  await text(page, "#list [role=status]", "1 of 1001");
});

test("A field sends what is typed, for both directions, and Ctrl+Z takes it back", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  const before = await lab.link(link);
  await open_link(page, link);
  await fill(page, "#field-delay", "35ms");
  await until(async () => (await lab.link(link)).b_to_a.delay === "35ms");
  assert.deepEqual((await lab.changes()).at(-1).body, { delay: "35ms" });
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id).label.includes("35ms"), {}, `links:${link}`);
  await picture(page, "link-shaped");
  await page.focus("#undo");
  await page.keyboard.down("Control");
  await page.keyboard.press("z");
  await page.keyboard.up("Control");
  await until(async () => (await lab.link(link)).a_to_b.delay === "20ms");
  assert.deepEqual((await lab.link(link)).a_to_b, before.a_to_b);
  assert.deepEqual((await lab.link(link)).b_to_a, before.b_to_a);
});

test("One direction is changed alone, also by a slider and the keyboard", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  await page.click("#panel [data-way=a_to_b]");
  await page.focus("[data-key=loss] input[type=range]");
  await page.keyboard.press("ArrowRight");
  await until(async () => (await lab.link(link)).a_to_b.loss !== "1%");
  assert.equal((await lab.link(link)).b_to_a.loss, undefined);
});

test("The network between two hosts is subtracted from a link's delays, or is not", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  assert.equal(await page.$eval("#panel .between", (row) => row.hidden), true, "both ends are on one host");
  await lab.tell("hosts", { name: link, seconds: 0.0052 });
  await lab.tell("link", { name: link, change: { delay: "20ms" } });
  await text(page, "#panel .between", "5.2ms to r1, 5.2ms to r2");
  await page.click("#underlay");
  await until(async () => (await lab.link(link)).underlay === "subtract");
  await picture(page, "underlay");
  await page.click("#undo");
  await until(async () => (await lab.link(link)).underlay === "add");
  await page.waitForFunction(() => !document.querySelector("#underlay").checked);
});

test("What is refused is said at its field, and nothing else is lost", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  await fill(page, "#field-rate", "fast");
  await text(page, "[data-key=rate] .error", "'fast' is not a rate");
  assert.equal(await page.$eval("#field-rate", (field) => field.getAttribute("aria-invalid")), "true");
  await fill(page, "#field-rate", "10mbit");
  await until(async () => (await lab.link(link)).a_to_b.rate === "10mbit");
  await page.waitForFunction(() => document.querySelector("[data-key=rate] .error").hidden);
});

test("A node is dragged to where it stays; the wheel and a drag of the ground move the view", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  const [from, other] = [await place(page, "nodes:r1"), await place(page, "nodes:r2")];
  const drag = async (start, to) => {
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
  };
  await drag(from, { x: from.x + 60, y: from.y + 90 });
  const near = (a, b) => Math.abs(a.x - b.x) < 2 && Math.abs(a.y - b.y) < 2;
  assert.ok(near(await place(page, "nodes:r1"), { x: from.x + 60, y: from.y + 90 }));
  assert.ok(near(await place(page, "nodes:r2"), other));
  await drag({ x: 20, y: 700 }, { x: 50, y: 690 });
  assert.ok(near(await place(page, "nodes:r2"), { x: other.x + 30, y: other.y - 10 }));
  await page.mouse.move(other.x + 30, other.y - 10);
  const apart = async () => (await place(page, "nodes:r1")).x - (await place(page, "nodes:r2")).x;
  const before = await apart();
  await page.mouse.wheel({ deltaY: -100 });
  await until(async () => Math.abs(await apart()) > 1.4 * Math.abs(before));
  assert.ok(near(await place(page, "nodes:r2"), { x: other.x + 30, y: other.y - 10 }));
  assert.equal(await page.$("#panel:not([hidden])"), null);
  await page.reload();
  await page.waitForFunction(() => globalThis.linkfab?.graph.size.nodes > 0);
  const kept = await page.evaluate(() => Object.keys(JSON.parse(localStorage.getItem("places:stand-in"))));
  assert.deepEqual(kept, ["nodes:r1"]);
});

test("A cut is drawn in every browser, and restored", async (t) => {
  const lab = await stand_in(t, 5);
  const [mine, theirs] = [await view(t, lab.url), await view(t, lab.url)];
  await open_link(mine, link);
  await mine.click("#panel .cut");
  await theirs.waitForFunction((id) => globalThis.linkfab.graph.place(id).state === "cut", {}, `links:${link}`);
  await picture(theirs, "cut");
  await text(mine, "#panel .cut", "Restore");
  await mine.click("#panel .cut");
  await theirs.waitForFunction((id) => globalThis.linkfab.graph.place(id).state === "up", {}, `links:${link}`);
});

test("What somebody else changes meanwhile is shown and not overwritten", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  await fill(page, "#field-delay", "99ms", { leave: false });
  await lab.tell("link", { name: link, change: { delay: "7ms" } });
  await shown(page, "#panel .conflict");
  await page.keyboard.press("Enter");
  await until(async () => (await lab.changes()).length === 1);
  await shown(page, "#panel .conflict");
  assert.equal((await lab.link(link)).a_to_b.delay, "7ms");
  await picture(page, "conflict");
  await page.click("#panel .conflict button");
  await page.waitForFunction(() => document.querySelector("#field-delay").value === "7ms");
});

test("Undo does not undo over somebody else's change", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  await fill(page, "#field-delay", "35ms");
  await page.waitForFunction(() => !document.querySelector("#undo").disabled);
  assert.equal((await lab.link(link)).a_to_b.delay, "35ms");
  await lab.tell("link", { name: link, change: { delay: "7ms" } });
  await page.waitForFunction(() => document.querySelector("#field-delay").value === "7ms");
  await page.click("#undo");
  await text(page, "#notices", "nothing was undone");
  assert.equal((await lab.link(link)).a_to_b.delay, "7ms");
});

test("Dragging from node to node connects them; the link is deleted and comes back", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  const [from, to] = [await place(page, "nodes:h1"), await place(page, "nodes:h2")];
  await page.click("#connect");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  await shown(page, "#link-dialog");
  await page.click("#link-dialog .main");
  const made = "h1:eth1--h2:eth1";
  await until(async () => (await lab.link(made)).name === made);
  await shown(page, "#panel .danger");
  await page.click("#panel .danger");
  await until(async () => (await lab.link(made)).status === 404);
  await page.click("#undo");
  await until(async () => (await lab.link(made)).name === made);
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id) !== null, {}, `links:${made}`);
});

test("An end is moved; one that is taken is refused at its field", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await open_link(page, link);
  await fill(page, "[data-end='1']", "r3:eth0");
  await text(page, "#panel .cable > .error", "r3:eth0 is in link");
  assert.equal(await page.$eval("[data-end='1']", (field) => field.getAttribute("aria-invalid")), "true");
  await fill(page, "[data-end='1']", "h2:eth7");
  const moved = "r1:eth0--h2:eth7";  // the name follows the ends
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id)?.target === "nodes:h2", {}, `links:${moved}`);
  assert.equal((await lab.link(moved)).ends[1].interface, "h2:eth7");
  await text(page, "#panel h2", moved);
  assert.equal(await place(page, `links:${link}`), null);
});

test("A node is stopped and started", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  const { x, y } = await place(page, "nodes:h1");
  await page.mouse.click(x, y);
  await shown(page, "#panel [data-action=stop]");
  await page.click("#panel [data-action=stop]");
  await page.waitForFunction(() => globalThis.linkfab.graph.place("nodes:h1").state === "stopped");
  await page.click("#panel [data-action=start]");
  await page.waitForFunction(() => globalThis.linkfab.graph.place("nodes:h1").state === "running");
});

async function open_console(page, node) {
  const { x, y } = await place(page, `nodes:${node}`);
  await page.mouse.click(x, y);
  await shown(page, "#panel [data-action=console]");
  await page.click("#panel [data-action=console]");
  await console_says(page, `${node}# `);
}

async function console_says(page, wanted) {
  await page.waitForFunction((what) => globalThis.linkfab.consoles.text().includes(what), {}, wanted.trimEnd());
}

test("A console takes what is typed and shows what comes; several are open, and each is closed", async (t) => {
  const lab = await stand_in(t, 5, "--token", "secret");
  const page = await view(t, `${lab.url}#token=secret`);
  await open_console(page, "r1");
  await page.keyboard.type("echo from r1\r");
  await console_says(page, "\nfrom r1\n");
  await open_console(page, "h1");
  await page.keyboard.type("echo from h1\r");
  await console_says(page, "\nfrom h1\n");
  await picture(page, "consoles");
  await page.keyboard.type("size\r");
  await page.waitForFunction(() => /\n\d{2,3}x\d\d\n/.test(globalThis.linkfab.consoles.text()));
  const before = await page.evaluate(() => globalThis.linkfab.consoles.text().match(/\n\d+x(\d+)\n/)[1]);
  await page.focus("#dock [role=separator]");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.click("#dock .screen:not([hidden])");
  await page.keyboard.type("size\r");
  await page.waitForFunction((had) => [...globalThis.linkfab.consoles.text().matchAll(/\n\d+x(\d+)\n/g)].some(([, rows]) => Number(rows) > Number(had)), {}, before);
  await page.keyboard.down("Shift");
  await page.keyboard.press("Escape");
  await page.keyboard.up("Shift");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "h1");
  await page.keyboard.press("ArrowLeft");
  await console_says(page, "from r1");
  await page.click("#dock .screen:not([hidden])");
  await page.keyboard.type("exit\r");
  await console_says(page, "ended");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => globalThis.linkfab.consoles.size), 1);
  await page.click("#dock .quiet");
  await page.waitForSelector("#dock", { hidden: true });
  assert.deepEqual(page.complaints, []);
});

test("A capture is a list of frames as they come, and a file; a filter that makes no sense is said", async (t) => {
  const lab = await stand_in(t, 5, "--token", "secret");
  const page = await view(t, `${lab.url}#token=secret`);
  await page.evaluate(() => {
    URL.createObjectURL = (blob) => {
      globalThis.saved = blob;
      return "#saved";
    };
  });
  await open_link(page, link);
  await fill(page, "#capture-filter", "nonsense");
  await page.click("#capture");
  await text(page, "#panel section .error", "syntax error in the filter");
  await page.waitForSelector("#dock", { hidden: true });
  await fill(page, "#capture-filter", "icmp");
  await page.click("#capture");
  await page.waitForSelector("#dock [data-number='12']");
  await text(page, "#dock [data-number='11']", "r1:eth0 → r2:eth0 after");
  await text(page, "#dock [data-number='12']", "echo reply, id 7, seq 6");
  await page.click("#dock [data-number='12']");
  await text(page, "#dock .octets", "08 00 45 00");
  await picture(page, "capture");
  // It goes on when the link's details are closed; with none chosen the end stays in sight.
  await page.click("#panel .quiet");
  await page.waitForSelector("#panel", { hidden: true });
  await page.focus("#dock .body");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#dock .octets", { hidden: true });
  await page.waitForSelector("#dock [data-number='60']");
  // By the keyboard, and what is chosen comes in sight.
  await page.keyboard.press("Home");
  await text(page, "#dock [aria-selected=true][data-number='1']", "echo request");
  await page.click("#dock [data-action=stop]");
  await text(page, "#dock [role=status]", "ended");
  const count = await page.evaluate(() => parseInt(document.querySelector("#dock [role=status]").textContent, 10));
  assert.ok(count >= 60);
  await page.click("#dock [data-action=save]");
  const saved = await page.evaluate(async () => [...new Uint8Array(await globalThis.saved.arrayBuffer())].slice(0, 4));
  assert.deepEqual(saved, [0x0a, 0x0d, 0x0d, 0x0a]);
  await page.click("#dock .tab .quiet");
  await page.waitForSelector("#dock", { hidden: true });
  assert.deepEqual(page.complaints, []);
});

test("A lost connection is said; what happened meanwhile is there afterwards", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url);
  await lab.tell("outage", { seconds: 1.5 });
  await shown(page, "#outage");
  await lab.tell("link", { name: link, change: { state: "down" } });
  await picture(page, "lost-connection");
  await text(page, "#connection", "live");
  await page.waitForFunction((id) => globalThis.linkfab.graph.place(id).state === "cut", {}, `links:${link}`);
  await page.waitForFunction(() => document.querySelector("#outage").hidden);
  await picture(page, "connected-again");
});

test("Read-only has nothing to change things with", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, `${lab.url}?readonly`);
  await open_link(page, link);
  assert.equal(await page.$eval("#field-delay", (field) => field.readOnly), true);
  assert.equal(await page.$("#panel .cut"), null);
  assert.equal(await page.$eval("#new-link", (each) => getComputedStyle(each).display), "none");
  assert.equal((await lab.changes()).length, 0);
  const { x, y } = await place(page, "nodes:r1");
  await page.mouse.click(x, y);
  await shown(page, "#panel .interfaces");
  assert.equal(await page.$("[data-action]"), null);
});

test("The keyboard reaches a link through the list, and Escape goes back", async (t) => {
  const lab = await stand_in(t, 5);
  const page = await view(t, lab.url, { dark: true });
  await page.focus("#show-list");
  await page.keyboard.press("Enter");
  await page.focus("#list tbody button");
  await page.keyboard.press("Enter");
  await shown(page, "#panel .fields");
  await picture(page, "list-dark");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#panel", { hidden: true });
  assert.equal(await page.evaluate(() => document.activeElement.closest("tbody") !== null), true);
});

test("Without its token the page asks for it; one in the address is taken and disappears", async (t) => {
  const lab = await stand_in(t, 5, "--token", "secret");
  const asked = await view(t, lab.url, { drawn: false });
  await shown(asked, "#token-dialog");
  await asked.type("#token", "secret");
  await asked.keyboard.press("Enter");
  await text(asked, "#connection", "live");
  const given = await view(t, `${lab.url}#token=secret`);
  assert.equal(await given.evaluate(() => location.hash), "");
});

test("Dark is dark", async (t) => {
  const lab = await stand_in(t, 50);
  const page = await view(t, lab.url, { dark: true });
  await page.waitForFunction(() => globalThis.linkfab.lab.rates.size > 0);
  await picture(page, "dark");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(18, 22, 28)");
});
