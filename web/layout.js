// Where nodes go: forces (Fruchterman and Reingold, 1991), then boxes that no longer overlap.
//
// The same lab always gives the same picture, so several browsers show the same one.

const spring = 120;  // px between neighbours at rest

// boxes: [{width, height}], edges: [[i, j]]; returns [{x, y}] around the origin.
export function layout(boxes, edges) {
  const points = spiral(boxes.length, edges);
  relax(points, edges);
  spread(points);
  separate(points, boxes);
  return points;
}

// Over a screen's proportions, as large as is good for so many nodes: the view then needs no zoom that
// makes labels too small to read.
function spread(points) {
  const width = Math.sqrt(Math.max(points.length * 19_000, 260_000) * 1.75);
  const size = { x: width, y: width / 1.75 };
  const scale = {};
  for (const axis of ["x", "y"]) {
    const values = points.map((point) => point[axis]);
    scale[axis] = size[axis] / (Math.max(...values) - Math.min(...values) || Infinity);
  }
  const least = Math.min(scale.x || Infinity, scale.y || Infinity);
  for (const point of points) {
    point.x *= Math.min(scale.x, least * 1.8);
    point.y *= Math.min(scale.y, least * 1.8);
  }
}

// Neighbours start near each other: breadth first along a sunflower's spiral.
function spiral(count, edges) {
  const beside = Array.from({ length: count }, () => []);
  for (const [i, j] of edges) {
    beside[i].push(j);
    beside[j].push(i);
  }
  const order = [];
  const seen = new Set();
  const by_degree = [...beside.keys()].sort((i, j) => beside[j].length - beside[i].length || i - j);
  for (const start of by_degree) {
    if (seen.has(start)) continue;
    seen.add(start);
    const queue = [start];
    for (let head = 0; head < queue.length; ++head) {
      order.push(queue[head]);
      for (const next of beside[queue[head]]) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
  }
  const points = new Array(count);
  order.forEach((which, place) => {
    const radius = spring * 0.6 * Math.sqrt(place);
    const angle = place * 2.399963;
    points[which] = { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
  return points;
}

function relax(points, edges) {
  const count = points.length;
  const x = Float64Array.from(points, (p) => p.x);
  const y = Float64Array.from(points, (p) => p.y);
  const fx = new Float64Array(count);
  const fy = new Float64Array(count);
  const rounds = Math.round(Math.min(300, 1.6e7 / (count * count + 1)));
  for (let round = 0; round < rounds; ++round) {
    const heat = spring * (1 - round / rounds) ** 1.5;
    fx.fill(0);
    fy.fill(0);
    for (let i = 0; i < count; ++i) {
      for (let j = i + 1; j < count; ++j) {
        const dx = x[i] - x[j];
        const dy = y[i] - y[j];
        const push = (spring * spring) / (dx * dx + dy * dy + 1);
        fx[i] += dx * push;
        fy[i] += dy * push;
        fx[j] -= dx * push;
        fy[j] -= dy * push;
      }
      // What hangs on nothing must not fly away.
      fx[i] -= x[i] * 0.3;
      fy[i] -= y[i] * 0.3;
    }
    for (const [i, j] of edges) {
      const dx = x[i] - x[j];
      const dy = y[i] - y[j];
      const pull = Math.hypot(dx, dy) / spring;
      fx[i] -= dx * pull;
      fy[i] -= dy * pull;
      fx[j] += dx * pull;
      fy[j] += dy * pull;
    }
    for (let i = 0; i < count; ++i) {
      const force = Math.hypot(fx[i], fy[i]) || 1;
      const step = Math.min(force, heat) / force;
      x[i] += fx[i] * step;
      y[i] += fy[i] * step;
    }
  }
  points.forEach((point, i) => Object.assign(point, { x: x[i], y: y[i] }));
}

// Pushes overlapping boxes apart along the shorter way, neighbours in x found by sorting.
function separate(points, boxes) {
  const order = [...points.keys()];
  const widest = Math.max(0, ...boxes.map((box) => box.width));
  for (let round = 0; round < 60; ++round) {
    let moved = false;
    order.sort((i, j) => points[i].x - points[j].x);
    for (let at = 0; at < order.length; ++at) {
      const a = order[at];
      for (let next = at + 1; next < order.length && points[order[next]].x - points[a].x < widest; ++next) {
        const b = order[next];
        const dx = (boxes[a].width + boxes[b].width) / 2 - Math.abs(points[b].x - points[a].x);
        const dy = (boxes[a].height + boxes[b].height) / 2 - Math.abs(points[b].y - points[a].y);
        if (dx <= 0.5 || dy <= 0.5) continue;
        moved = true;
        const axis = dx < dy ? "x" : "y";
        const half = Math.min(dx, dy) / 2 * (points[a][axis] <= points[b][axis] ? 1 : -1);
        points[a][axis] -= half;
        points[b][axis] += half;
      }
    }
    if (!moved) return;
  }
}
