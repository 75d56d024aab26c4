// The stream of events, kept open: reconnects with backoff, and notices a stream that has fallen silent.
//
// Read with fetch() rather than EventSource, which cannot send the token.

const silence = 40_000;  // ms; the agent says something every 15 s
const longest_wait = 15_000;

// "event: …" blocks of a text/event-stream as they come; each data is a JSON document.
export async function* read_events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
      yield data ? JSON.parse(data) : null;
    }
    if (blocks.length === 0) yield null;
  }
}

export class Events extends EventTarget {
  #api;
  #failures = 0;
  #retry = null;

  constructor(api) {
    super();
    this.#api = api;
    addEventListener("online", () => this.#retry?.());
  }

  // "message" has the event in detail; "state" is {live, wait, problem}, wait in ms until the next try.
  async run() {
    for (;;) {
      const problem = await this.#listen();
      const wait = Math.min(longest_wait, 500 * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
      this.#tell("state", { live: false, wait, problem });
      if (problem?.status === 401) await new Promise((resolve) => { this.#retry = resolve; });
      else await new Promise((resolve) => { this.#retry = resolve; setTimeout(resolve, wait); });
    }
  }

  retry() {
    this.#retry?.();
  }

  async #listen() {
    const abort = new AbortController();
    let timer = setTimeout(() => abort.abort(), silence);
    try {
      const response = await this.#api.open("GET", "events?statistics=1s", { signal: abort.signal, accept: "text/event-stream" });
      for await (const message of read_events(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(), silence);
        if (!message) continue;
        if (message.event === "hello") {
          this.#failures = 0;
          this.#tell("state", { live: true });
        }
        this.#tell("message", message);
      }
      return null;
    } catch (problem) {
      return problem;
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
