// Pictures made of cells: heat maps, images, and the colour bar beside them.
import { table } from '../../base/colors.js';
import { column } from '../axes/axes.js';

const flattened = new WeakMap();

/**
 * z as one flat array.
 * @param {ArrayLike<number>|number[][]} z flat with .shape, or rows
 * @returns {{rows: number, cols: number, values: ArrayLike<number>}}
 */
export function gridOf(z, transpose) {
  if (!column(z)) throw new TypeError('z must be a list of rows');
  let grid = flattened.get(z);
  if (!grid) {
    if (z.shape) grid = { rows: z.shape[0], cols: z.shape[1] ?? 1, values: z };
    else {
      const rows = z.length;
      const cols = Math.max(0, ...Array.from(z, (r) => column(r)?.length ?? 0));
      const values = new Float64Array(rows * cols).fill(NaN);
      for (let i = 0; i < rows; i++) {
        const row = column(z[i]) || [];
        for (let j = 0; j < row.length; j++) values[i * cols + j] = row[j] === null ? NaN : row[j];
      }
      grid = { rows, cols, values };
    }
    flattened.set(z, grid);
  }
  if (!transpose) return grid;
  const { rows, cols, values } = grid;
  const turned = Float64Array.from({ length: rows * cols }, (_, k) => values[(k % rows) * cols + Math.floor(k / rows)]);
  return { rows: cols, cols: rows, values: turned };
}

/** An H x W x 3 or 4 picture as one flat array with its number of channels. */
export function imageGrid(z) {
  if (!column(z)) throw new TypeError('z of an image must be an array of pixels');
  let grid = flattened.get(z);
  if (!grid) {
    if (z.shape) grid = { rows: z.shape[0], cols: z.shape[1], depth: z.shape[2] ?? 1, values: z };
    else grid = { rows: z.length, cols: z[0].length, depth: z[0][0].length, values: Float64Array.from(z.flat(2)) };
    if (grid.depth !== 3 && grid.depth !== 4) throw new TypeError(`an image has 3 or 4 channels, not ${grid.depth}`);
    flattened.set(z, grid);
  }
  return grid;
}

/** The n + 1 borders of n cells along an axis, on the linear scale, from centres, borders or nothing. */
export function cellEdges(values, n, axis, start, step) {
  if (!values || axis.type === 'category') {
    const from = Number.isFinite(+start) && start !== null ? +start : 0;
    const by = Number.isFinite(+step) && step ? +step : 1;
    return Float64Array.from({ length: n + 1 }, (_, i) => axis.type === 'log' ? axis.lin(from + by * i) : from + by * (i - 0.5));
  }
  const c = axis.column(values);
  if (c.length > n) return c;
  const edges = new Float64Array(n + 1);
  for (let i = 1; i < n; i++) edges[i] = (c[i - 1] + c[i]) / 2;
  const half = n > 1 ? 1 : 0;
  edges[0] = half ? c[0] - (c[1] - c[0]) / 2 : c[0] - 0.5;
  edges[n] = half ? c[n - 1] + (c[n - 1] - c[n - 2]) / 2 : c[0] + 0.5;
  return edges;
}

/** Limits of a colour scale: given, symmetric about a middle, or those of the values. */
export function limits(values, min, max, mid) {
  let lo = Number.isFinite(min) ? min : Infinity;
  let hi = Number.isFinite(max) ? max : -Infinity;
  if (!Number.isFinite(min) || !Number.isFinite(max)) {
    let [a, b] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (v < a && v !== -Infinity) a = v;
      if (v > b && v !== Infinity) b = v;
    }
    if (!Number.isFinite(min)) lo = a;
    if (!Number.isFinite(max)) hi = b;
    if (Number.isFinite(mid)) {
      const reach = Math.max(hi - mid, mid - lo);
      [lo, hi] = [mid - reach, mid + reach];
    }
  }
  if (!(hi >= lo)) return [0, 1];
  return hi > lo ? [lo, hi] : [lo - 0.5, hi + 0.5];
}

const painted = new WeakMap();

function surface(rows, cols) {
  // One small canvas per z array: zooming and hovering do not colour the cells again.
  const canvas = new OffscreenCanvas(cols, rows);
  return { canvas, ctx: canvas.getContext('2d', { willReadFrequently: true }) };
}

function cells(t) {
  const { rows, cols, values, depth } = t.grid;
  const { spec } = t;
  const key = depth ? 'image' : `${t.limits}|${spec.reversescale}|${JSON.stringify(spec.colorscale ?? '')}`;
  const hit = painted.get(values);
  if (hit?.key === key) return hit.canvas;
  const { canvas, ctx } = hit || surface(rows, cols);
  const image = ctx.createImageData(cols, rows);
  if (depth) {
    const out = image.data;
    for (let i = 0, j = 0; i < rows * cols; i++, j += depth) {
      out[4 * i] = values[j];
      out[4 * i + 1] = values[j + 1];
      out[4 * i + 2] = values[j + 2];
      out[4 * i + 3] = depth === 4 ? values[j + 3] : 255;
    }
  } else {
    const out = new Uint32Array(image.data.buffer);
    const { words } = table(spec.colorscale, spec.reversescale);
    const [lo, hi] = t.limits;
    const k = 256 / (hi - lo);
    for (let i = 0; i < out.length; i++) {
      const v = values[i];
      // NaN fails both comparisons and stays transparent.
      if (v >= hi) out[i] = words[255];
      else if (v < lo) out[i] = words[0];
      else if (v === v) out[i] = words[(v - lo) * k | 0];
    }
  }
  ctx.putImageData(image, 0, 0);
  painted.set(values, { key, canvas, ctx });
  return canvas;
}

const evenly = (e) => {
  const step = (e[e.length - 1] - e[0]) / (e.length - 1);
  for (let i = 1; i < e.length; i++) if (Math.abs(e[i] - e[0] - i * step) > Math.abs(step) * 0.01) return false;
  return true;
};

// Cells of unequal size: look up the cell of every device pixel in the box.
function uneven(ctx, t, source, box, dpr) {
  const [w, h] = [Math.round((box.r - box.l) * dpr), Math.round((box.b - box.t) * dpr)];
  if (w < 1 || h < 1) return;
  const find = (edges, u) => {
    const up = edges[edges.length - 1] > edges[0];
    for (let i = 0; i < edges.length - 1; i++) {
      if (up ? u >= edges[i] && u < edges[i + 1] : u <= edges[i] && u > edges[i + 1]) return i;
    }
    return -1;
  };
  const { rows, cols } = t.grid;
  const from = new Uint32Array(source.getContext('2d').getImageData(0, 0, cols, rows).data.buffer);
  const xs = Int32Array.from({ length: w }, (_, i) => find(t.ue, t.x.at(box.l + (i + 0.5) / dpr)));
  const ys = Int32Array.from({ length: h }, (_, i) => find(t.ve, t.y.at(box.t + (i + 0.5) / dpr)));
  const layer = surface(h, w);
  const image = layer.ctx.createImageData(w, h);
  const out = new Uint32Array(image.data.buffer);
  for (let j = 0; j < h; j++) {
    if (ys[j] < 0) continue;
    for (let i = 0; i < w; i++) if (xs[i] >= 0) out[j * w + i] = from[ys[j] * cols + xs[i]];
  }
  layer.ctx.putImageData(image, 0, 0);
  ctx.drawImage(layer.canvas, box.l, box.t, w / dpr, h / dpr);
}

export function drawRaster(ctx, t, scene) {
  const { rows, cols } = t.grid;
  if (!rows || !cols) return;
  const source = cells(t);
  ctx.save();
  ctx.globalAlpha = t.spec.opacity ?? 1;
  ctx.imageSmoothingEnabled = t.spec.zsmooth === 'best' || t.spec.zsmooth === 'fast';
  if (evenly(t.ue) && evenly(t.ve)) {
    const snap = (v) => Math.round(v * scene.dpr) / scene.dpr;
    const [x0, x1] = [t.x.px(t.ue[0]), t.x.px(t.ue[cols])].map(snap);
    const [y0, y1] = [t.y.px(t.ve[0]), t.y.px(t.ve[rows])].map(snap);
    // The sign of the scale turns the rows over where the axis runs upwards.
    ctx.translate(x0, y0);
    ctx.scale((x1 - x0) / cols, (y1 - y0) / rows);
    ctx.drawImage(source, 0, 0);
  } else {
    uneven(ctx, t, source, t.sub.box, scene.dpr);
  }
  ctx.restore();
  if (t.spec.xgap > 0 || t.spec.ygap > 0) gaps(ctx, t, scene);
}

// Cells apart: strips of the ground over the borders between them.
function gaps(ctx, t, scene) {
  ctx.fillStyle = scene.layout.plot_bgcolor || scene.theme.solid;
  const [l, r, top, b] = [t.x.px(t.ue[0]), t.x.px(t.ue.at(-1)), t.y.px(t.ve[0]), t.y.px(t.ve.at(-1))];
  for (const [edges, axis, gap] of [[t.ue, t.x, t.spec.xgap], [t.ve, t.y, t.spec.ygap]]) {
    const width = gap * scene.unit;
    if (!(width > 0)) continue;
    for (let k = 1; k < edges.length - 1; k++) {
      const at = axis.px(edges[k]) - width / 2;
      if (axis === t.x) ctx.fillRect(at, Math.min(top, b), width, Math.abs(b - top));
      else ctx.fillRect(Math.min(l, r), at, Math.abs(r - l), width);
    }
  }
}

/** The cell under a place on the linear scale, or null. */
export function cellAt(t, u, v) {
  const inside = (edges, w) => {
    for (let i = 0; i < edges.length - 1; i++) if ((w >= edges[i]) !== (w >= edges[i + 1])) return i;
    return -1;
  };
  const [j, i] = [inside(t.ue, u), inside(t.ve, v)];
  return i < 0 || j < 0 ? null : { i, j, k: i * t.grid.cols + j };
}
