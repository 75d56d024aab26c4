// Times, shares and rates as the topology file writes them, and for people.

const times = { us: 1e-6, ms: 1e-3, s: 1 };
const bits = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

// Seconds, percent or bit/s; NaN for what it is not.
export function parse(unit, text) {
  const found = /^([\d.]+)\s*([a-z%]*)$/i.exec(text ?? "");
  if (!found) return NaN;
  const number = Number(found[1]);
  const word = found[2].toLowerCase();
  if (unit === "time") return number * (times[word] ?? NaN);
  if (unit === "percent") return word === "" || word === "%" ? number : NaN;
  const rate = /^([kmgt]?)(bit|bps)$/.exec(word);
  return rate ? number * bits[rate[1]] * (rate[2] === "bps" ? 8 : 1) : NaN;
}

export function format(unit, value) {
  if (unit === "percent") return `${round(value)}%`;
  if (unit === "time") {
    if (value < 1e-3) return `${round(value * 1e6)}us`;
    return value < 1 ? `${round(value * 1e3)}ms` : `${round(value)}s`;
  }
  return scaled(value, "bit");
}

// 9300000 → "9.3 Mbit/s"
export function human_rate(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1) return "0";
  const [number, prefix] = /^([\d.]+)(\D*)$/.exec(scaled(value, "")).slice(1);
  return `${number} ${prefix === "k" ? "k" : prefix.toUpperCase()}bit/s`;
}

function scaled(value, word) {
  for (const [prefix, size] of Object.entries(bits).reverse()) {
    if (value >= size) return `${round(value / size)}${prefix}${word}`;
  }
  return `${round(value)}${word}`;
}

function round(value) {
  return Number(value.toPrecision(value >= 100 ? 3 : 2));
}
