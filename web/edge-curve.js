// The way of an edge between two points: a line, or, of several between the same two, a curve each.
//
// A curve is quadratic: {x0, y0, cx, cy, x1, y1}. An edge from a node to itself is a circle: {x, y, radius}.

const lane_width = 36;  // px between the control points of neighbours

// lane: 0 is the straight one; its sign is the side as seen from a to b.
export function curve(a, b, lane) {
  if (a === b) {
    const radius = 17 + 6 * Math.abs(lane);
    return { x: a.x, y: a.y - radius - 6, radius };
  }
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const bend = lane * lane_width / length;
  return { x0: a.x, y0: a.y, cx: (a.x + b.x) / 2 - (b.y - a.y) * bend, cy: (a.y + b.y) / 2 + (b.x - a.x) * bend, x1: b.x, y1: b.y };
}

// Which lane each of the edges gets, {source, target} each: the ones between the same two lie side by side.
export function lanes(edges) {
  const beside = new Map();
  for (const edge of edges) {
    const pair = edge.source < edge.target ? `${edge.source} ${edge.target}` : `${edge.target} ${edge.source}`;
    if (beside.has(pair)) beside.get(pair).push(edge);
    else beside.set(pair, [edge]);
  }
  const found = new Map();
  for (const group of beside.values()) {
    group.forEach((edge, at) => {
      const lane = at - (group.length - 1) / 2;
      found.set(edge, edge.source <= edge.target ? lane : 0 - lane);
    });
  }
  return found;
}

export function midpoint(way) {
  if (way.radius) return { x: way.x, y: way.y - way.radius };
  return { x: (way.x0 + 2 * way.cx + way.x1) / 4, y: (way.y0 + 2 * way.cy + way.y1) / 4 };
}

export function distance(way, point) {
  if (way.radius) return Math.abs(Math.hypot(point.x - way.x, point.y - way.y) - way.radius);
  const straight = way.cx * 2 === way.x0 + way.x1 && way.cy * 2 === way.y0 + way.y1;
  const pieces = straight ? 1 : 10;
  let least = Infinity;
  let from = { x: way.x0, y: way.y0 };
  for (let piece = 1; piece <= pieces; ++piece) {
    const t = piece / pieces;
    const to = { x: (1 - t) ** 2 * way.x0 + 2 * t * (1 - t) * way.cx + t * t * way.x1,
                 y: (1 - t) ** 2 * way.y0 + 2 * t * (1 - t) * way.cy + t * t * way.y1 };
    least = Math.min(least, distance_to_line(from, to, point));
    from = to;
  }
  return least;
}

function distance_to_line(from, to, point) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = Math.max(0, Math.min(1, ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}
