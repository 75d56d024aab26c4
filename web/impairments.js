// The fields of an impairment: those of docs/topology-file.md, in the order that a form shows them.
//
// A slider's ends are in seconds, percent and bit/s; it is logarithmic, and its `off` end turns the field off.

export const main_fields = [
  { key: "delay", label: "Delay", unit: "time", min: 1e-4, max: 2, off: "low", hint: "20ms" },
  { key: "jitter", label: "Jitter", unit: "time", min: 1e-4, max: 1, off: "low", hint: "5ms" },
  { key: "rate", label: "Rate", unit: "rate", min: 8e3, max: 1e10, off: "high", hint: "10mbit" },
  { key: "loss", label: "Loss", unit: "percent", min: 0.01, max: 100, off: "low", hint: "1%" },
  { key: "duplicate", label: "Duplicate", unit: "percent", min: 0.01, max: 100, off: "low", hint: "0.1%" },
  { key: "corrupt", label: "Corrupt", unit: "percent", min: 0.01, max: 100, off: "low", hint: "0.1%" },
  { key: "reorder", label: "Reorder", unit: "percent", min: 0.01, max: 100, off: "low", hint: "1%" },
  { key: "delay-correlation", label: "Delay correlation", unit: "percent", min: 0.1, max: 100, off: "low", hint: "25%" },
  { key: "loss-correlation", label: "Loss correlation", unit: "percent", min: 0.1, max: 100, off: "low", hint: "25%" },
  { key: "duplicate-correlation", label: "Duplicate correlation", unit: "percent", min: 0.1, max: 100, off: "low", hint: "25%" },
  { key: "corrupt-correlation", label: "Corrupt correlation", unit: "percent", min: 0.1, max: 100, off: "low", hint: "25%" },
  { key: "reorder-correlation", label: "Reorder correlation", unit: "percent", min: 0.1, max: 100, off: "low", hint: "25%" },
];

export const more_fields = [
  { key: "distribution", label: "Distribution", choices: ["uniform", "normal", "pareto", "paretonormal"] },
  { key: "ecn", label: "ECN", choices: ["true", "false"] },
  { key: "gap", label: "Gap", hint: "5" },
  { key: "packet-overhead", label: "Packet overhead", hint: "bytes" },
  { key: "overhead", label: "Overhead", hint: "bytes" },
  { key: "cell-size", label: "Cell size", hint: "48" },
  { key: "cell-overhead", label: "Cell overhead", hint: "5" },
  { key: "slot", label: "Slot", hint: "10ms,20ms,packets=8" },
  { key: "limit", label: "Limit", hint: "auto" },
  { key: "queue", label: "Queue", hint: "fq_codel" },
  { key: "burst", label: "Burst", hint: "32kb" },
  { key: "drop-every", label: "Drop every", hint: "100" },
  { key: "seed", label: "Seed", hint: "1" },
];

export const always_shown = 7;  // of the main fields; the rest is behind "More"

// The most telling values on one line: "20ms · 10mbit · 1% loss".
export function short_impairment(impairment) {
  const parts = [];
  if (impairment.delay) parts.push(impairment.delay + (impairment.jitter ? ` ±${impairment.jitter}` : ""));
  if (impairment.rate) parts.push(impairment.rate);
  if (impairment.loss) parts.push(/^[\d.]+%?$/.test(impairment.loss) ? `${impairment.loss} loss` : "bursty loss");
  const others = Object.keys(impairment).filter((key) => !["delay", "jitter", "rate", "loss", "distribution"].includes(key));
  if (parts.length === 0 && others.length > 0) parts.push(others[0]);
  return parts.join(" · ");
}

// Of `before` and `after` the keys that differ, with the values of `before`: what undoes a change.
export function inverse(before, after) {
  const result = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) result[key] = before[key] ?? null;
  }
  return result;
}
