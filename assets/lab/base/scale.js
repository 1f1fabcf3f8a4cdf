// Where a value stands on a slider, and which value stands at a place: linear or logarithmic, with a stop for zero.

import { brief } from './format.js';

/** Positions of the range input; fine enough for a projector's width. */
export const STOPS = 1000;
// With `zero` the leftmost part of the track is the stop for 0: wide enough to hit, narrow enough to be an end.
const ZERO_STOPS = 30;

const clamp = (x, a, b) => Math.min(b, Math.max(a, x));

function niceStep(span) {
  const rough = span / 200;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [5, 2, 1].map((m) => m * power).find((s) => s <= rough * 1.0001);
}

/** The scale of one numeric control. */
export class Scale {
  /** @param {{type: string, low: number, high: number, step: ?number, log: boolean, zero: boolean}} spec */
  constructor({ type, low, high, step, log, zero }) {
    Object.assign(this, { low, high, zero: Boolean(zero) && low > 0, log: Boolean(log) && low > 0 });
    this.integer = type === 'integer';
    this.step = step || (this.integer ? 1 : this.log ? null : niceStep(high - low));
    this.start = this.zero ? ZERO_STOPS : 0;
  }

  /** 0..STOPS */
  position(value) {
    if (this.zero && value < this.low) return 0;
    const v = clamp(value, this.low, this.high);
    const t = this.log ? Math.log(v / this.low) / Math.log(this.high / this.low) : (v - this.low) / (this.high - this.low || 1);
    return this.start + t * (STOPS - this.start);
  }

  /** The tidy value nearest to a position. */
  value(position) {
    if (this.zero && position < this.start / 2) return 0;
    const t = clamp((position - this.start) / (STOPS - this.start), 0, 1);
    if (t === 0 || t === 1) return t ? this.high : this.low;
    return this.tidy(this.log ? this.low * (this.high / this.low) ** t : this.low + t * (this.high - this.low));
  }

  /** On the step, or with three significant digits, within the limits. */
  tidy(value) {
    let v = value;
    if (this.step && (!this.log || this.integer)) {
      v = this.low + Math.round((v - this.low) / this.step) * this.step;
      // 0.1 + 0.2: leave only the digits that the step has.
      v = Number(v.toFixed(clamp(Math.ceil(-Math.log10(this.step)) + 1, 0, 12)));
    } else v = Number(v.toPrecision(3));
    return clamp(v, this.low, this.high);
  }

  /** The value `count` keyboard steps away; a logarithmic scale has twenty to the decade. */
  move(value, count) {
    if (this.zero && value < this.low) return count > 0 ? this.low : 0;
    if (this.zero && value <= this.low && count < 0) return 0;
    let v;
    if (this.log) {
      v = this.tidy(value * 10 ** (count / 20));
      if (this.integer && v === value) v = value + Math.sign(count) * this.step;
    } else {
      const keyStep = this.integer ? this.step : Math.max(this.step, (this.high - this.low) / 200);
      v = this.tidy(value + count * keyStep);
    }
    return clamp(v, this.low, this.high);
  }

  /** Whether a typed value can be taken. */
  allows(value) {
    if (this.integer && !Number.isInteger(value)) return false;
    return (value >= this.low && value <= this.high) || (this.zero && value === 0);
  }

  /** Tick labels under the track: [position, text], few enough never to collide. */
  ticks() {
    // With a stop for zero the lower limit stands too close to it for a label of its own.
    const list = [this.zero ? [0, '0'] : [0, brief(this.low)]];
    if (this.log) {
      const [first, last] = [Math.floor(Math.log10(this.low)) + 1, Math.ceil(Math.log10(this.high)) - 1];
      const every = Math.ceil((last - first + 1) / 6);
      for (let k = first; k <= last; k++) if (k % every === 0) list.push([this.position(10 ** k), brief(10 ** k)]);
    } else if (!this.integer || (this.high - this.low) % 2 === 0) {
      list.push([this.position((this.low + this.high) / 2), brief((this.low + this.high) / 2)]);
    }
    // Labels close to the right end would run into its own.
    return [...list.filter(([at], i) => i === 0 || (at < STOPS * 0.93 && at > STOPS * 0.07)), [STOPS, brief(this.high)]];
  }
}
