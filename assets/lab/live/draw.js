// A drawing as data: points in a square, by mouse, finger or keyboard, sent when the person says so.

import { h, keepFocus, write } from '../base/dom.js';
import { say } from '../base/labels.js';

const GAP = 0.02; // between two points of a stroke; the square goes from -1 to 1
const KEY_STEP = 0.05;
const THOUSANDTHS = 1000; // places are sent as whole thousandths: the whole drawing is one small message
const SENT_MS = 1000; // a second press within this time would only send the same drawing again
const clamp = (value) => Math.min(1, Math.max(-1, value));

const kept = new Map(); // strokes by topic: another part of the page, or another language, does not lose them

/** The drawing area (kind "draw"). */
export class Draw {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.strokes = kept.get(data.topic) || [];
    this.cursor = [0, 0];
    this.build(data);
    this.size = new ResizeObserver(() => this.paint());
    this.size.observe(root);
    this.leave = stream.subscribe({ status: ({ problems = {} }) => this.complain(problems.drawing || '') });
  }

  build(data) {
    this.data = data;
    this.say = (key, values) => say(data.labels || {}, key, values);
    this.canvas = h('canvas', { class: 'draw-pad', tabindex: '0', role: 'application', 'aria-label': this.say('drawPad'), 'aria-describedby': 'draw-hint' });
    this.said = h('span', { class: 'draw-said', role: 'status' });
    this.count = h('span', { class: 'caption' });
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    const button = (key, act, more = '') => keepFocus(h('button', { type: 'button', class: `button slim${more}`, text: this.say(key), onclick: act }));
    this.undoButton = button('drawUndo', () => this.undo());
    this.clearButton = button('drawClear', () => this.change([]));
    this.useButton = button('drawUse', () => this.use(), ' draw-use');
    this.root.replaceChildren(h('div', { class: 'draw' },
      this.canvas,
      h('p', { class: 'draw-hint', id: 'draw-hint', text: this.say('drawHint') }),
      h('div', { class: 'draw-row' }, this.undoButton, this.clearButton, this.count, this.said),
      this.useButton, this.problem));
    this.listen();
    this.paint();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button || !event.isPrimary) return;
      canvas.setPointerCapture(event.pointerId);
      this.change([...this.strokes, [this.place(event)]]);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const parts = event.getCoalescedEvents?.() ?? [];
      for (const part of parts.length ? parts : [event]) this.drag(this.place(part));
      this.paint();
    });
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (move) {
        this.cursor = this.cursor.map((value, axis) => clamp(value + move[axis] * KEY_STEP));
        if (event.shiftKey) this.put();
      } else if (event.key === ' ') this.put();
      else if (event.key === 'Backspace') this.undo();
      else return;
      event.preventDefault();
      event.stopPropagation();
      this.paint();
      write(this.said, this.say('drawAt', { x: this.cursor[0].toFixed(2), y: this.cursor[1].toFixed(2) }));
    });
    for (const name of ['focus', 'blur']) canvas.addEventListener(name, () => this.paint());
  }

  /** Where an event lies in the square. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [clamp((2 * (event.clientX - box.left)) / box.width - 1), clamp(1 - (2 * (event.clientY - box.top)) / box.height)];
  }

  get total() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  /** Go on with the last stroke: evenly spaced points, however fast the hand was. */
  drag(to) {
    const stroke = this.strokes[this.strokes.length - 1];
    if (!stroke) return;
    const from = stroke[stroke.length - 1];
    const steps = Math.floor(Math.hypot(to[0] - from[0], to[1] - from[1]) / GAP);
    const room = this.data.most - this.total;
    for (let step = 1; step <= Math.min(steps, room); step += 1) stroke.push(from.map((value, axis) => value + ((to[axis] - value) * step) / steps));
  }

  put() {
    this.change([...this.strokes, [[...this.cursor]]]);
  }

  undo() {
    this.change(this.strokes.slice(0, -1));
  }

  change(strokes) {
    if (strokes.length > this.strokes.length && this.total >= this.data.most) return;
    this.strokes = strokes;
    kept.set(this.data.topic, strokes);
    this.complain('');
    this.paint();
  }

  use() {
    this.complain('');
    this.stream.send({ type: 'own', points: this.strokes.flat(2).map((value) => Math.round(value * THOUSANDTHS)) });
    this.useButton.disabled = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.paint(), SENT_MS);
  }

  /** What the server has against the drawing. */
  complain(text) {
    write(this.problem, text);
    this.problem.hidden = !text;
  }

  paint() {
    const { canvas, total, data: { least, most } } = this;
    const density = window.devicePixelRatio || 1;
    const side = Math.max(1, Math.round(canvas.clientWidth * density));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const ctx = canvas.getContext('2d');
    const css = getComputedStyle(canvas);
    ctx.clearRect(0, 0, side, side);
    ctx.lineWidth = density;
    ctx.strokeStyle = css.borderTopColor;
    ctx.beginPath();
    ctx.moveTo(side / 2, 0);
    ctx.lineTo(side / 2, side);
    ctx.moveTo(0, side / 2);
    ctx.lineTo(side, side / 2);
    ctx.stroke();
    ctx.fillStyle = css.accentColor;
    const at = ([x, y]) => [((x + 1) / 2) * side, ((1 - y) / 2) * side];
    for (const point of this.strokes.flat()) {
      ctx.beginPath();
      ctx.arc(...at(point), 2 * density, 0, 7);
      ctx.fill();
    }
    if (canvas.matches(':focus-visible')) {
      const [x, y] = at(this.cursor);
      ctx.strokeStyle = css.color;
      ctx.strokeRect(x - 5 * density, y - 5 * density, 10 * density, 10 * density);
    }
    const key = total < least ? 'drawNeed' : total >= most ? 'drawFull' : 'drawCount';
    write(this.count, this.say(key, { n: total, least }));
    this.useButton.disabled = total < least;
    this.undoButton.disabled = this.clearButton.disabled = !total;
  }

  update(data) {
    if (JSON.stringify(data.labels) !== JSON.stringify(this.data.labels)) this.build(data);
  }

  setTheme() {
    this.paint();
  }

  destroy() {
    clearTimeout(this.timer);
    this.leave();
    this.size.disconnect();
    this.root.replaceChildren();
  }
}
