// Where the ticks of an axis stand and what they say.

const minus = (s) => s.replace(/^-/, '\u2212');

function decimals(step) {
  for (let d = 0; d < 9; d++) {
    const scaled = step * 10 ** d;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * Math.max(1, scaled)) return d;
  }
  return 9;
}

const power = (e) => `10<sup>${minus(String(e))}</sup>`;

/**
 * A number by a small part of the d3 formats: `.2f`, `.0%`, `.1e`, `.3g`, `d`, `s`, with `,`, `+` and `~`.
 * @returns {string|null} null for a format that is not known
 */
export function format(v, spec) {
  const m = /^([+]?)(,?)(?:\.(\d+))?(~?)([fedg%sr]?)$/.exec(spec || '');
  if (!m || !Number.isFinite(v)) return null;
  const [, plus, comma, digits, tilde, kind] = m;
  const p = digits === undefined ? 6 : Math.min(20, +digits);
  let tail = '';
  let s;
  if (kind === 'd') s = String(Math.round(v));
  else if (kind === 'e') s = v.toExponential(p);
  else if (kind === '%') { s = (v * 100).toFixed(p); tail = '%'; }
  else if (kind === 's') {
    const e = v ? Math.max(-5, Math.min(4, Math.floor(Math.log10(Math.abs(v)) / 3))) : 0;
    tail = ['f', 'p', 'n', '\u00b5', 'm', '', 'k', 'M', 'G', 'T'][e + 5];
    s = (v / 1000 ** e).toPrecision(p || 1);
  } else if (kind === 'f') s = v.toFixed(p);
  else s = p ? v.toPrecision(p) : String(v);
  if (tilde || !kind) s = s.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
  if (comma) s = s.replace(/\d(?=(\d{3})+(?!\d))/, '$&').replace(/^(-?)(\d+)/, (t, sign, n) => sign + n.replace(/\B(?=(\d{3})+$)/g, ','));
  return minus((plus && v > 0 ? '+' : '') + s + tail);
}

/** A number for a person to read in passing: four significant digits. */
export function brief(v) {
  if (typeof v !== 'number') return String(v ?? '');
  if (!Number.isFinite(v)) return Number.isNaN(v) ? 'NaN' : minus(v > 0 ? '\u221e' : '-\u221e');
  const a = Math.abs(v);
  return minus(a !== 0 && (a < 1e-3 || a >= 1e6) ? v.toExponential(3).replace(/\.?0+e\+?/, 'e') : String(+v.toPrecision(4)));
}

function niceStep(rough) {
  const ten = 10 ** Math.floor(Math.log10(rough));
  const f = rough / ten;
  return (f <= 1.0001 ? 1 : f <= 2.0001 ? 2 : f <= 5.0001 ? 5 : 10) * ten;
}

/** Multiples of a 1-2-5 step in [lo, hi], about `count` of them and never more than count + 1. */
export function linearTicks(lo, hi, count, fixed, origin = 0) {
  const step = fixed || niceStep((hi - lo) / Math.max(1, count));
  const values = [];
  const slack = step * 1e-6;
  for (let k = Math.ceil((lo - origin - slack) / step); origin + k * step <= hi + slack && values.length < 200; k++) {
    values.push(Math.abs(k * step + origin) < slack ? 0 : +(origin + k * step).toPrecision(12));
  }
  return { values, step };
}

/** Labels of evenly spaced values: all with the same number of decimals, thousands and millions in short. */
export function labels(values, step) {
  const top = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  if (top >= 1e4 && top < 1e13) {
    const [unit, tail] = top < 1e6 ? [1e3, 'k'] : top < 1e9 ? [1e6, 'M'] : [1e9, 'B'];
    const d = decimals(step / unit);
    return values.map((v) => (v === 0 ? '0' : minus((v / unit).toFixed(d)) + tail));
  }
  if (top && (top < 1e-3 || top >= 1e13)) {
    const e = Math.floor(Math.log10(top) + 1e-9);
    const d = decimals(step / 10 ** e);
    return values.map((v) => (v === 0 ? '0' : `${minus((v / 10 ** e).toFixed(d))}\u00d7${power(e)}`));
  }
  const d = decimals(step);
  return values.map((v) => minus(v.toFixed(d)));
}

function logTicks(lo, hi, count) {
  const ticks = [];
  const [a, b] = [Math.ceil(lo - 1e-9), Math.floor(hi + 1e-9)];
  const decades = hi - lo;
  if (b - a >= 1 || (decades >= 1 && b >= a)) {
    const every = Math.max(1, Math.ceil((b - a + 1) / Math.max(2, count)));
    const short = a >= -3 && b <= 3;
    // Decades too many to name get no line of their own once they are very many.
    const step = b - a > 60 ? every : 1;
    for (let e = Math.ceil(a / step) * step; e <= b; e += step) {
      ticks.push({ u: e, label: e % every === 0 ? (short ? String(+(10 ** e).toPrecision(2)) : power(e)) : '' });
    }
    if (decades < 5) {
      // Few decades: thin lines between them, and 2 and 5 named where there is room.
      const named = decades < 2 && count >= 2 * (b - a + 1);
      for (let e = a - 1; e <= b; e++) {
        for (let m = 2; m < 10; m++) {
          const u = e + Math.log10(m);
          if (u < lo || u > hi) continue;
          const label = named && (m === 2 || m === 5) ? brief(m * 10 ** e) : '';
          ticks.push({ u, minor: true, label });
        }
      }
    }
    return ticks;
  }
  // Less than a decade: the steps of a linear axis, at their logarithmic places.
  const { values, step } = linearTicks(10 ** lo, 10 ** hi, Math.max(3, count));
  const names = labels(values, step);
  return values.map((v, i) => ({ u: Math.log10(v), label: names[i] })).filter((t) => Number.isFinite(t.u));
}

/**
 * The ticks of an axis that has its range and length.
 * @param {import('./axes.js').Axis} axis
 * @param {number} count how many there is room for
 * @returns {{u: number, label: string, minor?: boolean}[]} u on the linear scale
 */
export function makeTicks(axis, count) {
  const { opt, type } = axis;
  const [lo, hi] = axis.range[0] < axis.range[1] ? axis.range : [axis.range[1], axis.range[0]];
  if (opt.nticks > 0) count = Math.min(count, opt.nticks);
  const inside = (t) => t.u >= lo - 1e-9 * (hi - lo) && t.u <= hi + 1e-9 * (hi - lo);
  const values = opt.tickmode === 'linear' || opt.tickmode === 'auto' ? null : opt.tickvals;
  let ticks;
  if (values) {
    ticks = Array.from(values, (v, i) => {
      const text = opt.ticktext?.[i];
      return { u: axis.lin(v), v, label: String(text ?? format(v, opt.tickformat) ?? (typeof v === 'number' ? brief(v) : v)) };
    }).filter(inside);
  } else if (type === 'category') {
    const every = Math.max(1, Math.ceil(axis.categories.size / Math.max(2, count)));
    ticks = [...axis.categories.keys()].map((label, u) => ({ u, label: u % every ? '' : label })).filter(inside);
  } else if (type === 'log') {
    ticks = logTicks(lo, hi, count).filter(inside);
    if (opt.tickformat) for (const t of ticks) if (t.label) t.label = format(10 ** t.u, opt.tickformat) ?? t.label;
  } else {
    const fixed = opt.dtick > 0 && (hi - lo) / opt.dtick < 100 ? opt.dtick : 0;
    const made = linearTicks(lo, hi, count, fixed, fixed ? +opt.tick0 || 0 : 0);
    const names = labels(made.values, made.step);
    ticks = made.values.map((u, i) => ({ u, label: (opt.tickformat && format(u, opt.tickformat)) ?? names[i] }));
    // '~g' and the empty format give null or '' : fall back on our own.
    ticks.forEach((t, i) => { t.label ||= names[i]; });
  }
  if (opt.tickprefix || opt.ticksuffix) {
    for (const t of ticks) if (t.label) t.label = (opt.tickprefix || '') + t.label + (opt.ticksuffix || '');
  }
  return ticks;
}
