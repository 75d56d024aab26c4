// Changes of the lab, each with its inverse: what Undo sends.
//
// A change is sent with the ETag of what the user looked at, so it never overwrites what somebody else did
// since. Undo is refused where the thing is not as the change had left it.

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
    const answer = await this.#api.request("PATCH", path(collection, before.name), { body, match: tag });
    const after = this.#take(collection, answer.data) ?? before;
    const undo = undoing(before, after);
    if (Object.keys(undo).length > 0) {
      this.#remember(`the change of ${before.name}`, async () => {
        const now = await this.#as_left(collection, after);
        const { data } = await this.#api.request("PATCH", path(collection, before.name), { body: undo, match: now });
        this.#take(collection, data);
      });
    }
    return { data: after, tag: answer.tag };
  }

  // Adds a link as in the topology file.
  async add(link) {
    const { data } = await this.#api.request("POST", "links", { body: link });
    this.#take("links", data);
    this.#remember(`the new link ${data.name}`, async () => {
      const now = await this.#as_left("links", data);
      await this.#api.request("DELETE", path("links", data.name), { match: now });
      this.#drop(data.name);
    });
    return data;
  }

  async remove(link, tag) {
    await this.#api.request("DELETE", path("links", link.name), { match: tag });
    this.#drop(link.name);
    const { name, a_to_b, b_to_a } = link;
    const again = { name, ends: link.ends.map((end) => end.interface), up: link.wanted === "up", a_to_b, b_to_a };
    this.#remember(`the removal of ${name}`, async () => {
      const { data } = await this.#api.request("POST", "links", { body: again });
      this.#take("links", data);
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
    const { data } = await this.#api.request("POST", path("nodes", node, action));
    if (!data) return;
    this.#lab.take({ event: "node", name: node, data });
  }

  // The ETag now of what a change had left as `after`.
  async #as_left(collection, after) {
    const { data, tag } = await this.#api.get(path(collection, after.name));
    if (wanted(data) !== wanted(after)) throw new Error(`${after.name} was changed by somebody else since; nothing was undone.`);
    return tag;
  }

  #take(collection, data) {
    if (!data?.ends) return null;  // not dealt with yet: the event tells
    this.#lab.take({ event: collection === "links" ? "link" : "segment", name: data.name, data });
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
