// What stands in a space: its box and numbers, surfaces in painter's order, lines, points and words, dimmed where a surface hides them.
import { mix, rgba, table } from '../../base/colors.js';
import { outline } from './markers.js';
import { drawText, measure } from '../text.js';
import { labels, linearTicks } from '../axes/ticks.js';

const DIM = 0.28;        // how much of a hidden line is left
const CELLS = 180;       // columns of the map of depths
const column = (v) => Array.isArray(v) || ArrayBuffer.isView(v);
const pick = (v, i) => (column(v) ? v[i] : v);

/** All faces of a space's surfaces: corners on the sheet, depth, colour; the farthest first. */
function facesOf(space) {
  const faces = [];
  const light = space.toward.map((v, k) => v + 0.35 * space.up[k] - 0.25 * space.right[k]);
  const size = Math.hypot(...light);
  for (const t of space.traces) {
    if (t.kind !== 'surface' || t.spec.hidesurface) continue;
    const n = t.rows * t.cols;
    const [px, py, depth] = [new Float32Array(n), new Float32Array(n), new Float32Array(n)];
    const boxed = new Array(n);
    for (let k = 0; k < n; k++) {
      const q = (boxed[k] = space.inBox([t.u[k], t.v[k], t.w[k]]));
      [px[k], py[k], depth[k]] = space.onSheet(q);
    }
    const lines = [t.spec.contours?.x, t.spec.contours?.y].find((c) => c?.show);
    t.edge = lines ? rgba(lines.color || '#888') : null;   // the grid's lines, where they are asked for
    const { css } = table(t.scale, t.scaleReversed);
    const [lo, hi] = t.limits;
    for (let i = 0; i + 1 < t.rows; i++) {
      for (let j = 0; j + 1 < t.cols; j++) {
        const a = i * t.cols + j;
        const at = [a, a + 1, a + t.cols + 1, a + t.cols];
        const d = (depth[at[0]] + depth[at[1]] + depth[at[2]] + depth[at[3]]) / 4;
        if (d !== d) continue;
        const [p, q] = [minus(boxed[at[2]], boxed[at[0]]), minus(boxed[at[3]], boxed[at[1]])];
        const [nx, ny, nz] = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
        const normal = Math.hypot(nx, ny, nz) * size || 1;
        const bright = 0.62 + 0.38 * Math.abs((nx * light[0] + ny * light[1] + nz * light[2]) / normal);
        const value = (t.shade[at[0]] + t.shade[at[1]] + t.shade[at[2]] + t.shade[at[3]]) / 4;
        const f = (value - lo) / (hi - lo);
        const [r, g, b, alpha] = f === f ? rgba(css[Math.max(0, Math.min(255, f * 256 | 0))]) : [136, 136, 136, 0.5];
        faces.push({ t, at, d, px, py, depth, rgb: [r * bright, g * bright, b * bright], alpha });
      }
    }
  }
  return faces.sort((a, b) => a.d - b.d);
}

const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** A coarse map of how near the surfaces are, to tell what they hide. */
function depthMap(space, faces) {
  const { box } = space;
  const k = CELLS / Math.max(1, box.r - box.l);
  const rows = Math.max(1, Math.ceil((box.b - box.t) * k));
  const map = new Float32Array(CELLS * rows).fill(-Infinity);
  const triangle = (x, y, d, a, b, c) => {
    const [x0, y0, x1, y1, x2, y2] = [x[a], y[a], x[b], y[b], x[c], y[c]].map((v, i) => (v - (i % 2 ? box.t : box.l)) * k);
    const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
    if (!area) return;
    for (let j = Math.max(0, Math.floor(Math.min(y0, y1, y2))); j <= Math.min(rows - 1, Math.max(y0, y1, y2)); j++) {
      for (let i = Math.max(0, Math.floor(Math.min(x0, x1, x2))); i <= Math.min(CELLS - 1, Math.max(x0, x1, x2)); i++) {
        const p = ((x1 - i - 0.5) * (y2 - j - 0.5) - (x2 - i - 0.5) * (y1 - j - 0.5)) / area;
        const q = ((x2 - i - 0.5) * (y0 - j - 0.5) - (x0 - i - 0.5) * (y2 - j - 0.5)) / area;
        if (p < -0.05 || q < -0.05 || p + q > 1.05) continue;
        const near = p * d[a] + q * d[b] + (1 - p - q) * d[c];
        if (near > map[j * CELLS + i]) map[j * CELLS + i] = near;
      }
    }
  };
  for (const { at, px, py, depth } of faces) {
    triangle(px, py, depth, at[0], at[1], at[2]);
    triangle(px, py, depth, at[0], at[2], at[3]);
  }
  const slack = 0.05 * space.reach;   // a curve on a surface is not behind it
  return (x, y, d) => {
    const [i, j] = [Math.floor((x - box.l) * k), Math.floor((y - box.t) * k)];
    return i >= 0 && j >= 0 && i < CELLS && j < rows && map[j * CELLS + i] > d + slack;
  };
}

// --- the box -----------------------------------------------------------------------------------------------------------
// Its three far sides carry the grid; the numbers stand on the edges nearest to the reader.
function drawBox(ctx, space, scene) {
  const { sides, half, toward } = space;
  const { theme } = scene;
  const far = toward.map((v, k) => (v > 0 ? -half[k] : half[k]));
  const ticks = sides.map((s) => linearTicks(Math.min(s.lo, s.hi), Math.max(s.lo, s.hi), 4));
  const along = (k, v) => ((2 * (v - sides[k].lo)) / (sides[k].hi - sides[k].lo) - 1) * half[k];
  const stroke = (p, q) => { const [a, b] = [space.onSheet(p), space.onSheet(q)]; ctx.moveTo(a[0], a[1]); ctx.lineTo(b[0], b[1]); };
  ctx.lineWidth = Math.max(1, Math.round(scene.dpr)) / scene.dpr;
  ctx.strokeStyle = theme.grid;
  ctx.beginPath();
  for (let side = 0; side < 3; side++) {
    for (const run of [0, 1, 2]) {
      if (run === side || !sides[run].visible) continue;
      const other = 3 - side - run;
      for (const v of ticks[run].values) {
        const p = [0, 0, 0];
        p[side] = far[side];
        p[run] = along(run, v);
        const q = [...p];
        [p[other], q[other]] = [-half[other], half[other]];
        stroke(p, q);
      }
    }
  }
  ctx.stroke();
  const middle = space.onSheet([0, 0, 0]);
  const floor = toward[2] >= 0 ? -half[2] : half[2];
  const color = mix(theme.solid, theme.text, 0.78);
  const font = { family: scene.family, size: scene.tick };
  const taken = [];
  const jobs = [];
  sides.forEach((side, k) => {
    if (!side.visible) return;
    const near = far.map((v) => -v);
    // x and y on the near edge of the floor; z on the upright edge that is leftmost on the sheet.
    const at = k === 0 ? [0, near[1], floor] : k === 1 ? [near[0], 0, floor] : [[near[0], far[1], 0], [far[0], near[1], 0]].sort((a, b) => space.onSheet(a)[0] - space.onSheet(b)[0])[0];
    const point = (v) => { const p = [...at]; p[k] = v; return space.onSheet(p); };
    const [p, q] = [point(-half[k]), point(half[k])];
    let out = [q[1] - p[1], p[0] - q[0]];
    const n = Math.hypot(...out) || 1;
    const mid = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
    const sign = out[0] * (mid[0] - middle[0]) + out[1] * (mid[1] - middle[1]) < 0 ? -1 : 1;
    out = out.map((v) => (v / n) * sign);
    ctx.strokeStyle = mix(theme.solid, theme.text, 0.4);
    ctx.beginPath();
    ctx.moveTo(p[0], p[1]);
    ctx.lineTo(q[0], q[1]);
    ctx.stroke();
    const names = labels(ticks[k].values, ticks[k].step);
    const title = typeof side.opt.title === 'string' ? side.opt.title : side.opt.title?.text ?? '';
    const widest = Math.max(0, ...names.map((name) => measure(ctx, name, font).w));
    const away = 8 + Math.abs(out[0]) * widest + Math.abs(out[1]) * font.size * 1.25 + 4;
    if (title) jobs.unshift({ box: measure(ctx, title, { family: scene.family, size: scene.base }), x: mid[0] + out[0] * away, y: mid[1] + out[1] * away, out, color: theme.text });
    if (side.opt.showticklabels !== false) ticks[k].values.forEach((v, i) => { const [x, y] = point(along(k, v)); jobs.push({ box: measure(ctx, names[i], font), x: x + out[0] * 7, y: y + out[1] * 7, out, color }); });
  });
  // Titles first; a number that would lie on another text is left out.
  for (const { box, x, y, out, color: ink } of jobs) {
    const [ax, ay] = out.map((v) => 0.5 - 0.5 * Math.max(-1, Math.min(1, 1.6 * v)));
    const l = Math.max(2, Math.min(scene.w - box.w - 2, x - ax * box.w));
    const t = Math.max(1, Math.min(scene.h - box.h - 1, y - ay * box.h));
    if (taken.some((o) => l < o.r + 8 && o.l < l + box.w + 8 && t < o.b - 2 && o.t < t + box.h - 2)) continue;
    taken.push({ l, r: l + box.w, t, b: t + box.h });
    drawText(ctx, box, l, t, { ax: 0, ay: 0, color: ink });
  }
}

// --- lines, points, words -------------------------------------------------------------------------------------------------
function drawPath(ctx, t, scene, at, hidden) {
  const line = t.spec.line || {};
  const width = (line.width ?? 3) * scene.unit;
  if (!(width > 0)) return;
  const good = (i) => at[i][0] === at[i][0] && at[i][1] === at[i][1];
  ctx.strokeStyle = typeof line.color === 'string' ? line.color : t.color;
  ctx.lineWidth = width;
  ctx.lineJoin = 'round';
  for (const behind of [true, false]) {
    ctx.globalAlpha = (t.spec.opacity ?? 1) * (behind ? DIM : 1);
    ctx.beginPath();
    let open = false;
    for (let i = 1; i < t.n; i++) {
      const on = good(i - 1) && good(i) && hidden((at[i - 1][0] + at[i][0]) / 2, (at[i - 1][1] + at[i][1]) / 2, (at[i - 1][2] + at[i][2]) / 2) === behind;
      if (on && !open) ctx.moveTo(at[i - 1][0], at[i - 1][1]);
      if (on) ctx.lineTo(at[i][0], at[i][1]);
      open = on;
    }
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function drawPoints(ctx, t, scene, at, hidden) {
  const colors = scene.colorsOf(t, t.n);
  const order = Array.from({ length: t.n }, (_, i) => i).sort((a, b) => at[a][2] - at[b][2]);
  for (const i of order) {
    const [x, y, d] = at[i];
    if (!(x === x && y === y)) continue;
    ctx.globalAlpha = (t.spec.opacity ?? 1) * (pick(t.marker.opacity, i) ?? 1) * (hidden(x, y, d) ? DIM : 1);
    ctx.beginPath();
    outline(ctx, String(pick(t.marker.symbol, i) ?? 'circle'), x, y, ((pick(t.marker.size, i) ?? 6) * scene.unit) / 2);
    ctx.fillStyle = colors ? colors[i] : t.markerColor;
    ctx.fill();
    if (t.marker.line?.width > 0) {
      ctx.strokeStyle = t.marker.line.color || scene.theme.solid;
      ctx.lineWidth = t.marker.line.width * scene.unit;
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

function drawWords(ctx, t, scene, at, hidden) {
  for (let i = 0; i < t.n; i++) {
    const text = pick(t.spec.text, i);
    const [x, y, d] = at[i];
    if (text === undefined || text === null || text === '' || !(x === x && y === y)) continue;
    const where = String(pick(t.spec.textposition, i) ?? 'top center');
    const box = measure(ctx, String(text), { family: scene.family, size: scene.px(pick(t.spec.textfont?.size, i), scene.base * 0.92) });
    const away = t.mode.includes('markers') ? ((Number(pick(t.marker.size, i)) || 6) / 2 + 2) * scene.unit : 0;
    const [ax, dx] = /left/.test(where) ? [1, -away - 2] : /right/.test(where) ? [0, away + 2] : [0.5, 0];
    const [ay, dy] = /top/.test(where) ? [1, -away] : /bottom/.test(where) ? [0, away] : [0.5, 0];
    const l = Math.max(2, Math.min(scene.w - box.w - 2, x + dx - ax * box.w));
    const top = Math.max(1, Math.min(scene.h - box.h - 1, y + dy - ay * box.h));
    ctx.globalAlpha = hidden(x, y, d) ? 0.5 : 1;
    drawText(ctx, box, l, top, { ax: 0, ay: 0, color: pick(t.spec.textfont?.color, i) || scene.theme.text, halo: scene.theme.solid });
  }
  ctx.globalAlpha = 1;
}

export function drawSpace(ctx, space, scene) {
  drawBox(ctx, space, scene);
  const faces = (space.faces = facesOf(space));
  ctx.lineWidth = 0.7;
  ctx.lineJoin = 'round';
  for (const { t, at, px, py, rgb: [r, g, b], alpha } of faces) {
    ctx.globalAlpha = (t.spec.opacity ?? 1) * alpha;
    ctx.fillStyle = `rgb(${r | 0},${g | 0},${b | 0})`;
    ctx.beginPath();
    if (t.edge) {
      ctx.moveTo(px[at[0]], py[at[0]]);
      for (const k of [1, 2, 3]) ctx.lineTo(px[at[k]], py[at[k]]);
      ctx.closePath();
      ctx.fill();
      const [er, eg, eb] = t.edge;
      ctx.strokeStyle = `rgb(${(0.55 * r + 0.45 * er) | 0},${(0.55 * g + 0.45 * eg) | 0},${(0.55 * b + 0.45 * eb) | 0})`;
      ctx.stroke();
      continue;
    }
    // A little larger than it is: no seams, and a third of the cost of an edge line.
    const [mx, my] = [(px[at[0]] + px[at[1]] + px[at[2]] + px[at[3]]) / 4, (py[at[0]] + py[at[1]] + py[at[2]] + py[at[3]]) / 4];
    for (let k = 0; k < 4; k++) {
      const [dx, dy] = [px[at[k]] - mx, py[at[k]] - my];
      const grow = 0.6 / (Math.abs(dx) + Math.abs(dy) + 0.6);
      const [x, y] = [px[at[k]] + dx * grow, py[at[k]] + dy * grow];
      if (k) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
    }
    ctx.closePath();
    ctx.fill();
  }
  ctx.globalAlpha = 1;
  const rest = space.traces.filter((t) => t.kind === 'scatter3d');
  if (!rest.length) return;
  const hidden = faces.length ? depthMap(space, faces) : () => false;
  for (const t of rest) {
    t.at = Array.from({ length: t.n }, (_, i) => space.project([t.u[i], t.v[i], t.w[i]]));
    if (t.mode.includes('lines')) drawPath(ctx, t, scene, t.at, hidden);
  }
  for (const t of rest) if (t.mode.includes('markers')) drawPoints(ctx, t, scene, t.at, hidden);
  for (const t of rest) if (t.mode.includes('text')) drawWords(ctx, t, scene, t.at, hidden);
}

/**
 * What of a drawn space is under a pixel: a point within reach, else the nearest face there.
 * @returns {{t: object, i: number, px: number, py: number, place: number[], shade?: number}|null} place: x, y, z
 */
export function hitSpace(space, px, py, reach = 12) {
  let best = null;
  for (const t of space.traces) {
    if (t.kind !== 'scatter3d' || !t.at || t.spec.hoverinfo === 'skip') continue;
    t.at.forEach(([x, y], i) => {
      const distance = Math.hypot(x - px, y - py);
      if (distance <= (best?.distance ?? reach)) best = { t, i, px: x, py: y, distance, place: [t.u[i], t.v[i], t.w[i]] };
    });
  }
  if (best) return best;
  for (let k = (space.faces?.length ?? 0) - 1; k >= 0; k--) {
    const { t, at, px: xs, py: ys } = space.faces[k];
    if (t.spec.hoverinfo === 'skip') continue;
    for (const [a, b, c] of [[at[0], at[1], at[2]], [at[0], at[2], at[3]]]) {
      const area = (xs[b] - xs[a]) * (ys[c] - ys[a]) - (xs[c] - xs[a]) * (ys[b] - ys[a]);
      const p = ((xs[b] - px) * (ys[c] - py) - (xs[c] - px) * (ys[b] - py)) / area;
      const q = ((xs[c] - px) * (ys[a] - py) - (xs[a] - px) * (ys[c] - py)) / area;
      if (!(p >= 0 && q >= 0 && p + q <= 1)) continue;
      const blend = (list) => p * list[a] + q * list[b] + (1 - p - q) * list[c];
      return { t, i: a, px, py, place: [blend(t.u), blend(t.v), blend(t.w)], shade: blend(t.shade) };
    }
  }
  return null;
}
