// Markers and their texts. A cloud of small markers is not drawn by the canvas but stamped into a pixel
// layer, by a mask made once per symbol and size: thousands of arcs a frame cost too much.
import { table } from '../../base/colors.js';
import { column } from '../axes/axes.js';
import { pixels } from './lines.js';
import { limits } from './raster.js';
import { drawText, measure } from '../text.js';

const pick = (v, i) => (column(v) ? v[i] : v);
const TAU = 2 * Math.PI;
const MOST_SHAPES = 20_000; // markers that a file of shapes can bear

function polygon(ctx, points, x, y, r) {
  points.forEach(([a, b], i) => (i ? ctx.lineTo(x + a * r, y + b * r) : ctx.moveTo(x + a * r, y + b * r)));
  ctx.closePath();
}

const star = Array.from({ length: 10 }, (_, k) => {
  const r = k % 2 ? 0.58 : 1.4;
  return [r * Math.sin((k * TAU) / 10), -r * Math.cos((k * TAU) / 10)];
});
const plus = [[-1.1, -0.4], [-0.4, -0.4], [-0.4, -1.1], [0.4, -1.1], [0.4, -0.4], [1.1, -0.4], [1.1, 0.4], [0.4, 0.4],
  [0.4, 1.1], [-0.4, 1.1], [-0.4, 0.4], [-1.1, 0.4]];
const turned = plus.map(([a, b]) => [(a - b) * Math.SQRT1_2, (a + b) * Math.SQRT1_2]);
const SHAPES = {
  square: [[-0.92, -0.92], [0.92, -0.92], [0.92, 0.92], [-0.92, 0.92]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  'triangle-up': [[0, -1.15], [1.1, 0.75], [-1.1, 0.75]],
  'triangle-down': [[0, 1.15], [1.1, -0.75], [-1.1, -0.75]],
  cross: plus,
  x: turned,
  star,
};

/** Add the outline of a symbol of radius r to the path. Unknown symbols are circles. */
export function outline(ctx, symbol, x, y, r) {
  const points = SHAPES[symbol];
  if (points) polygon(ctx, points, x, y, r);
  else {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, TAU);
  }
}

// --- stamps ----------------------------------------------------------------------------------------------------
const PHASES = 4;   // a stamp sits on whole pixels; quarters of a pixel are stamps of their own
const stamps = new Map();
let pen = null;

function coverage(side, draw) {
  pen ||= new OffscreenCanvas(128, 128).getContext('2d', { willReadFrequently: true });
  pen.clearRect(0, 0, side, side);
  pen.fillStyle = pen.strokeStyle = '#000';
  pen.beginPath();
  draw(pen);
  const { data } = pen.getImageData(0, 0, side, side);
  return Uint8Array.from({ length: side * side }, (_, i) => data[4 * i + 3]);
}

// Two masks, of the body and of the edge line, so that colours need no stamps of their own.
function stampOf(symbol, size, lw, open, phase) {
  const key = `${symbol}|${size}|${lw}|${open}|${phase}`;
  let hit = stamps.get(key);
  if (hit) return hit;
  const half = Math.ceil(size * 0.72 + lw) + 1;
  const side = 2 * half + 1;
  const cx = half + ((phase % PHASES) + 0.5) / PHASES;
  const cy = half + (Math.floor(phase / PHASES) + 0.5) / PHASES;
  const body = open ? null : coverage(side, (c) => { outline(c, symbol, cx, cy, size / 2); c.fill(); });
  const edge = lw ? coverage(side, (c) => { c.lineWidth = lw; outline(c, symbol, cx, cy, size / 2); c.stroke(); }) : null;
  // Only the pixels that are touched, as offsets from the middle.
  const list = [];
  for (let k = 0; k < side * side; k++) {
    if (body?.[k] || edge?.[k]) list.push((k % side) - half, Math.floor(k / side) - half, body?.[k] ?? 0, edge?.[k] ?? 0);
  }
  hit = { half, list: Int16Array.from(list) };
  if (stamps.size > 2000) stamps.clear();
  stamps.set(key, hit);
  return hit;
}

let layer = null;

function layerFor(w, h) {
  if (!layer || layer.w < w || layer.h < h) {
    const [lw, lh] = [Math.max(w, layer?.w || 0), Math.max(h, layer?.h || 0)];
    const canvas = new OffscreenCanvas(lw, lh);
    const ctx = canvas.getContext('2d', { willReadFrequently: true });
    const image = ctx.createImageData(lw, lh);
    layer = { w: lw, h: lh, canvas, ctx, image, words: new Uint32Array(image.data.buffer) };
  }
  return layer;
}

// Lay a colour over a pixel that may itself be transparent; channels are not premultiplied.
function blend(words, at, r, g, b, alpha) {
  const old = words[at];
  const oldA = old >>> 24;
  if (alpha >= 254.5 || oldA === 0) {
    words[at] = (Math.round(alpha) << 24 | b << 16 | g << 8 | r) >>> 0;
    return;
  }
  const keep = oldA * (1 - alpha / 255);
  const sum = alpha + keep;
  const f = alpha / sum;
  const q = 1 - f;
  words[at] = (Math.round(sum) << 24 | ((b * f + (old >> 16 & 255) * q + 0.5) | 0) << 16
    | ((g * f + (old >> 8 & 255) * q + 0.5) | 0) << 8 | ((r * f + (old & 255) * q + 0.5) | 0)) >>> 0;
}

function stampAll(ctx, t, scene, style, xs, ys) {
  const { dpr } = scene;
  const { box } = t.sub;
  const [left, top] = [Math.floor(box.l * dpr), Math.floor(box.t * dpr)];
  const [w, h] = [Math.ceil(box.r * dpr) - left, Math.ceil(box.b * dpr) - top];
  if (w < 1 || h < 1) return;
  const to = layerFor(w, h);
  const { words } = to;
  const pitch = to.w;
  // Clear only what the clip will let through.
  for (let j = 0; j < h; j++) words.fill(0, j * pitch, j * pitch + w);
  let lastKey = null;
  let set = [];
  for (let i = 0; i < t.n; i++) {
    const [fx, fy] = [xs[i] * dpr - left, ys[i] * dpr - top];
    if (!(fx > -40 && fy > -40 && fx < w + 40 && fy < h + 40)) continue;
    const { symbol, open, size, lw } = style.shape(i);
    const key = style.fixedShape ? 1 : `${symbol}${size}${lw}`;
    if (key !== lastKey) { set = []; lastKey = key; }
    const [ix, iy] = [Math.floor(fx), Math.floor(fy)];
    const phase = ((fx - ix) * PHASES | 0) + PHASES * ((fy - iy) * PHASES | 0);
    const stamp = (set[phase] ||= stampOf(symbol, size, lw, open, phase));
    const { list, half } = stamp;
    const safe = ix >= half && iy >= half && ix + half < w && iy + half < h;
    const alpha = style.alpha(i);
    const [r, g, b, a] = style.fill(i);
    const [er, eg, eb, ea] = lw ? style.edge(i) : [0, 0, 0, 0];
    for (let k = 0; k < list.length; k += 4) {
      const [x, y] = [ix + list[k], iy + list[k + 1]];
      if (!safe && (x < 0 || y < 0 || x >= w || y >= h)) continue;
      const at = y * pitch + x;
      if (list[k + 2]) blend(words, at, r, g, b, list[k + 2] * a * alpha);
      if (list[k + 3]) blend(words, at, er, eg, eb, list[k + 3] * ea * alpha);
    }
  }
  to.ctx.putImageData(to.image, 0, 0, 0, 0, w, h);
  ctx.drawImage(to.canvas, 0, 0, w, h, left / dpr, top / dpr, w / dpr, h / dpr);
}

// --- style ---------------------------------------------------------------------------------------------------------
/** Colours of a numeric or listed marker.color, or null where one colour serves all. */
export function markerColors(t, scene, n) {
  const marker = t.marker;
  const list = column(marker.color);
  if (!list || !list.length) return null;
  if (typeof list[0] === 'string') return Array.from({ length: n }, (_, i) => list[i] ?? t.color);
  t.limits = limits(list, marker.cmin, marker.cmax, marker.cmid);
  const { css } = table(marker.colorscale, marker.reversescale);
  const [lo, hi] = t.limits;
  return Array.from({ length: n }, (_, i) => {
    const f = (list[i] - lo) / (hi - lo);
    return f === f ? css[Math.max(0, Math.min(255, f * 256 | 0))] : 'rgba(128,128,128,0.5)';
  });
}

function styleOf(t, scene) {
  const { marker } = t;
  const ref = marker.sizeref > 0 ? marker.sizeref : 1;
  const area = marker.sizemode === 'area';
  const diameter = (s) => Math.max(+marker.sizemin || 0, area ? Math.sqrt(Math.max(0, s) / ref) : s / ref) * scene.unit;
  const colors = markerColors(t, scene, t.n);
  const one = scene.rgba(t.markerColor);
  const line = marker.line || {};
  const fixedShape = !column(marker.size) && !column(marker.symbol) && !column(line.width);
  const shape = (i) => {
    const name = String(pick(marker.symbol, i) ?? 'circle');
    const open = name.includes('-open');
    const size = diameter(Number(pick(marker.size, i) ?? 6));
    return {
      symbol: name.replace(/-open|-dot/g, ''), open, size,
      lw: open ? Math.max(1.4, pick(line.width, i) ?? 0) * scene.unit : (pick(line.width, i) ?? 0) * scene.unit,
    };
  };
  // For stamps: in device pixels, sizes to the half pixel so that they can be shared.
  const device = (s) => ({ ...s, size: Math.max(1, Math.round(2 * s.size * scene.dpr) / 2), lw: Math.round(s.lw * scene.dpr * 4) / 4 });
  const same = fixedShape ? shape(0) : null;
  const sameDevice = same && device(same);
  const base = t.spec.opacity ?? 1;
  return {
    fixedShape,
    shapeCss: same ? () => same : shape,
    shape: sameDevice ? () => sameDevice : (i) => device(shape(i)),
    css: (i) => (colors ? colors[i] : t.markerColor),
    fill: colors ? (i) => scene.rgba(colors[i]) : () => one,
    edgeCss: (i) => (same ?? shape(i)).open ? (colors ? colors[i] : t.markerColor) : pick(line.color, i) || scene.theme.background || '#fff',
    edge: (i) => scene.rgba((same ?? shape(i)).open ? (colors ? colors[i] : t.markerColor) : pick(line.color, i) || scene.theme.background || '#fff'),
    alpha: (i) => base * (pick(marker.opacity, i) ?? 1),
  };
}

export function drawMarkers(ctx, t, scene) {
  if (!t.n) return;
  const style = styleOf(t, scene);
  const [xs, ys] = pixels(t);
  let biggest = t.n > 60 ? style.shape(0).size : Infinity;
  if (!style.fixedShape) for (let i = 1; i < t.n; i++) biggest = Math.max(biggest, style.shape(i).size);
  if (biggest <= 40 && !(ctx.vector && t.n <= MOST_SHAPES)) {
    stampAll(ctx, t, scene, style, xs, ys);
    return;
  }
  for (let i = 0; i < t.n; i++) {
    const [x, y] = [xs[i], ys[i]];
    if (!(x === x && y === y)) continue;
    const { symbol, open, size, lw } = style.shapeCss(i);
    if (!(size > 0)) continue;
    ctx.globalAlpha = style.alpha(i);
    ctx.beginPath();
    outline(ctx, symbol, x, y, size / 2);
    if (!open) {
      ctx.fillStyle = style.css(i);
      ctx.fill();
    }
    if (lw > 0) {
      ctx.strokeStyle = style.edgeCss(i);
      ctx.lineWidth = lw;
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/**
 * Texts at points; textposition says on which side of the point they stand. They may leave the box of the
 * subplot but not the figure: a label at the end of a curve is read, not cut.
 */
export function drawTexts(ctx, t, scene) {
  const { spec } = t;
  if (spec.text === undefined || spec.text === null) return;
  const [xs, ys] = pixels(t);
  const { box: frame } = t.sub;
  const away = t.mode.includes('markers') ? (Number(column(t.marker.size) ? 8 : t.marker.size ?? 6) / 2 + 2) * scene.unit : 0;
  ctx.globalAlpha = spec.opacity ?? 1;
  for (let i = 0; i < t.n; i++) {
    const text = pick(spec.text, i);
    if (text === null || text === undefined || text === '') continue;
    if (!(xs[i] >= frame.l - 1 && xs[i] <= frame.r + 1 && ys[i] >= frame.t - 1 && ys[i] <= frame.b + 1)) continue;
    const where = String(pick(spec.textposition, i) ?? 'middle center');
    const font = { family: scene.family, size: scene.px(pick(spec.textfont?.size, i), scene.base * 0.92) };
    const box = measure(ctx, String(text), font);
    const ax = /left/.test(where) ? 1 : /right/.test(where) ? 0 : 0.5;
    const ay = /top/.test(where) ? 1 : /bottom/.test(where) ? 0 : 0.5;
    const side = /left/.test(where) ? -1 : /right/.test(where) ? 1 : 0;
    const rise = /top/.test(where) ? -1 : /bottom/.test(where) ? 1 : 0;
    const left = xs[i] + side * (away + 2) - ax * box.w;
    const x = Math.max(2, Math.min(scene.w - box.w - 2, left)) + ax * box.w;
    const [l, top, rim] = [x - ax * box.w, Math.max(1, Math.min(scene.h - box.h - 1, ys[i] + rise * away - ay * box.h)), box.step * 0.16];
    // A text beside its point keeps the lines away from its letters; one on a marker has that as its ground.
    const crossed = away && !side && !rise ? false : t.n <= 120 && scene.crossed({ l, r: l + box.w, t: top + rim, b: top + box.h - rim });
    drawText(ctx, box, x, top + ay * box.h, { ax, ay, halo: crossed ? scene.layout.plot_bgcolor || scene.theme.solid : null, color: pick(spec.textfont?.color, i) || scene.theme.text });
  }
  ctx.globalAlpha = 1;
}
