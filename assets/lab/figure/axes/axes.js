// Axes: from data to a line of numbers, from there to pixels; ranges that follow the data without twitching.
// Three coordinates occur: data (what the caller gave), linear (log10 or category index applied), pixels.

const EMPTY = { lo: Infinity, hi: -Infinity };
const converted = new WeakMap();

const isList = (v) => Array.isArray(v) || ArrayBuffer.isView(v);

/** Is this something a trace may hold as a column? */
export function column(v) {
  return isList(v) ? v : null;
}

function num(v) {
  return v === null || v === undefined || v === '' || typeof v === 'boolean' ? NaN : Number(v);
}

export class Axis {
  /**
   * @param {string} id 'x', 'y2', ...
   * @param {object} opt its part of the layout
   */
  constructor(id, opt) {
    this.id = id;
    this.letter = id[0];
    this.opt = opt;
    this.type = ['log', 'category', 'linear'].includes(opt.type) ? opt.type : null;
    this.categories = new Map();
    this.data = { ...EMPTY };    // points: shown with some room beyond them
    this.tight = { ...EMPTY };   // cells and lines along x: the axis ends where they end
    this.exact = false;          // a heat map or bars decide the ends
    this.zero = false;           // bars or fills stand on zero: no room on its far side
    this.traces = [];
    this.root = this;
    this.range = [0, 1];
    this.from = 0;
    this.to = 1;
  }

  get side() {
    return this.opt.side || (this.letter === 'x' ? 'bottom' : 'left');
  }

  get visible() {
    return this.opt.visible !== false;
  }

  /** Decide the type from the first value that says something. */
  learn(values) {
    if (this.type || !values) return;
    if (ArrayBuffer.isView(values)) { this.type = 'linear'; return; }
    for (const v of values) {
      if (v === null || v === undefined) continue;
      this.type = typeof v === 'string' && v.trim() !== '' && Number.isNaN(Number(v)) ? 'category' : 'linear';
      return;
    }
  }

  index(v) {
    const key = String(v);
    let i = this.categories.get(key);
    if (i === undefined) this.categories.set(key, (i = this.categories.size));
    return i;
  }

  /** One data value on the linear scale. Numbers on a category axis are positions among the categories. */
  lin(v) {
    if (this.type === 'category') return typeof v === 'string' ? this.categories.get(v) ?? num(v) : num(v);
    const x = num(v);
    return this.type === 'log' ? (x > 0 ? Math.log10(x) : NaN) : x;
  }

  /** Back to data. */
  value(u) {
    if (this.type === 'category') return [...this.categories.keys()][Math.round(u)] ?? u;
    return this.type === 'log' ? 10 ** u : u;
  }

  /** A whole column on the linear scale; converted once per array and axis type. */
  column(values) {
    if (this.type === 'category') return Float64Array.from(values, (v) => (v === null ? NaN : this.index(v)));
    if (this.type !== 'log' && ArrayBuffer.isView(values)) return values;
    let kinds = converted.get(values);
    if (!kinds) converted.set(values, (kinds = {}));
    return (kinds[this.type] ??= Float64Array.from(values, (v) => this.lin(v)));
  }

  px(u) {
    return this.from + (u - this.range[0]) * this.scale;
  }

  at(px) {
    return this.range[0] + (px - this.from) / this.scale;
  }

  get scale() {
    return (this.to - this.from) / (this.range[1] - this.range[0]);
  }

  get length() {
    return Math.abs(this.to - this.from);
  }
}

/** Widen `span` to take in the finite values of a column. */
export function widen(span, values) {
  let { lo, hi } = span;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v < lo && v !== -Infinity) lo = v;
    if (v > hi && v !== Infinity) hi = v;
  }
  span.lo = lo;
  span.hi = hi;
}

const ROOM = 0.05;

/**
 * The range the data ask for, kept as it was while it still serves: it grows at once when data leave it,
 * with room to spare, and shrinks only when the data cover less than 55 % of it.
 * @param {Axis[]} group axes that share one range
 * @param {[number, number]|undefined} prior the last range given here
 * @returns {[number, number]} ascending, on the linear scale
 */
export function followData(group, prior) {
  const { opt, type } = group[0];
  const data = { ...EMPTY };
  const tight = { ...EMPTY };
  for (const a of group) {
    for (const [to, from] of [[data, a.data], [tight, a.tight]]) {
      to.lo = Math.min(to.lo, from.lo);
      to.hi = Math.max(to.hi, from.hi);
    }
    if (a.type === 'category' && a.categories.size) {
      tight.lo = Math.min(tight.lo, -0.5);
      tight.hi = Math.max(tight.hi, a.categories.size - 0.5);
    }
  }
  if (opt.rangemode === 'tozero' && type !== 'log') { tight.lo = Math.min(tight.lo, 0); tight.hi = Math.max(tight.hi, 0); }
  // A diverging model reaches numbers whose difference is no number any more.
  let lo = Math.max(-1e300, Math.min(data.lo, tight.lo));
  let hi = Math.min(1e300, Math.max(data.hi, tight.hi));
  if (!(hi >= lo)) return prior || (type === 'log' ? [-1, 1] : [0, 1]);
  if (hi - lo <= Math.abs(hi) * 1e-9) {
    const half = type === 'log' ? 0.3 : Math.abs(hi) * 0.5 || 1;
    lo -= half;
    hi += half;
  }
  const span = hi - lo;
  const floor = group.some((a) => a.zero) && lo >= 0 && type !== 'log' ? 0 : -Infinity;
  const ceiling = group.some((a) => a.zero) && hi <= 0 ? 0 : Infinity;
  const want = [
    Math.max(Math.min(lo, Math.max(-1e300, data.lo) - ROOM * span), floor),
    Math.min(Math.max(hi, Math.min(1e300, data.hi) + ROOM * span), ceiling),
  ];
  if (opt.rangemode === 'nonnegative' && type !== 'log') want[0] = Math.max(0, want[0]);
  if (!prior || group.some((a) => a.exact) || span < 0.55 * (prior[1] - prior[0])) return want;
  const eps = 1e-9 * (prior[1] - prior[0]);
  const spare = 0.08 * span;
  return [
    lo < prior[0] - eps ? Math.max(want[0] - spare, floor) : prior[0],
    hi > prior[1] + eps ? Math.min(want[1] + spare, ceiling) : prior[1],
  ];
}

/**
 * The range of an axis, ascending or reversed: the zoom of the person, else the one asked for, else the data's.
 * @param {Axis[]} group axes that share it, the leading one first
 * @param {{zoom: object, auto: object}} memory
 */
export function settleRange(group, memory) {
  const axis = group[0];
  const zoomed = memory.zoom[axis.id];
  let given = axis.opt.range;
  if (!isList(given) || given.length !== 2 || axis.opt.autorange === true) given = null;
  // Plotly gives the ends of a log axis as exponents, those of the others in data units.
  const ends = given && Array.from(given, (v) => (axis.type === 'log' ? num(v) : axis.lin(v)));
  if (ends && ends.every(Number.isFinite) && ends[0] !== ends[1]) {
    axis.range = ends;
  } else {
    const auto = followData(group, memory.auto[axis.id]);
    memory.auto[axis.id] = auto;
    axis.range = axis.flip || /reversed/.test(axis.opt.autorange || '') ? [auto[1], auto[0]] : [...auto];
    // One end given, the other left to the data.
    ends?.forEach((v, i) => { if (Number.isFinite(v)) axis.range[i] = v; });
    if (axis.range[0] === axis.range[1]) axis.range[1] += 1;
  }
  if (zoomed) axis.range = axis.range[0] > axis.range[1] ? [zoomed[1], zoomed[0]] : [...zoomed];
  for (const a of group) a.range = axis.range;
}
