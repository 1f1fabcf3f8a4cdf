// What a person has drawn, as numbers: knots over the steps for a curve, one place for a threshold. No page in here.

/** Places along the steps at which a drawn curve has a value. */
export const KNOTS = 65;
const KEY_KNOTS = 4; // knots from one place to the next by the arrow keys
const KEY_SHARE = 0.02; // of the axis, per press of an arrow key

const clamp = (x, a, b) => Math.min(b, Math.max(a, x));
const tidy = (value) => Number(value.toPrecision(6));

/** One guess while it is being drawn. Heights (and a threshold's place) are linear: exponents where the axis is logarithmic. */
export class Sketch {
  /** @param {{curve: boolean, low: number, high: number, log: boolean}} guess */
  constructor({ curve, low, high, log }) {
    this.curve = curve;
    this.log = log;
    [this.low, this.high] = [this.lin(low), this.lin(high)];
    this.last = 1;
    this.at = 0; // the knot under the keyboard's cursor
    this.clear();
  }

  lin(value) {
    return this.log ? Math.log10(value) : value;
  }

  value(height) {
    return tidy(this.log ? 10 ** height : height);
  }

  clear() {
    this.knots = this.curve ? Array(KNOTS).fill(null) : [null];
  }

  get empty() {
    return this.knots.every((height) => height === null);
  }

  step(index) {
    return (this.last * index) / (KNOTS - 1);
  }

  /** Take over points that were drawn before, on an axis that ends at step `last`. */
  load(points, last) {
    this.last = last || 1;
    this.clear();
    if (!points.length) return;
    if (!this.curve) {
      this.knots[0] = this.lin(points[0][0]);
      return;
    }
    let to = 0;
    this.knots = this.knots.map((_, index) => {
      const x = this.step(index);
      // A float that crossed the wire may end a hair before its knot.
      const near = this.last * 1e-6;
      if (x < points[0][0] - near || x > points[points.length - 1][0] + near) return null;
      while (to < points.length - 1 && points[to][0] < x) to += 1;
      const [[a, low], [b, high]] = [points[Math.max(0, to - 1)], points[to]];
      const share = b > a ? clamp((x - a) / (b - a), 0, 1) : 1;
      return this.lin(low) + share * (this.lin(high) - this.lin(low));
    });
  }

  /** A stroke from one place to another: {x: step, height}. Without a start it is a dot. */
  stroke(from, to) {
    if (!this.curve) {
      this.knots[0] = clamp(to.x, this.low, this.high);
      return;
    }
    const knot = ({ x }) => clamp(Math.round((x / this.last) * (KNOTS - 1)), 0, KNOTS - 1);
    const [a, b] = [knot(from ?? to), knot(to)];
    const start = (from ?? to).height;
    for (let i = Math.min(a, b); i <= Math.max(a, b); i++) {
      const share = a === b ? 1 : (i - a) / (b - a);
      this.knots[i] = clamp(start + share * (to.height - start), this.low, this.high);
    }
    this.at = b;
  }

  /**
   * What a key does: it moves the cursor or the height under it.
   * @returns {"moved"|"drawn"|null} null for a key that means nothing here
   */
  key(key) {
    const span = this.high - this.low;
    const far = { PageUp: 10, PageDown: -10 }[key];
    const side = { ArrowRight: 1, ArrowLeft: -1, Home: -KNOTS, End: KNOTS }[key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[key] ?? far;
    if (!this.curve) {
      if (side === undefined && up === undefined) return null;
      const before = this.knots[0] ?? (this.low + this.high) / 2;
      const start = this.knots[0] === null && Math.abs(side ?? up) === 1 ? 0 : side ?? up;
      this.knots[0] = clamp(before + start * KEY_SHARE * span, this.low, this.high);
      return 'drawn';
    }
    if (side !== undefined) {
      this.at = clamp(Math.round(this.at / KEY_KNOTS + side) * KEY_KNOTS, 0, KNOTS - 1);
      return 'moved';
    }
    if (up === undefined && key !== 'Delete' && key !== 'Backspace') return null;
    const before = this.knots[this.at] ?? this.around(this.at);
    // Straight from the neighbouring place of the cursor to this one: no spikes in a curve drawn by hand.
    for (let i = this.at - KEY_KNOTS + 1; i < this.at + KEY_KNOTS; i++) if (i >= 0 && i < KNOTS) this.knots[i] = null;
    if (up !== undefined) this.knots[this.at] = clamp(before + up * KEY_SHARE * span, this.low, this.high);
    return 'drawn';
  }

  /** The height where nothing has been drawn yet: that of the nearest knot before it, then behind it, else the middle. */
  around(index) {
    const before = this.knots.slice(0, index).findLast((height) => height !== null);
    return before ?? this.knots.slice(index).find((height) => height !== null) ?? (this.low + this.high) / 2;
  }

  /** As the server takes it; null while a curve has less than two points. */
  points() {
    const points = this.curve
      ? this.knots.flatMap((height, i) => (height === null ? [] : [[tidy(this.step(i)), this.value(height)]]))
      : this.knots.flatMap((place) => (place === null ? [] : [[this.value(place)]]));
    return points.length >= (this.curve ? 2 : 1) ? points : null;
  }

  /** The dashed trace, as the server draws it: [x, y]. */
  trace() {
    if (!this.curve) return this.knots[0] === null ? [[], []] : [Array(2).fill(this.value(this.knots[0])), [0, 0.8]];
    const shown = this.knots.flatMap((height, i) => (height === null ? [] : [[this.step(i), this.value(height)]]));
    return [shown.map(([x]) => x), shown.map(([, y]) => y)];
  }
}
