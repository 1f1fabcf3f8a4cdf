// Where annotations stand, how large they are, and how much room they need around the boxes of the subplots.
import { fitted, measure } from './text.js';

export const domainOf = (a) => {
  const d = (a.over || a).opt.domain;
  return Array.isArray(d) && d[1] > d[0] ? d : [0, 1];
};

/** A place given in the figure's own terms ('x', 'paper', 'x domain') as a pixel. */
export function refPx(scene, ref, letter, v, annotation = false) {
  if (ref === 'paper' || ref === undefined && !scene.axes.get(letter)) {
    return letter === 'x' ? scene.plot.l + v * scene.plot.w : scene.plot.t + (1 - v) * scene.plot.h;
  }
  const m = /^([xy]\d*)( domain)?$/.exec(ref || letter);
  const a = m && scene.axes.get(m[1]);
  if (!a) return NaN;
  if (m[2]) return a.from + v * (a.to - a.from);
  // Annotations give places on a log axis as exponents, shapes as values: plotly's convention.
  return a.px(annotation && a.type === 'log' ? Number(v) : a.lin(v));
}

/**
 * Where an annotation stands that is a subplot's title: on the top of its domain, at its centre or its left end. Such a title
 * follows the box where that had to give way to labels, a colour bar or equal aspect.
 */
export function titledBox(scene, an) {
  if (an.xref !== 'paper' || an.yref !== 'paper' || an.yanchor !== 'bottom' || an.showarrow !== false) return null;
  const near = (a, b) => Math.abs(a - b) < 0.002;
  for (const { x, y } of scene.subplots) {
    const [[l, r], [, top]] = [domainOf(x), domainOf(y)];
    if (!near(top, an.y)) continue;
    if (near((l + r) / 2, an.x)) return { x: (x.from + x.to) / 2, y: y.to };
    if (near(l, an.x) && an.xanchor === 'left') return { x: x.from, y: y.to };
  }
  return null;
}

/** Pixel box of an annotation's text about its anchor point. */
export function annotationBox(scene, an) {
  const room = scene.rooms?.get(an);
  const kept = (scene.noteBoxes ??= new Map()).get(an);
  if (kept && kept.room === room) return kept.placed;
  const placed = placeNote(scene, an, room);
  scene.noteBoxes.set(an, { room, placed });
  return placed;
}

function placeNote(scene, an, room) {
  const size = scene.px(an.font?.size, scene.base * 0.92);
  const turned = Math.abs(an.textangle || 0) === 90;
  const box = fitted(scene.ctx, an.text ?? '', { family: scene.family, size }, turned ? scene.h - 4 : room ?? roomInside(scene, an));
  const pad = an.bgcolor || an.bordercolor ? (an.borderpad ?? 1) + 3 : 1;
  const [w, h] = (turned ? [box.h, box.w] : [box.w, box.h]).map((s) => s + 2 * pad);
  const arrow = an.showarrow !== false && (an.ax !== undefined || an.ay !== undefined || an.showarrow === true || an.showarrow === undefined);
  const auto = (v, ref) => (arrow || ref !== 'paper' ? 0.5 : v <= 1 / 3 ? 0 : v >= 2 / 3 ? 1 : 0.5);
  const ax = { left: 0, center: 0.5, right: 1 }[an.xanchor] ?? auto(an.x, an.xref);
  const ay = { top: 0, middle: 0.5, bottom: 1 }[an.yanchor] ?? 1 - auto(an.y, an.yref);
  return { box, w, h, ax, ay, turned, arrow, pad };
}

// Words on the data are not longer than their panel; beside it, not longer than a good third of the figure.
function roomInside(scene, an) {
  const axis = scene.axes.get(String(an.xref || 'x').split(' ')[0]);
  if (!axis || an.xref === 'paper') return scene.w - 6;
  const beside = / domain$/.test(an.xref || '') && an.x >= 1 && an.xanchor === 'left';
  return Math.min(scene.w - 6, Math.max(90, beside ? 0.38 * scene.w : axis.length - 8));
}

/** Pixels that a line above the whole picture moves up, where the headings under it have several lines. */
export function lifted(scene, an) {
  if (an.xref !== 'paper' || an.yref !== 'paper' || an.y !== 1 || !(an.yshift >= 20)) return 0;
  const under = (scene.layout.annotations || []).filter((n) => n?.text && n.yref === 'paper' && n.y === 1 && n.yanchor === 'bottom' && n.yshift < 20);
  return Math.max(0, ...under.map((n) => annotationBox(scene, n).h + n.yshift + 2 - an.yshift));
}

const outside = (ref) => ref === 'paper' || / domain$/.test(ref || '');

/** How wide headings may be: as far as the next one of their row, or the edge of the figure. */
export function headingRooms(scene) {
  const rows = new Map();
  scene.rooms = new Map();
  for (const an of scene.layout.annotations || []) {
    if (!an?.text || an.visible === false || an.textangle || an.showarrow !== false || !outside(an.xref) || !outside(an.yref)) continue;
    const over = titledBox(scene, an);
    const at = over ? over.x : refPx(scene, an.xref, 'x', an.x) + (an.xshift || 0);
    const row = Math.round(((over ? over.y : refPx(scene, an.yref, 'y', an.y)) - (an.yshift || 0)) / 6);
    if (Number.isFinite(at)) rows.set(row, [...(rows.get(row) || []), { an, at, ax: annotationBox(scene, an).ax }]);
  }
  for (const row of rows.values()) {
    row.sort((a, b) => a.at - b.at);
    row.forEach(({ an, at, ax }, i) => {
      const [before, after] = [row[i - 1], row[i + 1]];
      // Two that begin at one place stand over each other on purpose.
      const right = after && after.at - at > 20 ? (after.at - at) * (ax === 0 && after.ax === 0 ? 1 : 0.5) - 8 : scene.w - 4 - at;
      const left = before && at - before.at > 20 ? (at - before.at) * (ax === 1 && before.ax === 1 ? 1 : 0.5) - 8 : at - 4;
      const room = ax === 0 ? right : ax === 1 ? left : 2 * Math.min(left, right);
      // What stands in a corner of a panel stays in the panel.
      const corner = / domain$/.test(an.xref) && scene.axes.get(an.xref.split(' ')[0]);
      const most = Math.min(scene.w - 6, corner ? corner.length - 6 : Infinity);
      scene.rooms.set(an, Math.max(Math.min(56, scene.w - 6), Math.min(room, most)));
    });
  }
}

// A label at the right end of a curve is part of what the figure must hold.
export function endNeeds(scene, need) {
  const { plot } = scene;
  const most = 0.34 * scene.w;
  const end = (a, px, w) => {
    if (px > a.to - 0.06 * a.length && px < a.to + 2 && plot.l + plot.w - a.to < 4) need.r = Math.max(need.r, Math.min(most, px + w - plot.l - plot.w));
  };
  for (const an of scene.layout.annotations || []) {
    const a = an && !outside(an.xref) && an.text && scene.axes.get(an.xref || 'x');
    if (!a || an.visible === false || an.showarrow !== false || an.xanchor !== 'left' || an.textangle) continue;
    end(a, refPx(scene, an.xref, 'x', an.x, true) + (an.xshift || 0), annotationBox(scene, an).w + 2);
  }
  for (const t of scene.shown) {
    if (t.kind !== 'scatter' || !t.mode.includes('text') || !t.n || t.n > 400 || t.spec.text === undefined || t.spec.text === null) continue;
    const several = Array.isArray(t.spec.text);
    for (let i = 0; i < t.n; i++) {
      const text = several ? t.spec.text[i] : t.spec.text;
      const where = String((Array.isArray(t.spec.textposition) ? t.spec.textposition[i] : t.spec.textposition) ?? '');
      if (!text || !/right/.test(where)) continue;
      const size = scene.px(Array.isArray(t.spec.textfont?.size) ? t.spec.textfont.size[i] : t.spec.textfont?.size, scene.base * 0.92);
      end(t.x, t.x.px(t.u[i]), measure(scene.ctx, String(text), { family: scene.family, size }).w + 8);
    }
  }
}

export function annotationNeeds(scene, need) {
  const { plot } = scene;
  for (const an of scene.layout.annotations || []) {
    if (!an || an.visible === false || !an.text) continue;
    const { w, h, ax, ay } = annotationBox(scene, an);
    if (outside(an.xref)) {
      const x = refPx(scene, an.xref, 'x', an.x) + (an.xshift || 0) - ax * w;
      need.l = Math.max(need.l, plot.l - x);
      // A line that begins where the plot does has the figure's width already: a margin for it would grow with every frame.
      if (ax > 0 || x > plot.l + 1) need.r = Math.max(need.r, x + w - plot.l - plot.w);
    }
    if (outside(an.yref)) {
      const y = refPx(scene, an.yref, 'y', an.y) - (an.yshift || 0) - lifted(scene, an) - ay * h;
      need.t = Math.max(need.t, plot.t - y);
      need.b = Math.max(need.b, y + h - plot.t - plot.h);
    }
  }
}


/** The height of the headings that stand on the upper edge of the boxes whose domain ends at `top`; a line's where there is none. */
export function titlesUnder(scene, top) {
  const titles = (scene.layout.annotations || []).filter((n) => n?.text && n.yref === 'paper' && n.yanchor === 'bottom' && n.y < 0.999 && Math.abs(n.y - top) < 0.02);
  return titles.length ? Math.max(scene.base * 1.5, ...titles.map((n) => annotationBox(scene, n).h + 4)) : 0;
}

/** Labels at the right end of a panel that has a neighbour there are taken from its box, so that they do not reach the neighbour's axis. */
export function innerNeeds(scene, insets) {
  for (const an of scene.layout.annotations || []) {
    const a = an?.text && an.xanchor === 'left' && an.x >= 1 && / domain$/.test(an.xref || '') && !outside(an.yref) && scene.axes.get(an.xref.split(' ')[0]);
    if (!a) continue;
    const end = domainOf(a)[1];
    const beyond = [...scene.axes.values()].filter((b) => b.letter === 'x' && domainOf(b)[0] > end + 1e-6);
    if (!beyond.length) continue;
    const next = Math.min(...beyond.map((b) => domainOf(b)[0]));
    const depth = Math.max(0, ...beyond.filter((b) => domainOf(b)[0] === next).map((b) => b.anchor?.depth || 0));
    const wanted = annotationBox(scene, an).w + (an.xshift || 0) + depth + 8;
    const over = wanted - (next - end) * scene.plot.w - (insets[`x0${next}`] || 0);
    const key = `x1${end}`;
    if (over > 0) insets[key] = Math.max(insets[key] || 0, Math.min(over, 0.5 * a.length));
  }
}
