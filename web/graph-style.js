// How the graph looks: the style sheet's custom properties, in Cytoscape.js's terms.

export function graph_style() {
  const computed = getComputedStyle(document.documentElement);
  const color = (name) => computed.getPropertyValue(`--${name}`).trim();
  const font = computed.getPropertyValue("--font").trim();
  return [
    { selector: "core", style: { "active-bg-opacity": 0, "selection-box-opacity": 0 } },
    { selector: "node", style: {
      label: "data(label)", width: 30, height: 30, "background-color": color("netns"), "border-width": 2, "border-color": color("canvas"),
      color: color("ink"), "font-family": font, "font-size": 12, "font-weight": 500, "text-valign": "bottom", "text-margin-y": 5,
      "text-background-color": color("canvas"), "text-background-opacity": 0.85, "text-background-padding": 2,
      "min-zoomed-font-size": 7, "overlay-opacity": 0, "transition-duration": 0 } },
    { selector: "node[kind='docker']", style: { shape: "round-rectangle", "background-color": color("docker") } },
    { selector: "node[kind='vpcs']", style: { shape: "ellipse", width: 24, height: 24, "background-color": color("vpcs") } },
    { selector: "node[kind='qemu']", style: { shape: "round-hexagon", width: 34, height: 32, "background-color": color("qemu") } },
    { selector: "node[kind='external']", style: { shape: "round-diamond", width: 34, height: 34, "background-color": color("external") } },
    { selector: "node[kind='host']", style: { shape: "round-tag", width: 34, "background-color": color("host") } },
    { selector: "node[kind='switch'], node[kind='hub']", style: {
      shape: "round-rectangle", width: 42, height: 16, "background-color": color("segment") } },
    { selector: "node[state='stopped'], node[state='paused']", style: {
      "background-opacity": 0.25, "border-color": color("muted"), "border-style": "dashed", color: color("muted") } },
    { selector: "node[state='pending'], node[state='starting']", style: { "background-opacity": 0.6, "border-color": color("full") } },
    { selector: "node[state='error']", style: { "border-color": color("bad"), "border-width": 4 } },
    { selector: "edge", style: {
      width: 2, "line-color": color("idle"), "curve-style": "bezier", "control-point-step-size": 36, label: "data(label)",
      color: color("muted"), "font-family": font, "font-size": 10.5, "text-background-color": color("canvas"), "text-background-opacity": 1,
      "text-background-padding": 3, "text-background-shape": "round-rectangle", "text-border-width": 1, "text-border-opacity": 1,
      "text-border-color": color("rule"), "text-wrap": "wrap", "min-zoomed-font-size": 8,
      "overlay-opacity": 0 } },
    { selector: "edge.straight", style: { "curve-style": "haystack", "haystack-radius": 0 } },
    { selector: "edge[load]", style: { width: "mapData(load, 0, 1, 2, 7)", "line-color": `mapData(load, 0, 1, ${color("idle")}, ${color("busy")})` } },
    { selector: "edge[share > 0.85]", style: { "line-color": color("full") } },
    { selector: "edge[?losing]", style: { "line-color": color("bad") } },
    { selector: "edge[state='cut'], edge[state='down']", style: {
      "line-style": "dashed", "line-dash-pattern": [6, 7], "line-color": color("bad"), width: 3, label: "✕", color: color("bad"), "font-size": 18,
      "font-weight": 700, "text-background-padding": 5, "text-border-width": 0, "min-zoomed-font-size": 5 } },
    { selector: "edge[state='error'], edge[state='dangling']", style: { "line-style": "dotted", "line-color": color("bad"), width: 3 } },
    { selector: "edge[state='pending']", style: { "line-style": "dotted" } },
    { selector: "edge.hover", style: { "underlay-color": color("accent"), "underlay-opacity": 0.18, "underlay-padding": 5 } },
    { selector: "node.chosen, node.target", style: { "border-color": color("accent"), "border-width": 4 } },
    { selector: "edge.chosen", style: { "underlay-color": color("accent"), "underlay-opacity": 0.3, "underlay-padding": 6 } },
    { selector: ".pointer", style: { width: 1, height: 1, label: "", "background-opacity": 0, "border-width": 0, events: "no" } },
    { selector: "edge.pulled", style: { "line-color": color("accent"), "line-style": "dashed", width: 3, "target-arrow-shape": "none", events: "no" } },
  ];
}
