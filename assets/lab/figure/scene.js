// From a figure ({data, layout}) to a scene: checked traces on shared axes, ranges settled, nothing drawn yet.
import { Axis, column, settleRange, widen } from './axes/axes.js';
import { placeBars } from './marks/bars.js';
import { contourLevels } from './marks/contour.js';
import { belowOf } from './marks/lines.js';
import { gridOf, imageGrid, cellEdges, limits } from './marks/raster.js';
import { readSpaceTrace, settleSpace } from './space.js';
import { COLORWAY, table } from '../base/colors.js';

export const KINDS = ['scatter', 'bar', 'heatmap', 'image', 'contour', 'surface', 'scatter3d'];

// WebGL variants of the same two figures.
const kindOf = (t) => ({ scattergl: 'scatter', heatmapgl: 'heatmap' }[t.type] || t.type || 'scatter');

/**
 * What in a figure cannot be drawn here.
 * @returns {string[]} empty if everything can
 */
export function complaints(spec) {
  if (!spec || typeof spec !== 'object') return ['the figure is not an object'];
  if (!Array.isArray(spec.data)) return ['data is not a list of traces'];
  return spec.data.flatMap((t, i) => {
    if (!t || typeof t !== 'object') return [`trace ${i} is not an object`];
    return KINDS.includes(kindOf(t)) ? [] : [`trace ${i}: type ${t.type} is not supported`];
  });
}

const finite = (v, fallback) => (Number.isFinite(+v) && v !== null && v !== '' ? +v : fallback);

/** A heat map may take its scale and limits from a shared layout.coloraxis. */
export function shade(part, layout) {
  const shared = part?.coloraxis && layout[part.coloraxis];
  if (!shared) return part || {};
  return { zmin: shared.cmin, zmax: shared.cmax, zmid: shared.cmid, ...shared, ...part };
}

class Builder {
  constructor(spec) {
    this.layout = spec.layout || {};
    this.axes = new Map();
    this.subplots = new Map();
    this.spaces = new Map();
  }

  axis(id) {
    if (!/^[xy]([2-9]|[1-9]\d)?$/.test(id)) throw new TypeError(`no axis is called ${id}`);
    let a = this.axes.get(id);
    if (!a) {
      a = new Axis(id, this.layout[`${id[0]}axis${id.slice(1)}`] || {});
      this.axes.set(id, a);
      for (const c of a.opt.categoryarray || []) a.index(c);
    }
    return a;
  }

  subplot(xid, yid) {
    const key = xid + yid;
    let s = this.subplots.get(key);
    if (!s) this.subplots.set(key, (s = { id: key, x: this.axis(xid), y: this.axis(yid), traces: [] }));
    return s;
  }

  /** A trace in space: its scene takes the part of the subplot. */
  spaceTrace(spec, index, colored) {
    const id = /^scene\d*$/.test(spec.scene || '') ? spec.scene : 'scene';
    let sub = this.spaces.get(id);
    if (!sub) this.spaces.set(id, (sub = { id, opt: this.layout[id] || {}, traces: [] }));
    const t = { spec, index, kind: spec.type, sub, name: spec.name ?? '', color: this.colorOf(spec, colored) };
    readSpaceTrace(t);
    return t;
  }

  colorOf(spec, colored) {
    const own = [spec.line?.color, spec.marker?.color].find((c) => typeof c === 'string');
    const way = Array.isArray(this.layout.colorway) ? this.layout.colorway : COLORWAY;
    return own || way[colored % way.length];
  }

  trace(spec, index, colored) {
    const kind = kindOf(spec);
    const sub = this.subplot(spec.xaxis || 'x', spec.yaxis || 'y');
    const t = { spec, index, kind, sub, x: sub.x, y: sub.y, name: spec.name ?? '' };
    t.horizontal = kind === 'bar' && spec.orientation === 'h';
    t.handles = spec.meta?.handles || (spec.meta?.handle ? [spec.meta.handle] : null);
    t.color = this.colorOf(spec, colored);
    if (kind === 'image') sub.y.flip = true;
    if (kind === 'image' && sub.y.opt.scaleanchor === undefined) sub.y.squareTo = sub.x;
    sub.x.learn(column(spec.x));
    sub.y.learn(column(spec.y));
    sub.traces.push(t);
    sub.x.traces.push(t);
    sub.y.traces.push(t);
    return t;
  }
}

function fillColumns(t) {
  const { spec } = t;
  const [xs, ys] = [column(spec.x), column(spec.y)];
  if ((spec.x !== undefined && spec.x !== null && !xs) || (spec.y !== undefined && spec.y !== null && !ys)) {
    throw new TypeError(`trace ${t.index}: x and y must be lists of values`);
  }
  t.n = xs && ys ? Math.min(xs.length, ys.length) : (xs || ys || []).length;
  const count = (from, step) => Float64Array.from({ length: t.n }, (_, i) => from + i * step);
  const of = (axis, values, from, step) => (values ? axis.column(values) : count(finite(from, 0), finite(step, 1)));
  t.u = of(t.x, xs, spec.x0, spec.dx);
  t.v = of(t.y, ys, spec.y0, spec.dy);
}

// A contour's heights belong to points, not to cells.
function gridPoints(t) {
  const { spec, grid } = t;
  const of = (axis, values, n, from, step) => {
    const list = column(values);
    return list && axis.type !== 'category' ? axis.column(list) : Float64Array.from({ length: n }, (_, i) => finite(from, 0) + i * finite(step, 1));
  };
  t.u = of(t.x, spec.x, grid.cols, spec.x0, spec.dx);
  t.v = of(t.y, spec.y, grid.rows, spec.y0, spec.dy);
}

function spread(t) {
  const { spec } = t;
  if (t.kind === 'contour') {
    widen(t.x.tight, t.u);
    widen(t.y.tight, t.v);
    t.x.exact = t.y.exact = true;
    return;
  }
  if (t.kind === 'heatmap' || t.kind === 'image') {
    t.ue = t.kind === 'image' ? cellEdges(null, t.grid.cols, t.x, spec.x0, spec.dx) : cellEdges(column(spec.x), t.grid.cols, t.x, spec.x0, spec.dx);
    t.ve = t.kind === 'image' ? cellEdges(null, t.grid.rows, t.y, spec.y0, spec.dy) : cellEdges(column(spec.y), t.grid.rows, t.y, spec.y0, spec.dy);
    widen(t.x.tight, t.ue);
    widen(t.y.tight, t.ve);
    t.x.exact = t.y.exact = true;
    return;
  }
  if (t.kind === 'bar') {
    const [pos, val] = t.horizontal ? [t.y, t.x] : [t.x, t.y];
    widen(pos.tight, t.p0);
    widen(pos.tight, t.p1);
    pos.exact = true;
    val.zero = val.type !== 'log';
    widen(val.data, t.v1);
    widen(val.data, t.v0);
  } else {
    const mode = t.mode;
    widen(mode.includes('markers') || mode.includes('text') ? t.x.data : t.x.tight, t.u);
    widen(t.y.data, t.v);
    if (spec.fill === 'tozeroy' && t.y.type !== 'log') {
      t.y.zero = true;
      widen(t.y.data, [0]);
    }
  }
  for (const [axis, err] of [[t.y, spec.error_y], [t.x, spec.error_x]]) {
    const array = err?.visible !== false && column(err?.array);
    if (!array || axis.type === 'category') continue;
    const at = t.kind === 'bar' ? ((axis === t.x) === t.horizontal ? t.v1 : null) : axis === t.x ? t.u : t.v;
    if (!at) continue;
    for (const [sign, reach] of [[1, array], [-1, belowOf(err)]]) {
      widen(axis.data, Float64Array.from(at, (c, i) => axis.lin(axis.value(c) + sign * (reach[i] ?? NaN))));
    }
  }
}

function spreadShapes(layout, axes) {
  for (const s of layout.shapes || []) {
    if (!s || s.visible === false || s.type === 'path') continue;
    for (const letter of ['x', 'y']) {
      const axis = axes.get(s[`${letter}ref`] ?? letter);
      // Around a cell of a heat map no room is needed: the axis ends where the cells end.
      if (axis?.type) widen(axis.exact ? axis.tight : axis.data, [axis.lin(s[`${letter}0`]), axis.lin(s[`${letter}1`])]);
    }
  }
}

function modeOf(t) {
  if (typeof t.spec.mode === 'string') return t.spec.mode;
  return t.n < 20 ? 'lines+markers' : 'lines';
}

/**
 * Check a figure and settle everything that does not depend on pixels.
 * @param {{data: object[], layout?: object}} spec
 * @param {{zoom: object, auto: object}} memory ranges kept from frame to frame; updated
 * @returns {object} the scene: layout, traces, axes, subplots, groups (axes sharing a range)
 * @throws {TypeError} if the figure makes no sense; the memory may then be half updated: pass a copy
 */
export function compose(spec, memory) {
  const wrong = complaints(spec).filter((c) => !c.endsWith('not supported'));
  if (wrong.length) throw new TypeError(wrong[0]);
  const b = new Builder(spec);
  const { layout } = b;
  let colored = 0;
  const traces = [];
  spec.data.forEach((t, i) => {
    if (!KINDS.includes(kindOf(t))) return;
    const raster = ['heatmap', 'image', 'contour', 'surface'].includes(kindOf(t));
    const spatial = ['surface', 'scatter3d'].includes(t.type);
    const made = t.visible === false ? null : spatial ? b.spaceTrace(t, i, colored) : b.trace(t, i, colored);
    if (!raster) colored++;
    if (made) traces.push(made);
  });
  // Axes that are only described, and a plain pair if there is nothing at all.
  const flat = b.subplots.size || !b.spaces.size;
  for (const key of flat ? Object.keys(layout) : []) {
    const m = /^([xy])axis(\d*)$/.exec(key);
    if (m && layout[key]) b.axis(m[1] + m[2]);
  }
  if (flat && !b.subplots.size) b.subplot('x', 'y');
  for (const a of b.axes.values()) {
    a.type ||= 'linear';
    const leader = a.opt.matches && b.axes.get(a.opt.matches);
    if (leader && leader !== a) a.root = leader.root === a ? a : leader.root;
    const paired = [...b.subplots.values()].find((s) => s[a.letter] === a);
    const over = a.opt.overlaying && b.axes.get(a.opt.overlaying);
    a.over = over || null;
    const other = a.letter === 'x' ? 'y' : 'x';
    a.anchor = b.axes.get(a.opt.anchor) || paired?.[other] || b.axes.get(other) || null;
  }
  for (const t of traces) {
    if (t.kind === 'heatmap' || t.kind === 'contour') {
      t.spec = shade(t.spec, layout);
      t.grid = gridOf(t.spec.z, t.spec.transpose);
      t.limits = limits(t.grid.values, t.spec.zmin, t.spec.zmax, t.spec.zmid);
      if (t.spec.showscale !== false && t.spec.contours?.coloring !== 'none') t.colorbar = t.spec.colorbar || {};
      [t.scale, t.scaleReversed] = [t.spec.colorscale, t.spec.reversescale];
      if (t.kind === 'contour') {
        gridPoints(t);
        const { values, step } = contourLevels(t);
        const free = !Number.isFinite(t.spec.zmin) && !Number.isFinite(t.spec.zmax);
        if (free && values.length > 1) t.limits = [values[0] - step / 2, values.at(-1) + step / 2];
      }
    }
    else if (t.kind === 'surface' || t.kind === 'scatter3d') { /* read already */ }
    else if (t.kind === 'image') t.grid = imageGrid(t.spec.z);
    else fillColumns(t);
    t.marker = shade(t.spec.marker, layout);
    t.markerColor = typeof t.marker.color === 'string' ? t.marker.color : t.color;
    t.legendColor = t.markerColor;
    const shades = column(t.marker.color);
    // Many colours: the legend shows one of the scale's (its middle may be white), or the first of the list.
    if (shades?.length) t.legendColor = typeof shades[0] === 'string' ? shades[0] : table(t.marker.colorscale, t.marker.reversescale).css[190];
    if (t.marker.showscale && column(t.marker.color)) {
      t.colorbar = t.marker.colorbar || {};
      t.limits = limits(column(t.marker.color), t.marker.cmin, t.marker.cmax, t.marker.cmid);
      [t.scale, t.scaleReversed] = [t.marker.colorscale, t.marker.reversescale];
    }
    if (t.kind === 'scatter') t.mode = modeOf(t);
    // A heat map's categories are learnt from its own x and y.
    if (t.kind === 'heatmap') for (const l of ['x', 'y']) if (t[l].type === 'category' && column(t.spec[l])) t[l].column(t.spec[l]);
  }
  const shown = traces.filter((t) => t.spec.visible !== 'legendonly');
  for (const s of b.subplots.values()) {
    s.traces = s.traces.filter((t) => shown.includes(t));
    placeBars(s.traces.filter((t) => t.kind === 'bar'), layout);
  }
  for (const t of shown) if (t.x) spread(t);
  for (const s of b.spaces.values()) {
    s.traces = shown.filter((t) => t.sub === s);
    settleSpace(s, memory);
  }
  spreadShapes(layout, b.axes);
  const groups = new Map();
  for (const a of b.axes.values()) {
    const list = groups.get(a.root) || [];
    groups.set(a.root, a === a.root ? [a, ...list] : [...list, a]);
  }
  for (const list of groups.values()) settleRange(list, memory);
  return { layout, traces, shown, axes: b.axes, subplots: [...b.subplots.values()], spaces: [...b.spaces.values()], groups };
}
