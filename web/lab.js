// What the page knows of the lab: the nodes, links and segments as the API has them, kept up to date by events.

import { path } from "./api.js";

export class Lab extends EventTarget {
  fabric = null;
  nodes = new Map();
  links = new Map();
  segments = new Map();
  rates = new Map();  // "NODE:INTERFACE>NODE:INTERFACE" → the direction's statistics

  #api;
  #loading = null;
  #events = 0;         // how many have come
  #last = new Map();   // "link NAME" → the number of the last that told of it

  constructor(api) {
    super();
    this.#api = api;
  }

  // Reads everything. Events that come meanwhile are whole objects and are taken after it.
  async load() {
    const early = (this.#loading = []);
    const [fabric, nodes, links, segments] = await Promise.all(
      ["fabric", "nodes", "links", "segments"].map((collection) => this.#api.get(collection)));
    if (this.#loading !== early) return;  // another load has begun
    this.fabric = fabric.data;
    this.nodes = by_name(nodes.data.nodes);
    this.links = by_name(links.data.links);
    this.segments = by_name(segments.data.segments);
    this.#loading = null;
    for (const message of early) this.#apply(message);
    this.#tell("loaded");
  }

  // What an answer is compared with that comes later: a number of events.
  get moment() {
    return this.#events;
  }

  // An answer to a request that was sent at that moment. An event that has come since knows as much or more.
  take_answer(message, moment) {
    if ((this.#last.get(`${message.event} ${message.name}`) ?? 0) <= moment) this.#take(message);
  }

  // An event.
  take(message) {
    this.#events += 1;
    this.#last.set(`${message.event} ${message.name}`, this.#events);
    this.#take(message);
  }

  #take(message) {
    if (message.event === "statistics") {
      this.rates = new Map(message.data.directions.map((each) => [`${each.from}>${each.to}`, each]));
      this.#tell("statistics");
    } else if (this.#loading) {
      this.#loading.push(message);
    } else if (this.#apply(message)) {
      this.#tell(message.event, message.name);
    }
  }

  rate(from, to) {
    return this.rates.get(`${from}>${to}`);
  }

  // A thing and its ETag, read now.
  async fresh(collection, name) {
    const { data, tag } = await this.#api.get(path(collection, name));
    this[collection].set(name, data);
    return { data, tag };
  }

  #apply({ event, name, data }) {
    if (event === "fabric") {
      this.fabric = data;
      return true;
    }
    const things = { node: this.nodes, link: this.links, segment: this.segments }[event];
    if (!things) return false;
    if (data) things.set(name, data);
    else things.delete(name);
    return true;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function by_name(list) {
  return new Map(list.map((each) => [each.name, each]));
}

// "r1:eth0" → "r1"
export function node_of(end) {
  return end.slice(0, end.lastIndexOf(":"));
}

export function interface_of(end) {
  return end.slice(end.lastIndexOf(":") + 1);
}

// The directions of a link or segment: how a change names each, and where its frames come from and go to.
// A segment has one toward each member that is left.
export function directions(thing) {
  if (thing.kind === "link") {
    const [a, b] = thing.ends.map((end) => end.interface);
    return [
      { key: "a_to_b", from: a, to: b, impairment: thing.a_to_b },
      { key: "b_to_a", from: b, to: a, impairment: thing.b_to_a },
    ];
  }
  return thing.ends.filter((member) => member.interface).map((member) => (
    { key: member.interface, from: thing.name, to: member.interface, impairment: member.impairment }));
}

// What clients ask for, without what the agent reports: equal as long as nobody has changed it.
export function wanted(thing) {
  return JSON.stringify([thing.wanted, directions(thing).map(({ key, impairment }) => [key, Object.entries(impairment).sort()]),
                         thing.ends.map((end) => end.interface), thing.underlay]);
}
