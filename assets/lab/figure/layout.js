// Where everything goes: text sizes, margins that cut nothing, boxes of the subplots.
import { squareUp } from './axes/aspect.js';
import { flowLegend, placeLegend, planLegend } from './axes/legend.js';
import { format, labels, linearTicks, makeTicks } from './axes/ticks.js';
import { annotationNeeds, domainOf, endNeeds, headingRooms, innerNeeds, titlesUnder } from './places.js';
import { placeSpace } from './space.js';
import { fitted, measure } from './text.js';

const titleText = (t) => (typeof t === 'string' ? t : t?.text || '');
const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));

/** Text sizes and line widths grow with wide figures, so that the last row can read them too. */
export function scaleText(scene) {
  const wide = scene.w / 1366;
  scene.unit = clamp(Math.sqrt(wide), 1, 1.6);
  scene.base = clamp((scene.layout.font?.size ?? 14) * scene.unit, scene.w < 420 ? 12 : 13, 26);
  // A size the figure asks for is scaled the same way and never becomes unreadable.
  scene.px = (size, fallback) => (size > 0 ? Math.max(11, size * scene.unit) : Math.max(11, fallback));
  scene.tick = scene.px(null, scene.base * 0.92);
}

// The title of an axis has the length of the figure where the axis has, else that of the axis and half the gap to the next one.
const axisTitle = (scene, a) => {
  const text = titleText(a.opt.title);
  if (!a.visible || !text) return null;
  const [from, to] = domainOf(a);
  const whole = (a.letter === 'x' ? scene.w : a.from) - 8;
  const room = from <= 0 && to >= 1 ? whole : Math.min(whole, a.length + 40);
  return fitted(scene.ctx, text, { family: scene.family, size: scene.px(a.opt.title?.font?.size, scene.base) }, room);
};

const tickFont = (scene, a) => ({ family: scene.family, size: scene.px(a.opt.tickfont?.size, scene.tick) });

// Ticks, as many as there is room for: fewer and fewer until neighbours no longer touch.
function tickAxis(scene, a) {
  a.ticks = [];
  a.tilt = 0;
  a.labelsOn = a.visible && a.opt.showticklabels !== false;
  if (!a.visible || !(a.length > 1)) return;
  const font = tickFont(scene, a);
  const horizontal = a.letter === 'x';
  let count = Math.max(2, horizontal ? Math.floor(a.length / (font.size * 4.2)) : Math.floor(a.length / (font.size * 2.6)));
  if (horizontal) count = Math.min(count, 11);
  else count = Math.min(count, 9);
  const given = a.opt.tickvals || a.type === 'category';
  // A step of 1, 2 or 5 may leave a short axis with a single number: ask for more, the check below takes them back.
  if (!given && makeTicks(a, count).filter((t) => t.label).length < 3) count = Math.ceil(count * 1.8);
  for (let attempt = 0; attempt < 6; attempt++) {
    const wanted = given && a.type === 'category' && attempt === 0 ? 1000 : count;
    a.ticks = makeTicks(a, wanted);
    for (const t of a.ticks) {
      t.px = a.px(t.u);
      t.box = !a.labelsOn || !t.label ? null : horizontal ? measure(scene.ctx, t.label, font) : fitted(scene.ctx, t.label, font, 0.36 * scene.w);
    }
    const shown = a.ticks.filter((t) => t.box).sort((p, q) => p.px - q.px);
    const size = (t) => (horizontal ? t.box.w : t.box.h * 0.8);
    const touch = shown.some((t, i) => i && t.px - shown[i - 1].px < (size(t) + size(shown[i - 1])) / 2 + (horizontal ? font.size * 0.5 : 0));
    if (!touch) return;
    if (given && horizontal) {
      // Named ticks keep their names: in several lines where that is enough, else they lean over, unless even that is too dense.
      const gap = a.length / Math.max(1, shown.length);
      const broken = shown.map((t) => fitted(scene.ctx, t.label, font, gap - font.size * 0.5));
      if (broken.every((b) => b.w <= gap - 3 && b.lines.length <= 3)) {
        shown.forEach((t, i) => { t.box = broken[i]; });
        return;
      }
      if (gap > font.size * 1.1) {
        a.tilt = gap > font.size * 1.6 ? -35 : -90;
        return;
      }
    }
    if (a.opt.tickvals || (a.type === 'log' && a.ticks.every((t) => !t.label || t.minor))) {
      const every = Math.ceil(shown.length / Math.max(2, count));
      shown.forEach((t, i) => { if (i % every) t.box = null; });
      return;
    }
    if (count <= 2) return;
    count = Math.max(2, Math.floor(count * 0.75));
  }
}

/** How far an axis reaches outwards from its box: labels, then title. Sets labelDepth for the title's place. */
function depthOf(scene, a) {
  if (!a.visible) return 0;
  let deep = 0;
  for (const t of a.ticks) {
    if (!t.box) continue;
    const r = (a.tilt * Math.PI) / 180;
    const d = a.letter === 'y' ? t.box.w : a.tilt ? Math.abs(t.box.w * Math.sin(r)) + t.box.h * Math.cos(r) : t.box.h;
    deep = Math.max(deep, d);
  }
  a.labelDepth = deep ? deep + (a.letter === 'x' ? 5 : 10) : 2;
  a.titleBox = axisTitle(scene, a);
  return a.labelDepth + (a.titleBox ? a.titleBox.h + 3 : 0) + 2;
}

// --- colour bars ---------------------------------------------------------------------------------------------------------
/** The numbers beside a colour bar of a height: [{v, name}]. */
export function barTicks(t, height) {
  const { colorbar: cb, limits: [lo, hi] } = t;
  const made = linearTicks(lo, hi, Math.max(2, Math.min(6, Math.floor(height / (t.barFont.size * 2.6)))));
  const values = cb.tickvals ? Array.from(cb.tickvals, Number) : made.values;
  const names = cb.tickvals ? values.map((v, i) => String(cb.ticktext?.[i] ?? v)) : labels(values, made.step);
  return values.map((v, i) => ({ v, name: (cb.tickformat && format(v, cb.tickformat)) || names[i] })).filter(({ v }) => v >= lo && v <= hi);
}

function barWidth(scene, t) {
  const cb = t.colorbar;
  const font = { family: scene.family, size: scene.px(cb.tickfont?.size, scene.tick) };
  const text = titleText(cb.title);
  t.barTitle = text ? fitted(scene.ctx, text, { family: scene.family, size: scene.px(cb.title?.font?.size, scene.tick) }, scene.h * 0.8) : null;
  t.barFont = font;
  t.barThick = Math.min(+cb.thickness || 12, 14) * scene.unit;
  t.barLabels = Math.max(...barTicks(t, scene.h * 0.7).map(({ name }) => measure(scene.ctx, name, font).w), measure(scene.ctx, '\u22120.00', font).w);
  // A short title stands above the bar, a long one along it.
  t.barTitleUp = t.barTitle && t.barTitle.w <= t.barThick + t.barLabels + 14;
  return 12 + t.barThick + 6 + t.barLabels + (t.barTitle && !t.barTitleUp ? t.barTitle.h + 4 : 0);
}

// --- the whole ---------------------------------------------------------------------------------------------------------
/** Place all axes for given margins. */
function placeAxes(scene, m, insets) {
  const plot = (scene.plot = { l: m.l, t: m.t, w: Math.max(20, scene.w - m.l - m.r), h: Math.max(20, scene.h - m.t - m.b) });
  for (const a of scene.axes.values()) {
    const [d0, d1] = domainOf(a);
    const key = a.letter;
    const [before, after] = [insets[`${key}0${d0}`] || 0, insets[`${key}1${d1}`] || 0];
    if (key === 'x') {
      a.from = plot.l + d0 * plot.w + before;
      a.to = plot.l + d1 * plot.w - after;
    } else {
      a.from = plot.t + (1 - d0) * plot.h - before;
      a.to = plot.t + (1 - d1) * plot.h + after;
    }
    if (Math.abs(a.to - a.from) < 8 || (a.to - a.from) * (key === 'x' ? 1 : -1) < 0) a.to = a.from + (key === 'x' ? 8 : -8);
    a.range = [...a.root.settled];
  }
  squareUp(scene);
  for (const a of scene.axes.values()) if (a.root !== a) a.range = [...a.root.range];
}

/** The edge an axis stands on: position along the other direction (0..1) and the way out (-1 or 1). */
function edgeOf(a) {
  const d = a.anchor ? domainOf(a.anchor) : [0, 1];
  const high = a.side === 'top' || a.side === 'right';
  const at = a.opt.anchor === 'free' && a.opt.position !== undefined ? a.opt.position : d[high ? 1 : 0];
  return { at, out: high ? 1 : -1, dir: a.letter === 'x' ? 'y' : 'x' };
}

// What the axes need: outside the plot it goes to the margin, between subplots it is taken from the boxes.
function axisNeeds(scene, need, insets) {
  const spans = { x: [], y: [] };
  for (const a of scene.axes.values()) if (!a.over) spans[a.letter].push(domainOf(a));
  const size = { x: scene.plot.w, y: scene.plot.h };
  for (const a of scene.axes.values()) {
    const depth = depthOf(scene, a);
    if (!depth) continue;
    const { at, out, dir } = edgeOf(a);
    const neighbours = spans[dir].map((d) => (out < 0 ? d[1] : d[0])).filter((e) => (out < 0 ? e <= at + 1e-6 && e < at + 1e-6 : e >= at - 1e-6));
    const beyond = neighbours.filter((e) => Math.abs(e - at) > 1e-6);
    const side = dir === 'x' ? (out < 0 ? 'l' : 'r') : out < 0 ? 'b' : 't';
    if (!beyond.length) {
      const room = (out < 0 ? at : 1 - at) * size[dir];
      need[side] = Math.max(need[side], depth - room);
    } else {
      const near = out < 0 ? Math.max(...beyond) : Math.min(...beyond);
      let room = Math.abs(at - near) * size[dir];
      if (dir === 'y' && out < 0) room -= titlesUnder(scene, near);
      a.depth = depth;
      const key = `${dir}${out < 0 ? 0 : 1}${at}`;
      insets[key] = Math.max(insets[key] || 0, depth + 6 - room);
    }
    // The outermost labels reach past the ends of their axis.
    for (const t of a.ticks) {
      if (!t.box) continue;
      if (a.letter === 'x') {
        const half = a.tilt ? 0 : t.box.w / 2;
        need.l = Math.max(need.l, scene.plot.l - (t.px - (a.tilt ? t.box.w * 0.85 : half)));
        need.r = Math.max(need.r, t.px + half - scene.plot.l - scene.plot.w);
      } else {
        need.t = Math.max(need.t, scene.plot.t - (t.px - t.box.h / 2));
        need.b = Math.max(need.b, t.px + t.box.h / 2 - scene.plot.t - scene.plot.h);
      }
    }
  }
}

/**
 * Give every part of a composed scene its place. Sets plot, legend, title, and the pixels of axes and boxes.
 * @param {object} scene from `compose`, with w, h, dpr, ctx, family, theme
 * @param {{margins?: object, size?: string}} memory margins kept so that a label one digit wider moves nothing
 */
export function arrange(scene, memory) {
  scaleText(scene);
  const { layout } = scene;
  const given = layout.margin || {};
  for (const a of scene.axes.values()) if (a.root === a) a.settled = [...a.range];
  const title = titleText(layout.title);
  scene.titleBox = title ? fitted(scene.ctx, title, { family: scene.family, size: scene.px(layout.title?.font?.size, scene.base * 1.15), bold: true }, scene.w - 12) : null;
  const lg = (scene.legend = planLegend(scene));
  scene.bars = scene.shown.filter((t) => t.colorbar);
  const widths = scene.bars.map((t) => barWidth(scene, t));
  const pad = 6 * scene.unit;
  const size = `${scene.w}x${scene.h}`;
  let m = memory.size === size && memory.margins ? { ...memory.margins } : { l: 50, r: 15, t: 20, b: 40 };
  for (let pass = 0; pass < 4; pass++) {
    const insets = {};
    scene.bars.forEach((t, k) => {
      if (!t.x) return;
      const key = `x1${domainOf(t.x)[1]}`;
      insets[key] = Math.max(insets[key] || 0, widths[k]);
    });
    for (let inner = 0; inner < 2; inner++) {
      placeAxes(scene, m, insets);
      for (const a of scene.axes.values()) tickAxis(scene, a);
      if (inner) break;
      const before = JSON.stringify(insets);
      headingRooms(scene);
      axisNeeds(scene, { l: 0, r: 0, t: 0, b: 0 }, insets);
      innerNeeds(scene, insets);
      if (JSON.stringify(insets) === before) break;
    }
    const need = { l: 0, r: 0, t: 0, b: 0 };
    axisNeeds(scene, need, {});
    const ring = { ...need };
    scene.bars.forEach((t, k) => { if (!t.x) ring.r = Math.max(ring.r, widths[k]); });
    headingRooms(scene);
    annotationNeeds(scene, ring);
    endNeeds(scene, ring);
    if (lg) flowLegend(lg, scene.w - ring.l - ring.r - 2 * pad - 8);
    ring.legendTop = ring.t;
    if (lg?.place === 'top') ring.t += lg.h + 4;
    ring.titleAt = ring.t;
    if (scene.titleBox) ring.t += scene.titleBox.h + 6;
    if (lg?.place === 'bottom') ring.b += lg.h + 6;
    if (lg?.place === 'right') ring.r = Math.max(ring.r, 0) + lg.w + 14;
    const next = {};
    for (const k of ['l', 'r', 't', 'b']) {
      const cap = k === 'l' || k === 'r' ? scene.w * 0.45 : scene.h * 0.6;
      const asked = Number.isFinite(given[k]) ? given[k] : 0;
      // Given margins are a lower bound: what stands outside the plot is never cut.
      next[k] = Math.min(cap, Math.max(asked, Math.ceil(ring[k] + pad)));
    }
    scene.ring = ring;
    const kept = memory.size === size ? memory.margins : null;
    if (kept) for (const k of ['l', 'r', 't', 'b']) if (next[k] < kept[k] && kept[k] - next[k] < 16 * scene.unit) next[k] = kept[k];
    const settled = ['l', 'r', 't', 'b'].every((k) => Math.abs(next[k] - m[k]) < 0.5);
    m = next;
    memory.size = size;
    memory.margins = { ...m };
    if (settled) break;
    if (pass === 3) {
      placeAxes(scene, m, insets);
      headingRooms(scene);
      for (const a of scene.axes.values()) tickAxis(scene, a);
      for (const a of scene.axes.values()) depthOf(scene, a);
    }
  }
  for (const s of scene.subplots) {
    s.box = { l: s.x.from, r: s.x.to, t: s.y.to, b: s.y.from };
  }
  for (const s of scene.spaces) placeSpace(s, scene, memory);
  scene.left = Math.min(...[...scene.subplots, ...scene.spaces].map((s) => s.box.l));
  scene.titleY = scene.plot.t - scene.ring.titleAt - 4;
  placeLegend(scene, pad);
}
