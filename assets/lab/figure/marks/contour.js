// Contours: lines of equal height through a grid (marching squares), the areas between them, and the numbers on them.
import { fade, table } from '../../base/colors.js';
import { dashOf } from './lines.js';
import { drawText, measure } from '../text.js';
import { brief, format, linearTicks } from '../axes/ticks.js';

const MOST_LEVELS = 200;
const kept = new WeakMap();   // z -> {key, levels: [{lines, areas}]}

/** The heights of the lines: start, end and size as given, else about fifteen round ones. */
export function contourLevels(t) {
  const { start, end, size } = t.spec.contours || {};
  const [lo, hi] = t.limits;
  if (Number.isFinite(start) && Number.isFinite(end) && size > 0) {
    const count = Math.min(MOST_LEVELS, Math.floor((end - start) / size + 1e-9) + 1);
    return { values: Array.from({ length: Math.max(0, count) }, (_, k) => start + k * size), step: size };
  }
  if (Number.isFinite(start) && start === end) return { values: [start], step: (hi - lo) / 10 };
  const made = linearTicks(lo, hi, Math.min(MOST_LEVELS, +t.spec.ncontours || 15));
  return { values: made.values.filter((v) => v > lo && v < hi), step: made.step };
}

// Where a level passes between two grid points, as a share of the way; the ends of a gap in the data are never asked.
const share = (a, b, level) => (level - a) / (b - a);

/** One walk over the cells: chained lines, and the area above, both in units of the grid (column, row). */
function march({ rows, cols, values: z }, level) {
  const links = new Map();   // crossing -> its neighbours on the line
  const spots = new Map();   // crossing -> its place
  const areas = [];
  const across = (i, j) => { const id = i * cols + j; spots.has(id) || spots.set(id, [j + share(z[id], z[id + 1], level), i]); return id; };
  const upward = (i, j) => { const at = i * cols + j; const id = rows * cols + at; spots.has(id) || spots.set(id, [j, i + share(z[at], z[at + cols], level)]); return id; };
  const link = (p, q) => { for (const [m, n] of [[p, q], [q, p]]) { const list = links.get(m); if (list) list.push(n); else links.set(m, [n]); } };
  for (let i = 0; i + 1 < rows; i++) {
    let whole = -1;   // where a run of cells that lie wholly above began
    const close = (j) => { if (whole >= 0) areas.push([[whole, i], [j, i], [j, i + 1], [whole, i + 1]]); whole = -1; };
    for (let j = 0; j + 1 < cols; j++) {
      const at = i * cols + j;
      const [a, b, c, d] = [z[at], z[at + 1], z[at + cols + 1], z[at + cols]];
      const sum = a + b + c + d;
      const bits = sum === sum ? (a >= level) + 2 * (b >= level) + 4 * (c >= level) + 8 * (d >= level) : 0;
      if (bits === 15) { if (whole < 0) whole = j; continue; }
      close(j);
      if (!bits) continue;
      const corners = [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]];
      const inside = [bits & 1, bits & 2, bits & 4, bits & 8];
      const edges = [() => across(i, j), () => upward(i, j + 1), () => across(i + 1, j), () => upward(i, j)];
      const ring = [];      // the polygon around the cell
      const crossings = [];
      for (let k = 0; k < 4; k++) {
        if (inside[k]) ring.push(corners[k]);
        if (Boolean(inside[k]) !== Boolean(inside[(k + 1) % 4])) {
          const id = edges[k]();
          crossings.push(id);
          ring.push(spots.get(id));
        }
      }
      if (crossings.length === 2) {
        link(crossings[0], crossings[1]);
        areas.push(ring);
        continue;
      }
      // Two opposite corners: the middle of the cell says whether they are joined.
      const joined = sum / 4 >= level;
      const [p, q, r, s] = crossings;
      if ((bits === 5) === joined) { link(p, q); link(r, s); } else { link(s, p); link(q, r); }
      if (joined) areas.push(ring);
      else if (bits === 5) areas.push([corners[0], spots.get(p), spots.get(s)], [corners[2], spots.get(r), spots.get(q)]);
      else areas.push([corners[1], spots.get(q), spots.get(p)], [corners[3], spots.get(s), spots.get(r)]);
    }
    close(cols - 1);
  }
  return { lines: chain(links, spots), areas };
}

function chain(links, spots) {
  const lines = [];
  const used = new Set();
  const walk = (start) => {
    const line = [spots.get(start)];
    used.add(start);
    let at = start;
    for (;;) {
      const next = links.get(at).find((k) => !used.has(k));
      if (next === undefined) break;
      used.add(next);
      line.push(spots.get(next));
      at = next;
    }
    if (line.length > 2 && links.get(at).includes(start)) line.push(line[0]);
    lines.push(line);
  };
  // Open lines begin at their ends, then what is left are rings.
  for (const [id, ends] of links) if (ends.length === 1 && !used.has(id)) walk(id);
  for (const id of links.keys()) if (!used.has(id)) walk(id);
  return lines;
}

function shapesOf(t, levels) {
  const key = levels.join(',');
  const { values } = t.grid;
  const hit = kept.get(values);
  if (hit?.key === key) return hit.levels;
  const made = levels.map((level) => march(t.grid, level));
  kept.set(values, { key, levels: made });
  return made;
}

// All cells that have a height.
function ground(t) {
  const hit = kept.get(t.grid.values);
  return (hit.ground ??= march(t.grid, -Infinity).areas);
}

/** A place among grid points (in their units) on the linear scale. */
function between(points, k) {
  const i = Math.max(0, Math.min(points.length - 2, Math.floor(k)));
  return points.length < 2 ? points[0] : points[i] + (k - i) * (points[i + 1] - points[i]);
}

/** Where a value on the linear scale stands among grid points, in their units; NaN outside. */
function among(points, u) {
  for (let i = 0; i + 1 < points.length; i++) {
    if ((u >= points[i]) === (u <= points[i + 1])) return i + (u - points[i]) / (points[i + 1] - points[i] || 1);
  }
  return NaN;
}

export function drawContour(ctx, t, scene) {
  const { spec, grid } = t;
  if (grid.rows < 2 || grid.cols < 2) return;
  const how = spec.contours || {};
  const coloring = how.coloring || 'fill';
  const { values, step } = contourLevels(t);
  const levels = shapesOf(t, values);
  const { css } = table(t.scale, t.scaleReversed);
  const [lo, hi] = t.limits;
  const shade = (v) => css[Math.max(0, Math.min(255, ((v - lo) / (hi - lo || 1)) * 256 | 0))];
  const place = ([j, i]) => [t.x.px(between(t.u, j)), t.y.px(between(t.v, i))];
  const trail = (points) => points.forEach((p, k) => { const [x, y] = place(p); if (k) ctx.lineTo(x, y); else ctx.moveTo(x, y); });
  ctx.globalAlpha = spec.opacity ?? 1;
  if (coloring === 'fill') {
    // Each area above a level is laid over the one below it: no seams.
    const first = values.length ? values[0] : lo;
    for (const [color, areas] of [[shade(first - step / 2), ground(t)], ...values.map((v, k) => [shade(v + step / 2), levels[k].areas])]) {
      ctx.fillStyle = color;
      ctx.beginPath();
      for (const ring of areas) { trail(ring); ctx.closePath(); }
      ctx.fill();
    }
  }
  const line = spec.line || {};
  const width = (line.width ?? (coloring === 'fill' ? 0.5 : 1.5)) * scene.unit;
  if (width > 0 && how.showlines !== false) {
    ctx.lineWidth = width;
    ctx.lineJoin = 'round';
    ctx.setLineDash(dashOf(line.dash, width));
    levels.forEach(({ lines }, k) => {
      ctx.strokeStyle = coloring === 'lines' ? shade(values[k]) : line.color || fade(scene.theme.text, 0.7);
      ctx.beginPath();
      for (const points of lines) trail(points);
      ctx.stroke();
    });
    ctx.setLineDash([]);
  }
  if (how.showlabels) {
    const placed = [];
    levels.forEach(({ lines }, k) => {
      const longest = lines.reduce((m, l) => (l.length > m.length ? l : m), []);
      const name = (how.labelformat && format(values[k], how.labelformat)) || brief(+values[k].toPrecision(6));
      const ground = coloring === 'fill' ? shade(values[k]) : scene.layout.plot_bgcolor || scene.theme.solid;
      const ink = how.labelfont?.color || (coloring === 'fill' ? scene.theme.text : coloring === 'lines' ? shade(values[k]) : line.color || scene.theme.text);
      labelLine(ctx, longest.map(place), name, { t, scene, placed, ground, ink, size: scene.px(how.labelfont?.size, scene.base * 0.82) });
    });
  }
  ctx.globalAlpha = 1;
}

// A number on its line, along it, where there is room.
function labelLine(ctx, points, name, { t, scene, placed, ground, ink, size }) {
  const box = measure(ctx, name, { family: scene.family, size });
  const { box: frame } = t.sub;
  const length = points.reduce((sum, p, i) => sum + (i ? Math.hypot(p[0] - points[i - 1][0], p[1] - points[i - 1][1]) : 0), 0);
  if (length < 3 * box.w) return;
  for (const share of [0.5, 0.35, 0.65, 0.2, 0.8]) {
    let rest = share * length;
    let i = 1;
    for (; i < points.length - 1; i++) {
      const d = Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]);
      if (rest <= d) break;
      rest -= d;
    }
    // The direction over the label's length, not of one short piece.
    const [p, q] = [points[Math.max(0, i - 3)], points[Math.min(points.length - 1, i + 2)]];
    const [x, y] = points[i];
    const reach = box.w / 2 + 3;
    if (x - reach < frame.l || x + reach > frame.r || y - reach < frame.t || y + reach > frame.b) continue;
    if (placed.some((b) => Math.hypot(b.x - x, b.y - y) < b.reach + reach)) continue;
    let angle = (Math.atan2(q[1] - p[1], q[0] - p[0]) * 180) / Math.PI;
    if (angle > 90) angle -= 180;
    if (angle < -90) angle += 180;
    drawText(ctx, box, x, y, { ax: 0.5, ay: 0.5, angle, color: ink, halo: ground });
    placed.push({ x, y, reach });
    return;
  }
}

/** The height under a place on the linear scale, between the grid's points; NaN outside. */
export function heightAt(t, u, v) {
  const { cols, rows, values: z } = t.grid;
  const [fj, fi] = [among(t.u, u), among(t.v, v)];
  if (!(fj === fj && fi === fi)) return NaN;
  const [j, i] = [Math.min(cols - 2, Math.floor(fj)), Math.min(rows - 2, Math.floor(fi))];
  const [p, q] = [fj - j, fi - i];
  const at = i * cols + j;
  return (1 - q) * ((1 - p) * z[at] + p * z[at + 1]) + q * ((1 - p) * z[at + cols] + p * z[at + cols + 1]);
}
