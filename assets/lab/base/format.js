// Numbers as people read them: three digits, grouped counts, short times.

/**
 * A parameter value with about three significant digits, still readable as a number when typed back.
 * @param {number} value
 * @param {number} [digits]
 */
export function brief(value, digits = 3) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value ?? '');
  if (value === 0) return '0';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e');
  return String(Number(value.toPrecision(digits)));
}

/** A whole count with grouped thousands. */
export function count(value) {
  return Math.round(value || 0).toLocaleString('en-US');
}

/** A rate: three digits are enough to compare, and its width hardly changes. */
export function rate(value) {
  return value >= 100 ? count(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A duration: `1.2` and `34` get the unit by the caller's `seconds` text, longer ones read as a clock. */
export function duration(seconds, unit) {
  if (seconds < 59.5) return unit(seconds < 9.95 ? seconds.toFixed(1) : String(Math.round(seconds)));
  const s = Math.round(seconds);
  const two = (n) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/**
 * A number that somebody typed; null when it is none. A decimal comma is accepted.
 * @param {string} text
 * @returns {number|null}
 */
export function parse(text) {
  const clean = text.trim().replace(/^(-?\d+),(\d+)$/, '$1.$2').replace(/\u2212/g, '-');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(clean)) return null;
  const value = Number(clean);
  return Number.isFinite(value) ? value : null;
}

/** A parameter's value in a sentence. */
export function told(value) {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'number' ? brief(value) : String(value);
}
