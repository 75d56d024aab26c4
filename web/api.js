// Requests to the agent's HTTP API, relative to /api/v1.

// An answer that is an error: its status, and what is wrong with which field (RFC 9457).
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The agent answered ${status}`);
    this.status = status;
    this.errors = body.errors ?? [];
  }

  get stale() {
    return this.status === 412;
  }
}

export class Api {
  #token = "";

  // The token comes in the fragment, which is never sent, and does not stay in the address.
  constructor() {
    const given = /^#token=(.+)$/.exec(location.hash);
    if (given) {
      sessionStorage.setItem("token", decodeURIComponent(given[1]));
      history.replaceState(null, "", location.pathname + location.search);
    }
    this.#token = sessionStorage.getItem("token") ?? "";
  }

  set token(text) {
    this.#token = text;
    sessionStorage.setItem("token", text);
  }

  // The response itself; throws a Problem unless it is a success.
  async open(method, path, { body, match, signal, accept = "application/json" } = {}) {
    const headers = { Accept: accept };
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    if (match) headers["If-Match"] = match;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(`/api/v1/${path}`, {
      method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
    return response;
  }

  // {data, tag}: the body and its ETag.
  async request(method, path, options) {
    const response = await this.open(method, path, options);
    const text = await response.text();
    return { data: text ? JSON.parse(text) : null, tag: response.headers.get("ETag") };
  }

  // A WebSocket, which cannot send the token as a header.
  socket(path) {
    const protocols = ["linkfab.v1", ...(this.#token ? [`bearer.${this.#token}`] : [])];
    return new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/${path}`, protocols);
  }

  get(path) {
    return this.request("GET", path);
  }
}

// The path of one thing, whatever characters are in its name.
export function path(collection, name, ...more) {
  return [collection, encodeURIComponent(name), ...more].join("/");
}
