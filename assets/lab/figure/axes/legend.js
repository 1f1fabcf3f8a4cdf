// The legend: what stands in it, how it wraps, where it goes, and its drawing.
import { fade } from '../../base/colors.js';
import { dashOf } from '../marks/lines.js';
import { outline } from '../marks/markers.js';
import { drawText, fitted } from '../text.js';

const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));

/** The entries and the style of the legend, or null where there is none. */
export function planLegend(scene) {
  const { layout, traces } = scene;
  const named = traces.filter((t) => t.spec.showlegend !== false && t.name && t.kind !== 'image' && (!['heatmap', 'contour', 'surface'].includes(t.kind) || t.spec.showlegend));
  const wanted = layout.showlegend ?? (named.length > 1 || named.some((t) => t.spec.showlegend === true));
  if (!wanted || !named.length) return null;
  const opt = layout.legend || {};
  const font = { family: scene.family, size: scene.px(opt.font?.size, scene.tick) };
  const swatch = font.size * 1.9;
  const seen = new Set();
  const items = named
    // Traces of one group with one name are one thing to the reader.
    .filter((t) => { const k = t.spec.legendgroup && `${t.spec.legendgroup}|${t.name}`; if (!k) return true; const dup = seen.has(k); seen.add(k); return !dup; })
    .map((t) => ({ t, box: fitted(scene.ctx, String(t.name), font, scene.w - swatch - 24) }));
  const given = opt.x !== undefined || opt.y !== undefined;
  const flat = opt.orientation ? opt.orientation === 'h' : !given;
  let place = 'top';
  if (given || opt.orientation === 'v') {
    const x = opt.x ?? (flat ? 0 : 1.02);
    const y = opt.y ?? (flat ? 1.02 : 1);
    place = y < 0 ? 'bottom' : flat && y >= 1 ? 'top' : x >= 1 && opt.xanchor !== 'right' ? 'right' : 'inside';
  }
  return { items, opt, font, swatch, flat, place, gap: font.size * 1.3, row: font.size * 1.5 };
}

/** Put the entries into rows no longer than a width; sets w and h. */
export function flowLegend(lg, width) {
  let [x, y] = [0, 0];
  lg.w = 0;
  const limit = lg.flat ? Math.max(80, width) : 0;
  for (const item of lg.items) {
    const w = lg.swatch + 5 + item.box.w;
    if (x && x + w > limit) { x = 0; y += Math.max(lg.row, item.box.h); }
    item.x = x;
    item.y = y;
    lg.w = Math.max(lg.w, x + w);
    x += w + lg.gap;
  }
  lg.h = y + lg.row;
}

/** Give a planned legend its corner. */
export function placeLegend(scene, pad) {
  const { legend: lg, plot, ring } = scene;
  if (!lg) return;
  const { opt } = lg;
  if (lg.place === 'top') {
    lg.x = Math.max(pad, Math.min(scene.left, scene.w - lg.w - pad));
    lg.y = plot.t - ring.legendTop - lg.h - 2;
  } else if (lg.place === 'bottom') {
    lg.x = Math.max(pad, Math.min(scene.left, scene.w - lg.w - pad));
    lg.y = scene.h - lg.h - 3;
  } else if (lg.place === 'right') {
    lg.x = scene.w - lg.w - pad;
    lg.y = plot.t;
  } else {
    const x = opt.x ?? 1;
    const y = opt.y ?? 1;
    const ax = { left: 0, center: 0.5, right: 1 }[opt.xanchor] ?? (x <= 1 / 3 ? 0 : x >= 2 / 3 ? 1 : 0.5);
    const ay = { top: 0, middle: 0.5, bottom: 1 }[opt.yanchor] ?? (y <= 1 / 3 ? 1 : y >= 2 / 3 ? 0 : 0.5);
    lg.x = clamp(plot.l + x * plot.w - ax * lg.w + (ax === 0 ? 8 : ax === 1 ? -8 : 0), 0, scene.w - lg.w);
    lg.y = clamp(plot.t + (1 - y) * plot.h - ay * lg.h + (ay === 0 ? 6 : ay === 1 ? -6 : 0), 0, scene.h - lg.h);
    lg.ground = true;
  }
}

// Bars and filled areas.
function swatch(ctx, color, x, y, size) {
  ctx.fillStyle = color;
  ctx.fillRect(x, y - size / 2, size * 1.4, size);
}

export function drawLegend(ctx, scene) {
  const { legend: lg, theme } = scene;
  if (!lg) return;
  if (lg.ground) {
    ctx.fillStyle = lg.opt.bgcolor || fade(theme.solid, 0.8);
    ctx.fillRect(lg.x - 4, lg.y - 2, lg.w + 8, lg.h + 4);
  }
  for (const { t, box, x, y } of lg.items) {
    const [l, mid] = [lg.x + x, lg.y + y + lg.row / 2];
    const { spec } = t;
    const off = spec.visible === 'legendonly';
    const color = t.legendColor;
    ctx.globalAlpha = off ? 0.35 : Math.max(0.5, spec.opacity ?? 1);
    const mode = t.kind.startsWith('scatter') ? t.mode : t.kind === 'contour' ? 'lines' : '';
    const area = t.kind === 'bar' || (spec.fill && spec.fill !== 'none');
    if (area) swatch(ctx, t.kind === 'bar' ? color : spec.fillcolor || fade(color, 0.3), l + 2, mid, lg.font.size * 0.85);
    if (mode.includes('lines') && (spec.line?.width ?? 2) > 0) {
      const width = Math.max(1, Math.min(4, spec.line?.width ?? 2)) * scene.unit;
      ctx.strokeStyle = typeof spec.line?.color === 'string' ? spec.line.color : t.color;
      ctx.lineWidth = width;
      ctx.setLineDash(dashOf(spec.line?.dash, width));
      ctx.beginPath();
      ctx.moveTo(l, mid);
      ctx.lineTo(l + lg.swatch, mid);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    if (mode.includes('markers')) {
      const name = typeof t.marker.symbol === 'string' ? t.marker.symbol : 'circle';
      const size = typeof t.marker.size === 'number' ? Math.max(5, Math.min(t.marker.size, 11)) : 7;
      ctx.beginPath();
      outline(ctx, name.replace('-open', ''), l + lg.swatch / 2, mid, (size * scene.unit) / 2);
      if (name.includes('-open')) { ctx.strokeStyle = color; ctx.lineWidth = 1.5 * scene.unit; ctx.stroke(); } else { ctx.fillStyle = color; ctx.fill(); }
    }
    ctx.globalAlpha = off ? 0.45 : 1;
    drawText(ctx, box, l + lg.swatch + 5, mid, { color: lg.opt.font?.color || theme.text });
  }
  ctx.globalAlpha = 1;
}
