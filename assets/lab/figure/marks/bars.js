// Bars: where they stand beside and on each other, and how they are drawn.
import { inkOn } from '../../base/colors.js';
import { column } from '../axes/axes.js';
import { errorBars } from './lines.js';
import { drawText, measure } from '../text.js';

const pick = (v, i) => (column(v) ? v[i] : v);

function smallestGap(positions) {
  const sorted = [...new Set(positions.filter(Number.isFinite))].sort((a, b) => a - b);
  let gap = Infinity;
  for (let i = 1; i < sorted.length; i++) gap = Math.min(gap, sorted[i] - sorted[i - 1]);
  return Number.isFinite(gap) ? gap : 1;
}

/**
 * Give every bar its two edges along the position axis (p0, p1) and its two ends along the value axis
 * (v0, v1), all on the linear scale.
 * @param {object[]} traces the bar traces of one subplot
 * @param {object} layout for barmode, bargap and bargroupgap
 */
export function placeBars(traces, layout) {
  const mode = layout.barmode || 'group';
  for (const horizontal of [false, true]) {
    const list = traces.filter((t) => t.horizontal === horizontal);
    if (!list.length) continue;
    const gap = smallestGap(list.flatMap((t) => [...(horizontal ? t.v : t.u)]));
    const slot = gap * (1 - (layout.bargap ?? 0.2));
    const share = mode === 'group' ? list.length : 1;
    const piles = { up: new Map(), down: new Map() };
    list.forEach((t, k) => {
      const { spec } = t;
      const at = horizontal ? t.v : t.u;
      const value = horizontal ? t.x : t.y;
      const lengths = horizontal ? spec.x : spec.y;
      const own = slot / share;
      t.p0 = new Float64Array(t.n);
      t.p1 = new Float64Array(t.n);
      t.v0 = new Float64Array(t.n);
      t.v1 = new Float64Array(t.n);
      for (let i = 0; i < t.n; i++) {
        const width = pick(spec.width, i) ?? own * (1 - (layout.bargroupgap ?? 0));
        const shift = pick(spec.offset, i) ?? (mode === 'group' ? -slot / 2 + (k + 0.5) * own : 0) - width / 2;
        t.p0[i] = at[i] + shift;
        t.p1[i] = at[i] + shift + width;
        const size = column(lengths) && lengths[i] !== null ? Number(lengths[i]) : NaN;
        let base = Number(pick(spec.base, i) ?? 0);
        if ((mode === 'stack' || mode === 'relative') && spec.base === undefined && Number.isFinite(size)) {
          const pile = mode === 'relative' && size < 0 ? piles.down : piles.up;
          base = pile.get(at[i]) || 0;
          pile.set(at[i], base + size);
        }
        t.v1[i] = value.lin(base + size);
        // On a log axis a bar that starts at zero starts at the edge of the picture.
        t.v0[i] = value.type === 'log' && base <= 0 ? -Infinity : value.lin(base);
      }
    });
  }
}

/** Pixel rectangles of a bar trace: x, y, w, h for each bar, in steps of four. */
export function barRects(t, box) {
  const rects = new Float32Array(4 * t.n);
  const [pos, val] = t.horizontal ? [t.y, t.x] : [t.x, t.y];
  const [low, high] = t.horizontal ? [box.l - 9, box.r + 9] : [box.t - 9, box.b + 9];
  const clamp = (v) => Math.min(high, Math.max(low, v));
  for (let i = 0; i < t.n; i++) {
    const [a, b] = [pos.px(t.p0[i]), pos.px(t.p1[i])].sort((m, n) => m - n);
    const from = t.v0[i] === -Infinity ? val.from : val.px(t.v0[i]);
    const [c, d] = [clamp(from), clamp(val.px(t.v1[i]))].sort((m, n) => m - n);
    rects.set(t.horizontal ? [c, a, d - c, b - a] : [a, c, b - a, d - c], 4 * i);
  }
  return rects;
}

export function drawBars(ctx, t, scene) {
  const { spec } = t;
  const box = t.sub.box;
  const rects = (t.rects = barRects(t, box));
  const snap = (v) => Math.round(v * scene.dpr) / scene.dpr;
  const marker = spec.marker || {};
  const edge = marker.line?.width > 0 ? marker.line : null;
  const shades = scene.colorsOf(t, t.n);
  const baseAlpha = spec.opacity ?? 1;
  for (let i = 0; i < t.n; i++) {
    const [x, y, w, h] = rects.subarray(4 * i, 4 * i + 4);
    if (!(w >= 0 && h >= 0)) continue;
    const [l, r, top, b] = [snap(x), snap(x + w), snap(y), snap(y + h)];
    ctx.globalAlpha = baseAlpha * (pick(marker.opacity, i) ?? 1);
    ctx.fillStyle = shades ? shades[i] : t.color;
    // A bar thinner than a pixel still shows.
    const thin = 1 / scene.dpr;
    ctx.fillRect(l, top, t.horizontal ? r - l : Math.max(r - l, thin), t.horizontal ? Math.max(b - top, thin) : b - top);
    if (edge) {
      ctx.strokeStyle = pick(edge.color, i) || scene.theme.text;
      ctx.lineWidth = pick(edge.width, i) * scene.unit;
      ctx.strokeRect(l, top, r - l, b - top);
    }
  }
  ctx.globalAlpha = baseAlpha;
  const mid = (a, b) => (a + b) / 2;
  const ends = (i) => (t.horizontal ? [t.v1[i], mid(t.p0[i], t.p1[i])] : [mid(t.p0[i], t.p1[i]), t.v1[i]]);
  errorBars(ctx, t, scene, ends, scene.theme.text);
  if (spec.text !== undefined && spec.text !== null && spec.textposition !== 'none') barTexts(ctx, t, scene, rects, shades);
  ctx.globalAlpha = 1;
}

function barTexts(ctx, t, scene, rects, shades) {
  const { spec } = t;
  const font = { family: scene.family, size: scene.px(spec.textfont?.size, scene.base * 0.9) };
  for (let i = 0; i < t.n; i++) {
    const text = pick(spec.text, i);
    if (text === null || text === undefined || text === '') continue;
    const [x, y, w, h] = rects.subarray(4 * i, 4 * i + 4);
    if (!Number.isFinite(x + y + w + h)) continue;
    const label = measure(ctx, String(text), font);
    const fits = t.horizontal ? label.w + 8 < w : label.h + 2 < h && label.w < w + 4;
    const where = ['inside', 'outside'].includes(spec.textposition) ? spec.textposition : fits ? 'inside' : 'outside';
    const inside = where === 'inside';
    const on = inkOn(shades ? shades[i] : t.color, scene.rgba(scene.theme.solid));
    const color = pick(spec.textfont?.color, i) || (inside ? on : scene.theme.text);
    const forward = t.v1[i] >= (t.v0[i] === -Infinity ? -1e9 : t.v0[i]);
    if (t.horizontal) {
      const end = forward ? x + w : x;
      drawText(ctx, label, end + (inside === forward ? -5 : 5), y + h / 2, { ax: inside === forward ? 1 : 0, color });
    } else {
      const end = forward ? y : y + h;
      drawText(ctx, label, x + w / 2, end + (inside === forward ? 2 : -2), { ax: 0.5, ay: inside === forward ? 0 : 1, color });
    }
  }
}
