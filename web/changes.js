// Changes of the lab, each with its inverse: what Undo sends.
//
// A change is sent with the ETag of what the user looked at, so it never overwrites what somebody else did
// since. Undo is refused where the thing is not as the change had left it.
//
// Emits "undo" when there is something else to undo, and "renamed" {collection, from, to}: a link's name may follow
// its ends.

import { path } from "./api.js";
import { inverse } from "./impairments.js";
import { directions, wanted } from "./lab.js";

const opposite = { start: "stop", stop: "start", suspend: "resume", resume: "suspend" };

export class Changes extends EventTarget {
  #api;
  #lab;
  #done = [];

  constructor(api, lab) {
    super();
    this.#api = api;
    this.#lab = lab;
  }

  get next_undo() {
    return this.#done.at(-1)?.what;
  }

  // Changes a link or segment that is known as `before` with `tag`; returns {data, tag} of it as it is now.
  async change(collection, before, tag, body) {
    let moment = this.#lab.moment;
    const answer = await this.#guarded(collection, before, tag, (match) => (
      this.#api.request("PATCH", path(collection, before.name), { body, match })));
    const after = this.#take(collection, answer.data, moment, before.name) ?? before;
    const undo = undoing(before, after);
    if (Object.keys(undo).length > 0) {
      this.#remember(`the change of ${before.name}`, async () => {
        moment = this.#lab.moment;
        const { data } = await this.#guarded(collection, after, await this.#as_left(collection, after), (match) => (
          this.#api.request("PATCH", path(collection, after.name), { body: undo, match })));
        this.#take(collection, data, moment, after.name);
      });
    }
    return { data: after, tag: answer.tag };
  }

  // Adds a link as in the topology file.
  async add(link) {
    const moment = this.#lab.moment;
    const { data } = await this.#api.request("POST", "links", { body: link });
    this.#take("links", data, moment);
    this.#remember(`the new link ${data.name}`, async () => {
      await this.#guarded("links", data, await this.#as_left("links", data), (match) => (
        this.#api.request("DELETE", path("links", data.name), { match })));
      this.#drop(data.name);
    });
    return data;
  }

  async remove(link, tag) {
    await this.#guarded("links", link, tag, (match) => this.#api.request("DELETE", path("links", link.name), { match }));
    this.#drop(link.name);
    const { name, underlay, a_to_b, b_to_a } = link;
    const again = { name, ends: link.ends.map((end) => end.interface), up: link.wanted === "up", underlay, a_to_b, b_to_a };
    this.#remember(`the removal of ${name}`, async () => {
      const moment = this.#lab.moment;
      const { data } = await this.#api.request("POST", "links", { body: again });
      this.#take("links", data, moment);
    });
  }

  // start, stop, suspend, resume or restart; the last cannot be undone.
  async act(node, action) {
    await this.#post(node, action);
    if (opposite[action]) this.#remember(`${action} ${node}`, () => this.#post(node, opposite[action]));
  }

  // Takes the last change back. One that cannot be taken back is dropped, and the Problem thrown.
  async undo() {
    const last = this.#done.pop();
    this.#tell();
    if (!last) return null;
    await last.run();
    return last.what;
  }

  async #post(node, action) {
    const moment = this.#lab.moment;
    const { data } = await this.#api.request("POST", path("nodes", node, action));
    if (!data) return;
    this.#lab.take_answer({ event: "node", name: node, data }, moment);
  }

  // An ETag covers what the agent reports, too: where only that has moved on, the change is sent again.
  async #guarded(collection, shown, tag, send) {
    for (let tries = 5; ; --tries) {
      try {
        return await send(tag);
      } catch (problem) {
        if (!problem.stale || tries === 0) throw problem;
        const now = await this.#api.get(path(collection, shown.name));
        if (wanted(now.data) !== wanted(shown)) throw problem;
        tag = now.tag;
      }
    }
  }

  // The ETag now of what a change had left as `after`.
  async #as_left(collection, after) {
    const { data, tag } = await this.#api.get(path(collection, after.name));
    if (wanted(data) !== wanted(after)) throw new Error(`${after.name} was changed by somebody else since; nothing was undone.`);
    return tag;
  }

  #take(collection, data, moment, old = data?.name) {
    if (!data?.ends) return null;  // not dealt with yet: the event tells
    this.#lab.take_answer({ event: collection === "links" ? "link" : "segment", name: data.name, data }, moment);
    if (old !== data.name) {
      this.dispatchEvent(new CustomEvent("renamed", { detail: { collection, from: old, to: data.name } }));
      this.#drop(old);
    }
    return data;
  }

  #drop(name) {
    this.#lab.take({ event: "link", name, data: null });
  }

  #remember(what, run) {
    this.#done.push({ what, run });
    if (this.#done.length > 100) this.#done.shift();
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("undo"));
  }
}

// The body that makes `before` out of `after`.
function undoing(before, after) {
  const body = {};
  if (before.wanted !== after.wanted) body.state = before.wanted === "cut" ? "down" : "up";
  if (before.underlay !== after.underlay) body.underlay = before.underlay;
  const ends = (thing) => thing.ends.map((end) => end.interface);
  if (before.kind === "link" && ends(before).join() !== ends(after).join()) body.ends = ends(before);
  const now = new Map(directions(after).map(({ key, impairment }) => [key, impairment]));
  const ways = before.kind === "link" ? body : {};
  for (const { key, impairment } of directions(before)) {
    const difference = inverse(impairment, now.get(key) ?? {});
    if (Object.keys(difference).length > 0) ways[key] = difference;
  }
  if (before.kind !== "link" && Object.keys(ways).length > 0) body.members = ways;
  return body;
}
