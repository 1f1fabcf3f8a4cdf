// Figures between two trained models: numbers of the same shape are blended, everything else is the nearer model's.

const IN_TRACE = ['x', 'y', 'x0', 'y0', 'dx', 'dy', 'base', 'width', 'offset'];
const IN_MARKER = ['size', 'opacity', 'color'];
const IN_ERROR = ['array', 'arrayminus'];
const IN_SHAPE = ['x0', 'x1', 'y0', 'y1'];
const IN_NOTE = ['x', 'y'];
const RASTERS = ['heatmap', 'heatmapgl', 'image'];

const isTyped = (v) => ArrayBuffer.isView(v) && !(v instanceof DataView);
const isNumbers = (v) => Array.isArray(v) && v.length > 0 && v.every((n) => n === null || typeof n === 'number');
const columnOf = (v) => (isTyped(v) ? v : isNumbers(v) ? Float64Array.from(v, (n) => n ?? NaN) : null);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
/** A text without its numbers: "KL = 3.1" and "KL = 2.9" are the same label. */
const worded = (text) => String(text ?? '').replace(/[-\u2212+]?\d+([.,]\d+)?(e[-+]?\d+|(\u00b710)?[\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)?/gi, '#').trim();

/**
 * Take the pointing out of a figure: what is gone over here belongs to trained models, not to the page's run.
 * Widths and colours of a line's stretches stay.
 */
export function still(figure) {
  const { meta, ...layout } = figure.layout || {};
  return {
    data: (figure.data || []).map(({ meta: pointed, ...trace }) => {
      const { widths, colors } = pointed || {};
      return widths || colors ? { ...trace, meta: { widths, colors } } : trace;
    }),
    layout: { ...layout, meta: { alt: meta?.alt } },
  };
}

/**
 * Whether two figures have the same parts in the same order.
 * @returns {boolean} false: between them only the nearer one can be shown
 */
export function alike(one, two) {
  return one.data.length === two.data.length && one.data.length > 0
    && one.data.every((trace, i) => ['type', 'mode', 'xaxis', 'yaxis', 'orientation'].every((key) => trace[key] === two.data[i][key]));
}

class Loom {
  constructor(one, two) {
    this.ops = [];
    this.sides = [one, two];
  }

  log(trace, letter) {
    const name = `${letter}axis${String(trace[`${letter}axis`] || letter).slice(1)}`;
    return this.sides.every((side) => side.layout?.[name]?.type === 'log');
  }

  // Numbers under `keys` of both objects; false where they cannot be blended.
  numbers(a, b, keys, isLog = () => false) {
    const found = [];
    for (const key of keys) {
      const [one, two] = [a[key], b[key]];
      if (one === two || one === undefined || two === undefined) {
        if (one !== two) return false;
        continue;
      }
      if (typeof one === 'number' && typeof two === 'number') {
        found.push({ key, from: one, to: two, log: isLog(key) && one > 0 && two > 0 });
        continue;
      }
      const [left, right] = [columnOf(one), columnOf(two)];
      if (!left || !right) {
        if (!same(one, two)) return false;
        continue;
      }
      if (left.length !== right.length || !same(left.shape, right.shape) || left instanceof Uint8Array) return false;
      found.push({ key, from: left, to: right, log: isLog(key) });
    }
    for (const op of found) this.add(a, b, op);
    return true;
  }

  add(a, b, { key, from, to, log }) {
    const op = { a, b, key, from, to, log };
    if (typeof from !== 'number') {
      const Kind = from instanceof Float64Array || to instanceof Float64Array ? Float64Array : Float32Array;
      op.out = new Kind(from.length);
      op.shape = from.shape;
      if (log) {
        // Along a logarithmic axis the middle of two values is their geometric mean.
        op.from = Float64Array.from(from, (v) => Math.log(v));
        op.to = Float64Array.from(to, (v) => Math.log(v));
      }
    }
    this.ops.push(op);
  }

  trace(one, two) {
    const [a, b] = [{ ...one }, { ...two }];
    if (RASTERS.includes(one.type) || worded(one.name) !== worded(two.name)) return [a, b];
    const before = this.ops.length;
    const isLog = (key) => (key === 'x' || key === 'y') && this.log(one, key);
    if (!this.numbers(a, b, IN_TRACE, isLog)) {
      this.ops.length = before;
      return [a, b];
    }
    for (const [part, keys] of [['marker', IN_MARKER], ['error_x', IN_ERROR], ['error_y', IN_ERROR]]) {
      if (!one[part] || !two[part]) continue;
      [a[part], b[part]] = [{ ...one[part] }, { ...two[part] }];
      for (const key of keys) this.numbers(a[part], b[part], [key]);
    }
    return [a, b];
  }

  // Lists of shapes or annotations: their places, where they are the same ones.
  places(name, keys, fits) {
    const lists = this.sides.map((side) => (side.layout?.[name] || []).map((item) => ({ ...item })));
    if (lists[0].length === lists[1].length) {
      lists[0].forEach((item, i) => { if (fits(item, lists[1][i])) this.numbers(item, lists[1][i], keys); });
    }
    return lists;
  }
}

/**
 * The way from one figure to another. Nothing is allocated while it is gone.
 * @param {{data: object[], layout: object}} one from `still`
 * @param {{data: object[], layout: object}} two
 * @returns {(weight: number) => object} the figure at 0 (one) .. 1 (two); valid until the next call
 */
export function between(one, two) {
  const nearer = (weight) => (weight < 0.5 ? one : two);
  if (!alike(one, two)) return nearer;
  const loom = new Loom(one, two);
  const pairs = one.data.map((trace, i) => loom.trace(trace, two.data[i]));
  const shapes = loom.places('shapes', IN_SHAPE, (a, b) => ['type', 'xref', 'yref'].every((key) => a[key] === b[key]));
  const notes = loom.places('annotations', IN_NOTE, (a, b) => worded(a.text) === worded(b.text) && a.xref === b.xref && a.yref === b.yref);
  if (!loom.ops.length) return nearer;
  const sides = [one, two].map((side, i) => ({
    data: pairs.map((pair) => pair[i]),
    layout: { ...side.layout, shapes: shapes[i], annotations: notes[i] },
  }));
  return (weight) => {
    if (weight <= 0) return one;
    if (weight >= 1) return two;
    const side = weight < 0.5 ? 0 : 1;
    for (const op of loom.ops) fill(op, weight, side);
    return sides[side];
  };
}

function fill({ a, b, key, from, to, out, shape, log }, weight, side) {
  const holder = side ? b : a;
  if (!out) {
    holder[key] = log ? from ** (1 - weight) * to ** weight : from + (to - from) * weight;
    return;
  }
  if (log) for (let i = 0; i < out.length; i++) out[i] = Math.exp(from[i] + (to[i] - from[i]) * weight);
  else for (let i = 0; i < out.length; i++) out[i] = from[i] + (to[i] - from[i]) * weight;
  // A new view of the same memory: what a figure remembers of an array, it remembers by its identity.
  holder[key] = out.subarray(0);
  if (shape) holder[key].shape = shape;
}
