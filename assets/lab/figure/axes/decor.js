// Everything around the data: grids, axis labels, shapes, title, colour bars.
import { fade, mix, table } from '../../base/colors.js';
import { dashOf } from '../marks/lines.js';
import { barTicks } from '../layout.js';
import { refPx } from '../places.js';
import { drawText, measure } from '../text.js';

// One device pixel wide lines are sharp only between pixel borders.
const crisp = (v, dpr) => (Math.floor(v * dpr) + 0.5) / dpr;

/** The middle of something of a size, moved so that it lies inside the figure. */
const inside = (mid, size, room) => Math.max(size / 2 + 2, Math.min(room - size / 2 - 2, mid));

/** Grid and zero lines of one subplot. */
export function drawGrid(ctx, s, scene) {
  const { theme, dpr } = scene;
  const { box } = s;
  const raster = s.traces.some((t) => t.kind === 'heatmap' || t.kind === 'image' || (t.kind === 'contour' && (t.spec.contours?.coloring ?? 'fill') === 'fill'));
  ctx.lineWidth = Math.max(1, Math.round(dpr)) / dpr;
  for (const a of [s.x, s.y]) {
    // The second axis of an overlaid pair shares the grid of the first.
    if (!a.visible || (a === s.x && s.y.over) || (a === s.y && s.x.over)) continue;
    const wanted = a.opt.showgrid ?? (a.type !== 'category' && !raster && !a.over && !(a.exact && !a.zero));
    const line = (px) => {
      const c = crisp(px, dpr);
      if (a.letter === 'x') { ctx.moveTo(c, box.t); ctx.lineTo(c, box.b); } else { ctx.moveTo(box.l, c); ctx.lineTo(box.r, c); }
    };
    if (wanted) {
      for (const minor of [true, false]) {
        ctx.strokeStyle = minor ? fade(theme.grid, 0.5) : a.opt.gridcolor || theme.grid;
        ctx.beginPath();
        for (const t of a.ticks) if (Boolean(t.minor) === minor) line(t.px);
        ctx.stroke();
      }
    }
    const [lo, hi] = a.range[0] < a.range[1] ? a.range : [a.range[1], a.range[0]];
    if ((a.opt.zeroline ?? (wanted && a.type === 'linear')) && a.type !== 'log' && lo <= 0 && hi >= 0) {
      ctx.strokeStyle = a.opt.zerolinecolor || fade(theme.text, 0.35);
      ctx.beginPath();
      line(a.px(0));
      ctx.stroke();
    }
  }
}

/** Where an axis stands across its direction, in pixels. */
function standOf(a, scene) {
  const high = a.side === 'top' || a.side === 'right';
  if (a.opt.anchor === 'free' && a.opt.position !== undefined) {
    return a.letter === 'x' ? scene.plot.t + (1 - a.opt.position) * scene.plot.h : scene.plot.l + a.opt.position * scene.plot.w;
  }
  const other = a.anchor;
  if (other) return high ? other.to : other.from;
  return a.letter === 'x' ? scene.plot.t + (high ? 0 : scene.plot.h) : scene.plot.l + (high ? scene.plot.w : 0);
}

/** The rectangles of the numbers beside the axes. */
export function tickBoxes(scene) {
  const out = [];
  for (const a of scene.axes.values()) {
    if (!a.visible || a.tilt) continue;
    const at = standOf(a, scene);
    const way = a.side === 'top' || a.side === 'left' ? -1 : 1;
    for (const { box, px } of a.ticks) {
      if (!box) continue;
      const rim = box.step * 0.16;
      const [from, to] = a.letter === 'y' ? [at + way * 6, at + way * (6 + box.w)] : [at + way * 4, at + way * (4 + box.h)];
      const [low, high] = [Math.min(from, to), Math.max(from, to)];
      if (a.letter === 'y') out.push({ l: low, r: high, t: px - box.h / 2 + rim, b: px + box.h / 2 - rim });
      else out.push({ l: px - box.w / 2, r: px + box.w / 2, t: low + rim, b: high - rim });
    }
  }
  return out;
}

/** Tick labels, axis line and title of one axis. */
export function drawAxis(ctx, a, scene) {
  if (!a.visible) return;
  const { theme, dpr } = scene;
  const at = standOf(a, scene);
  const quiet = mix(theme.solid, theme.text, 0.78);
  const color = a.opt.tickfont?.color || a.opt.color || quiet;
  const out = a.side === 'top' || a.side === 'left' ? -1 : 1;
  if (a.opt.showline) {
    ctx.strokeStyle = a.opt.linecolor || fade(theme.text, 0.5);
    ctx.lineWidth = (a.opt.linewidth ?? 1) * scene.unit;
    ctx.beginPath();
    const ends = [at, ...(a.opt.mirror && a.anchor ? [at === a.anchor.from ? a.anchor.to : a.anchor.from] : [])];
    for (const e of ends) {
      const c = crisp(e, dpr);
      if (a.letter === 'x') { ctx.moveTo(a.from, c); ctx.lineTo(a.to, c); } else { ctx.moveTo(c, a.from); ctx.lineTo(c, a.to); }
    }
    ctx.stroke();
  }
  for (const t of a.ticks) {
    if (!t.box) continue;
    if (a.letter === 'y') drawText(ctx, t.box, at + out * 6, t.px, { ax: out < 0 ? 1 : 0, color });
    else if (a.tilt) drawText(ctx, t.box, t.px, at + out * (a.tilt === -90 ? 4 : 8), { ax: out > 0 ? 1 : 0, ay: 0.5, angle: a.tilt, color });
    else drawText(ctx, t.box, t.px, at + out * 4, { ax: 0.5, ay: out > 0 ? 0 : 1, color });
  }
  if (a.titleBox) {
    const mid = (a.from + a.to) / 2;
    const tone = a.opt.title?.font?.color || a.opt.color || theme.text;
    const far = at + out * (a.labelDepth + 1);
    if (a.letter === 'x') drawText(ctx, a.titleBox, inside(mid, a.titleBox.w, scene.w), far, { ax: 0.5, ay: out > 0 ? 0 : 1, color: tone });
    else drawText(ctx, a.titleBox, far, inside(mid, a.titleBox.w, a.from + 4), { ax: 0.5, ay: out < 0 ? 1 : 0, angle: -90, color: tone });
  }
}

/** Lines, rectangles and circles of the layout that belong below or above the traces. */
export function drawShapes(ctx, scene, below) {
  const { theme, dpr } = scene;
  for (const s of scene.layout.shapes || []) {
    if (!s || s.visible === false || (s.layer === 'below') !== below) continue;
    let [x0, x1] = [refPx(scene, s.xref, 'x', s.x0), refPx(scene, s.xref, 'x', s.x1)];
    let [y0, y1] = [refPx(scene, s.yref, 'y', s.y0), refPx(scene, s.yref, 'y', s.y1)];
    if (![x0, x1, y0, y1].every(Number.isFinite)) continue;
    const line = s.line || {};
    const width = (line.width ?? (s.type === 'line' ? 2 : 1)) * scene.unit;
    if (x0 === x1) x0 = x1 = width <= 1.5 ? crisp(x0, dpr) : x0;
    if (y0 === y1) y0 = y1 = width <= 1.5 ? crisp(y0, dpr) : y0;
    ctx.save();
    // A shape on an axis ends where the axis ends.
    const axis = (ref, letter) => (ref === 'paper' ? null : scene.axes.get(String(ref ?? letter).split(' ')[0]));
    const [ax, ay] = [axis(s.xref, 'x'), axis(s.yref, 'y')];
    ctx.beginPath();
    const [cl, cr] = ax ? [ax.from, ax.to] : [0, scene.w];
    const [ct, cb] = ay ? [ay.to, ay.from] : [0, scene.h];
    const rim = Math.max(1, width / 2);
    ctx.rect(cl - rim, ct - rim, cr - cl + 2 * rim, cb - ct + 2 * rim);
    ctx.clip();
    ctx.globalAlpha = s.opacity ?? 1;
    ctx.beginPath();
    if (s.type === 'line') { ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); }
    else if (s.type === 'circle') ctx.ellipse((x0 + x1) / 2, (y0 + y1) / 2, Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2, 0, 0, 2 * Math.PI);
    else if (s.type !== 'path') ctx.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    if (s.fillcolor && s.type !== 'line') { ctx.fillStyle = s.fillcolor; ctx.fill(); }
    if (width > 0) {
      ctx.strokeStyle = line.color || fade(theme.text, 0.75);
      ctx.lineWidth = width;
      ctx.setLineDash(dashOf(line.dash, width));
      ctx.stroke();
    }
    ctx.restore();
  }
}

export function drawTitle(ctx, scene) {
  const { titleBox, layout, w } = scene;
  if (!titleBox) return;
  const x = layout.title?.x;
  const ax = { left: 0, center: 0.5, right: 1 }[layout.title?.xanchor] ?? (x > 2 / 3 ? 1 : x > 1 / 3 ? 0.5 : 0);
  const left = Math.min(scene.left, Math.max(6, w - titleBox.w - 6));
  drawText(ctx, titleBox, x > 1 / 3 ? x * w : left, Math.max(titleBox.h + 2, scene.titleY), { ax, ay: 1, color: layout.title?.font?.color || scene.theme.text });
}

/** The slim bar that tells what the colours of a heat map, or of markers, stand for. */
export function drawColorbar(ctx, t, scene) {
  const { theme, dpr } = scene;
  const cb = t.colorbar;
  const { box } = t.sub;
  const snap = (v) => Math.round(v * dpr) / dpr;
  const x = snap(box.r + 12);
  const room = t.barTitle && t.barTitleUp ? t.barTitle.h + 3 : 0;
  const [top, bottom] = [snap(box.t + room), snap(box.b)];
  const { css } = table(t.scale, t.scaleReversed);
  const [lo, hi] = t.limits;
  const steps = ctx.createLinearGradient(0, bottom, 0, top);
  for (let i = 0; i <= 32; i++) steps.addColorStop(i / 32, css[Math.min(255, i * 8)]);
  ctx.fillStyle = steps;
  ctx.globalAlpha = t.spec.opacity ?? 1;
  ctx.fillRect(x, top, t.barThick, bottom - top);
  ctx.globalAlpha = 1;
  const color = mix(theme.solid, theme.text, 0.78);
  for (const { v, name } of barTicks(t, bottom - top)) {
    const y = bottom - ((v - lo) / (hi - lo)) * (bottom - top);
    drawText(ctx, measure(ctx, name, t.barFont), x + t.barThick + 5, y, { color });
  }
  if (!t.barTitle) return;
  if (t.barTitleUp) drawText(ctx, t.barTitle, x, top - 4, { ax: 0, ay: 1, color: theme.text });
  else drawText(ctx, t.barTitle, x + t.barThick + t.barLabels + 8, inside((top + bottom) / 2, t.barTitle.w, scene.h), { ax: 0.5, ay: 0, angle: -90, color: theme.text });
}
