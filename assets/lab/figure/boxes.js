// Where the texts and the thick lines of a figure are: an account of what was drawn, for tests and for whoever mends a picture.
import { rgba } from '../base/colors.js';
import { SvgContext } from './svg.js';

const THICK = 1.5;    // px: from here on a line through a text is in the way
const FAINT = 0.3;    // less opaque than that it is not

/** A sheet that keeps, in pixels of the figure: texts (their corners), thick segments, and grounds painted over both. */
class Account extends SvgContext {
  texts = [];
  segments = [];
  grounds = [];
  #order = 0;
  #paths = [];
  #cuts = [null];

  #at(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }

  save() { super.save(); this.#cuts.push(this.#cuts.at(-1)); }

  restore() { super.restore(); if (this.#cuts.length > 1) this.#cuts.pop(); }

  beginPath() { super.beginPath(); this.#paths = []; }

  moveTo(x, y) { super.moveTo(x, y); this.#paths.push([this.#at(x, y)]); }

  lineTo(x, y) {
    super.lineTo(x, y);
    if (this.#paths.length) this.#paths.at(-1).push(this.#at(x, y));
    else this.#paths.push([this.#at(x, y)]);
  }

  closePath() { super.closePath(); const path = this.#paths.at(-1); if (path) path.push(path[0]); }

  rect(x, y, w, h) {
    super.rect(x, y, w, h);
    this.#paths.push([[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]].map((p) => this.#at(...p)));
  }

  clip() {
    super.clip();
    const points = this.#paths.flat();
    const [xs, ys] = [0, 1].map((k) => points.map((p) => p[k]));
    const own = { l: Math.min(...xs), r: Math.max(...xs), t: Math.min(...ys), b: Math.max(...ys) };
    const out = this.#cuts.at(-1);
    this.#cuts[this.#cuts.length - 1] = out
      ? { l: Math.max(own.l, out.l), r: Math.min(own.r, out.r), t: Math.max(own.t, out.t), b: Math.min(own.b, out.b) } : own;
  }

  stroke() {
    super.stroke();
    if (this.lineWidth < THICK || rgba(this.strokeStyle)[3] * this.globalAlpha < FAINT) return;
    const order = this.#order++;
    for (const path of this.#paths) {
      for (let i = 1; i < path.length; i++) {
        const cut = clipped(path[i - 1], path[i], this.#cuts.at(-1));
        if (cut) this.segments.push({ from: cut[0], to: cut[1], width: this.lineWidth, color: this.strokeStyle, order });
      }
    }
  }

  ellipse(x, y, rx, ry, turned, from, to) {
    super.ellipse(x, y, rx, ry, turned, from, to);
    for (let k = 1; k <= 12; k++) {
      const a = from + ((to - from) * k) / 12;
      const [u, v] = [rx * Math.cos(a), ry * Math.sin(a)];
      this.#paths.at(-1)?.push(this.#at(x + u * Math.cos(turned) - v * Math.sin(turned), y + u * Math.sin(turned) + v * Math.cos(turned)));
    }
  }

  fill() {
    super.fill();
    for (const path of this.#paths) this.#ground(path);
  }

  fillRect(x, y, w, h) {
    super.fillRect(x, y, w, h);
    this.#ground([this.#at(x, y), this.#at(x + w, y + h)]);
  }

  // What is filled hides the lines under it: a label on its ground, or on a node, is not crossed by them.
  #ground(points) {
    if (typeof this.fillStyle !== 'string' || rgba(this.fillStyle)[3] * this.globalAlpha < 0.7) return;
    const [xs, ys] = [0, 1].map((k) => points.map((p) => p[k]));
    this.grounds.push({ l: Math.min(...xs), r: Math.max(...xs), t: Math.min(...ys), b: Math.max(...ys), order: this.#order++ });
  }

  textBox(box, left, top, halo) {
    if (!box.w) return;
    // The line of a text is higher than its letters.
    const rim = box.step * 0.16;
    const corners = [[left, top + rim], [left + box.w, top + rim], [left + box.w, top + box.h - rim], [left, top + box.h - rim]].map((p) => this.#at(...p));
    const words = box.lines.map((line) => line.runs.map((r) => r.text).join('')).join('\n');
    this.texts.push({ text: words, corners, cut: this.#cuts.at(-1), halo, order: this.#order++ });
  }
}

/** The part of a segment inside a rectangle; null where there is none. */
function clipped(p, q, box) {
  if (![...p, ...q].every(Number.isFinite)) return null;
  if (!box) return [p, q];
  let [from, to] = [0, 1];
  for (const [k, low, high] of [[0, box.l, box.r], [1, box.t, box.b]]) {
    const d = q[k] - p[k];
    if (Math.abs(d) < 1e-9) {
      if (p[k] < low || p[k] > high) return null;
      continue;
    }
    const [a, b] = [(low - p[k]) / d, (high - p[k]) / d].sort((m, n) => m - n);
    [from, to] = [Math.max(from, a), Math.min(to, b)];
  }
  const at = (f) => [p[0] + f * (q[0] - p[0]), p[1] + f * (q[1] - p[1])];
  return from < to ? [at(from), at(to)] : null;
}

const minus = (p, q) => [p[0] - q[0], p[1] - q[1]];
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];

/** How deep two convex shapes lie in each other, in pixels; 0 where a straight line parts them. */
function depth(one, two) {
  let least = Infinity;
  for (const shape of [one, two]) {
    for (let i = 0; i < shape.length; i++) {
      const [x, y] = minus(shape[(i + 1) % shape.length], shape[i]);
      const size = Math.hypot(x, y);
      if (size < 1e-9) continue;
      const normal = [y / size, -x / size];
      const [a, b] = [one, two].map((s) => s.map((p) => dot(p, normal)));
      least = Math.min(least, Math.min(Math.max(...a), Math.max(...b)) - Math.max(Math.min(...a), Math.min(...b)));
    }
  }
  return least === Infinity ? 0 : Math.max(0, least);
}

/**
 * The texts and thick lines of the picture that a figure shows, and what is wrong with them.
 * @param {import('./figure.js').Figure} figure
 * @param {number} [slack] pixels that may touch
 * @returns {{texts: object[], segments: object[], faults: string[]}|null} null while the figure shows nothing
 */
export function boxesOf(figure, slack = 1) {
  let sheet = null;
  figure.paintOn((w, h) => (sheet = new Account(w, h)));
  if (!sheet) return null;
  const { width, height, texts, segments, grounds } = sheet;
  const faults = [];
  texts.forEach((one, i) => {
    const [xs, ys] = [0, 1].map((k) => one.corners.map((p) => p[k]));
    const [l, r, t, b] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { cut } = one;
    if (l < -slack || r > width + slack || t < -slack || b > height + slack) faults.push(`“${one.text}” leaves the frame`);
    else if (cut && (l < cut.l - slack || r > cut.r + slack || t < cut.t - slack || b > cut.b + slack)) faults.push(`“${one.text}” is cut`);
    const covers = (g) => g.l <= l + 1 && g.r >= r - 1 && g.t <= t + 1 && g.b >= b - 1;
    for (const two of texts.slice(i + 1)) {
      const hidden = grounds.some((g) => g.order > one.order && g.order < two.order && covers(g));
      if (!hidden && depth(one.corners, two.corners) > slack) faults.push(`“${one.text}” and “${two.text}” overlap`);
    }
    const ground = Math.max(-1, ...grounds.filter((g) => g.order < one.order && covers(g)).map((g) => g.order));
    // Letters with a halo keep lines away from themselves.
    const crossing = one.halo ? null : segments.find((s) => s.order > ground && depth(one.corners, band(s)) > slack);
    if (crossing) faults.push(`“${one.text}” is crossed by a line of ${crossing.width.toFixed(1)} px (${crossing.color})`);
  });
  return { texts, segments, faults: [...new Set(faults)] };
}

/** The area of a thick segment. */
function band({ from, to, width }) {
  const [x, y] = minus(to, from);
  const size = Math.hypot(x, y) || 1;
  const [nx, ny] = [(-y / size) * (width / 2), (x / size) * (width / 2)];
  return [[from[0] + nx, from[1] + ny], [to[0] + nx, to[1] + ny], [to[0] - nx, to[1] - ny], [from[0] - nx, from[1] - ny]];
}
