// How nodes and links look: shapes, and the style sheet's custom properties as colours.

export const node_text = { size: 12, weight: 500, least: 7 };   // px; below `least` on the screen it is not drawn
export const edge_text = { size: 10.5, weight: 400, least: 8 };
export const mark_text = { size: 18, weight: 700, least: 5 };

const sizes = { vpcs: [24, 24], qemu: [34, 32], external: [34, 34], host: [34, 30], switch: [42, 16], hub: [42, 16] };

export function node_size(kind) {
  const [width, height] = sizes[kind] ?? [30, 30];
  return { width, height };
}

// Around the origin.
export function node_shape(kind) {
  const { width, height } = node_size(kind);
  const [x, y] = [width / 2, height / 2];
  const path = new Path2D();
  if (["docker", "switch", "hub"].includes(kind)) {
    path.roundRect(-x, -y, width, height, 5);
  } else if (kind === "qemu") {
    polygon(path, [[-x / 2, -y], [x / 2, -y], [x, 0], [x / 2, y], [-x / 2, y], [-x, 0]]);
  } else if (kind === "external") {
    polygon(path, [[0, -y], [x, 0], [0, y], [-x, 0]]);
  } else if (kind === "host") {
    polygon(path, [[-x, -y], [x / 2, -y], [x, 0], [x / 2, y], [-x, y]]);
  } else {
    path.arc(0, 0, x, 0, 2 * Math.PI);
  }
  return path;
}

function polygon(path, corners) {
  for (const [x, y] of corners) path.lineTo(x, y);
  path.closePath();
}

export class Palette {
  #computed = getComputedStyle(document.documentElement);
  #colors = new Map();
  #loads = new Map();

  font({ size, weight }) {
    return `${weight} ${size}px ${this.#computed.getPropertyValue("--font").trim()}`;
  }

  color(name) {
    if (!this.#colors.has(name)) this.#colors.set(name, this.#computed.getPropertyValue(`--${name}`).trim());
    return this.#colors.get(name);
  }

  node({ kind, state }, marked) {
    const look = { fill: this.color(["switch", "hub"].includes(kind) ? "segment" : kind) || this.color("netns"), opacity: 1,
                   border: this.color("canvas"), width: 2, dash: [], ink: this.color("ink") };
    if (state === "stopped" || state === "paused") {
      Object.assign(look, { opacity: 0.25, border: this.color("muted"), dash: [4, 3], ink: this.color("muted") });
    }
    if (["pending", "starting", "unknown"].includes(state)) Object.assign(look, { opacity: 0.6, border: this.color("full") });
    if (state === "error") Object.assign(look, { border: this.color("bad"), width: 4 });
    if (marked) Object.assign(look, { border: this.color("accent"), width: 4 });
    return look;
  }

  edge({ state, load, share, losing }) {
    const look = { color: this.#loaded(load), width: 2 + 5 * load, dash: [] };
    if (share > 0.85) look.color = this.color("full");
    if (losing) look.color = this.color("bad");
    if (state === "cut" || state === "down") return { color: this.color("bad"), width: 3, dash: [6, 7], mark: "✕" };
    if (state === "error" || state === "dangling") return { color: this.color("bad"), width: 3, dash: [2, 4] };
    if (state === "pending") look.dash = [2, 4];
    return look;
  }

  // From idle to busy.
  #loaded(load) {
    if (!this.#loads.has(load)) {
      const [from, to] = ["idle", "busy"].map((name) => this.color(name).match(/[\da-f]{2}/gi).map((digits) => parseInt(digits, 16)));
      this.#loads.set(load, `rgb(${from.map((value, at) => Math.round(value + (to[at] - value) * load)).join(" ")})`);
    }
    return this.#loads.get(load);
  }
}
