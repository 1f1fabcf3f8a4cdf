// Lines, filled areas and error bars.
import { fade } from '../../base/colors.js';
import { column } from '../axes/axes.js';

const FAR = 20000;   // the canvas loses precision far outside its box
const clamp = (v) => (v > FAR ? FAR : v < -FAR ? -FAR : v);

let bufX = new Float32Array(4096);
let bufY = new Float32Array(4096);

/** Pixel positions of a trace in buffers shared by all traces: valid until the next call. */
export function pixels(t) {
  const { n, u, v } = t;
  if (bufX.length < n) {
    bufX = new Float32Array(2 * n);
    bufY = new Float32Array(2 * n);
  }
  const [fx, rx, kx] = [t.x.from, t.x.range[0], t.x.scale];
  const [fy, ry, ky] = [t.y.from, t.y.range[0], t.y.scale];
  for (let i = 0; i < n; i++) {
    bufX[i] = clamp(fx + (u[i] - rx) * kx);
    bufY[i] = clamp(fy + (v[i] - ry) * ky);
  }
  return [bufX, bufY];
}

const DASHES = {
  dot: [1, 1.4], dash: [3.2, 2.4], longdash: [6, 3], dashdot: [3.2, 2, 1, 2], longdashdot: [6, 2.4, 1, 2.4],
};

/** The dash pattern of a plotly dash name or list, for a line of this width. */
export function dashOf(dash, width) {
  if (!dash || dash === 'solid') return [];
  const named = DASHES[dash];
  if (named) return named.map((d) => d * Math.max(2, width));
  const list = String(dash).split(/[\s,]+/).map(parseFloat);
  return list.every((d) => d >= 0) && list.some((d) => d > 0) ? list : [];
}

// Where many points share a pixel column, their first, lowest, highest and last draw the same picture.
function packed(ctx, xs, ys, from, to) {
  let i = from;
  while (i < to) {
    const cell = Math.floor(xs[i]);
    let [low, high] = [ys[i], ys[i]];
    let j = i + 1;
    for (; j < to && Math.floor(xs[j]) === cell; j++) {
      if (ys[j] < low) low = ys[j];
      else if (ys[j] > high) high = ys[j];
    }
    if (i === from) ctx.moveTo(xs[i], ys[i]);
    else ctx.lineTo(xs[i], ys[i]);
    if (j - i > 2) {
      ctx.lineTo(xs[i], low);
      ctx.lineTo(xs[i], high);
    }
    if (j - i > 1) ctx.lineTo(xs[j - 1], ys[j - 1]);
    i = j;
  }
}

/** Add points [from, to) to the path, leaving out steps too small to see. */
function run(ctx, xs, ys, from, to, steps, dense) {
  if (dense && !steps) {
    packed(ctx, xs, ys, from, to);
    return;
  }
  let [px, py] = [xs[from], ys[from]];
  ctx.moveTo(px, py);
  if (to - from === 1) ctx.lineTo(px, py);
  for (let i = from + 1; i < to; i++) {
    const [x, y] = [xs[i], ys[i]];
    if (Math.abs(x - px) + Math.abs(y - py) < 0.4 && i < to - 1) continue;
    if (steps === 'hv') ctx.lineTo(x, py);
    else if (steps === 'vh') ctx.lineTo(px, y);
    ctx.lineTo(x, y);
    px = x;
    py = y;
  }
}

/** Call f(from, to) for each stretch without NaN. */
function stretches(n, xs, ys, f) {
  let from = -1;
  for (let i = 0; i <= n; i++) {
    const good = i < n && xs[i] === xs[i] && ys[i] === ys[i];
    if (good && from < 0) from = i;
    else if (!good && from >= 0) {
      f(from, i);
      from = -1;
    }
  }
}

/**
 * Segments with widths and colours of their own (`meta.widths`, `meta.colors`): one value for each pair of neighbouring points
 * without a gap between them, or one for each stretch between gaps.
 */
function drawSegments(ctx, t, scene) {
  const { spec, n } = t;
  const [widths, colors] = [column(spec.meta.widths), column(spec.meta.colors)];
  const [xs, ys] = pixels(t);
  const own = typeof spec.line?.color === 'string' ? spec.line.color : t.color;
  let [pieces, pairs] = [0, 0];
  stretches(n, xs, ys, (from, to) => { pieces += 1; pairs += to - from - 1; });
  const given = (widths || colors).length;
  const byPiece = given === pieces && given !== pairs;
  ctx.globalAlpha = spec.opacity ?? 1;
  ctx.lineJoin = 'round';
  let [piece, pair] = [0, 0];
  stretches(n, xs, ys, (from, to) => {
    ctx.lineCap = to - from > 2 ? 'round' : 'butt';
    for (let i = from; i < to - 1; i++, pair++) {
      const k = byPiece ? piece : pair;
      const width = (widths ? widths[k] ?? 0 : spec.line?.width ?? 2) * scene.unit;
      if (!(width > 0)) continue;
      ctx.strokeStyle = colors?.[k] ?? own;
      ctx.lineWidth = width;
      ctx.setLineDash(dashOf(spec.line?.dash, width));
      ctx.beginPath();
      ctx.moveTo(xs[i], ys[i]);
      ctx.lineTo(xs[i + 1], ys[i + 1]);
      ctx.stroke();
    }
    piece += 1;
  });
  ctx.setLineDash([]);
  ctx.lineCap = 'butt';
  ctx.globalAlpha = 1;
}

export function drawLines(ctx, t, scene) {
  const { spec, n } = t;
  if (column(spec.meta?.widths) || column(spec.meta?.colors)) {
    drawSegments(ctx, t, scene);
    return;
  }
  const line = spec.line || {};
  let width = (line.width ?? 2) * scene.unit;
  if (!(width > 0) || !n) return;
  const [xs, ys] = pixels(t);
  // The rasteriser is ten times faster on lines of one device pixel: thin lines of many points take it.
  if (n > 1500 && width * scene.dpr <= 1.3) width = 1 / scene.dpr;
  const color = typeof line.color === 'string' ? line.color : t.color;
  const alpha = spec.opacity ?? 1;
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.lineJoin = n > 2500 ? 'bevel' : 'round';
  ctx.lineCap = 'butt';
  ctx.setLineDash(dashOf(line.dash, width));
  const steps = line.shape === 'hv' || line.shape === 'vh' ? line.shape : null;
  const dense = n > 3 * (t.sub.box.r - t.sub.box.l);
  // Wide opaque lines are cheaper stroked stretch by stretch; transparent ones would show their crossings.
  const whole = width * scene.dpr <= 1 || alpha * scene.rgba(color)[3] < 1;
  ctx.beginPath();
  stretches(n, xs, ys, (from, to) => {
    if (!whole) ctx.beginPath();
    run(ctx, xs, ys, from, to, steps, dense);
    if (!whole) ctx.stroke();
  });
  if (whole) ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

/**
 * The area of a trace: closed on itself, down to zero, or back along the trace before it.
 * @param {object|null} before the previous scatter trace of the subplot
 */
export function drawFill(ctx, t, scene, before) {
  const { spec, n } = t;
  if (!n) return;
  const line = spec.line || {};
  const steps = line.shape === 'hv' || line.shape === 'vh' ? line.shape : null;
  ctx.globalAlpha = spec.opacity ?? 1;
  ctx.fillStyle = spec.fillcolor || fade(typeof line.color === 'string' ? line.color : t.color, 0.25);
  const dense = n > 3 * (t.sub.box.r - t.sub.box.l);
  if (spec.fill === 'tonexty' && before?.n) {
    const back = pixels(before).map((b) => b.slice(0, before.n));
    const [xs, ys] = pixels(t);
    ctx.beginPath();
    let begun = false;
    const to = (x, y) => { if (x === x && y === y) { if (begun) ctx.lineTo(x, y); else ctx.moveTo(x, y); begun = true; } };
    for (let i = 0; i < n; i++) {
      if (steps && i) to(steps === 'hv' ? xs[i] : xs[i - 1], steps === 'hv' ? ys[i - 1] : ys[i]);
      to(xs[i], ys[i]);
    }
    for (let i = before.n - 1; i >= 0; i--) {
      to(back[0][i], back[1][i]);
      if (steps && i) to(steps === 'hv' ? back[0][i] : back[0][i - 1], steps === 'hv' ? back[1][i - 1] : back[1][i]);
    }
    ctx.fill();
  } else {
    const [xs, ys] = pixels(t);
    const zero = t.y.type === 'log' ? t.y.from : clamp(t.y.px(0));
    ctx.beginPath();
    stretches(n, xs, ys, (from, to) => {
      run(ctx, xs, ys, from, to, steps, dense && spec.fill !== 'toself');
      if (spec.fill !== 'toself') {
        ctx.lineTo(xs[to - 1], zero);
        ctx.lineTo(xs[from], zero);
      }
      ctx.closePath();
    });
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/** How far error bars reach down: as far as up, unless that is given and nobody says that both are the same. */
export const belowOf = (err) => (err.symmetric !== true && column(err.arrayminus)) || err.array;

/**
 * Symmetric (or arrayminus) error bars.
 * @param {(i: number) => [number, number]} at the point on the linear scale
 */
export function errorBars(ctx, t, scene, at, fallback) {
  for (const [key, axis] of [['error_y', t.y], ['error_x', t.x]]) {
    const err = t.spec[key];
    const array = err && err.visible !== false && column(err.array);
    if (!array) continue;
    const below = belowOf(err);
    const cap = (err.width ?? (t.n > 60 ? 0 : 4)) * scene.unit;
    ctx.strokeStyle = err.color || fallback;
    ctx.lineWidth = (err.thickness ?? 1.5) * scene.unit;
    ctx.beginPath();
    for (let i = 0; i < t.n; i++) {
      const [u, v] = at(i);
      const x = t.x.px(u);
      const y = t.y.px(v);
      const c = axis.value(axis === t.y ? v : u);
      const up = axis.px(axis.lin(c + array[i]));
      const low = axis.lin(c - below[i]);
      // On a log axis the lower end may fall below zero: then the bar runs off the picture.
      const down = Number.isFinite(low) ? axis.px(low) : axis.from;
      if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(up))) continue;
      for (const to of [up, down]) {
        if (axis === t.y) {
          ctx.moveTo(x, y);
          ctx.lineTo(x, clamp(to));
          if (cap) { ctx.moveTo(x - cap, clamp(to)); ctx.lineTo(x + cap, clamp(to)); }
        } else {
          ctx.moveTo(x, y);
          ctx.lineTo(clamp(to), y);
          if (cap) { ctx.moveTo(clamp(to), y - cap); ctx.lineTo(clamp(to), y + cap); }
        }
      }
    }
    ctx.stroke();
  }
}
