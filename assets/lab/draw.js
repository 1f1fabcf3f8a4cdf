// A drawing as data: points in a square, by pointer or keyboard, sent when the person says so.

import { h, keepFocus, write } from './dom.js';
import { say } from './labels.js';

const GAP = 0.012; // of the square, between two points of a stroke
const KEY_STEP = 0.04;
const clamp = (value) => Math.min(1, Math.max(-1, value));

/** The drawing area (kind "draw"). */
export class Draw {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.strokes = [];
    this.cursor = null;
    this.build(data);
    this.size = new ResizeObserver(() => this.paint());
    this.size.observe(this.canvas);
  }

  build(data) {
    this.data = data;
    this.say = (key, values) => say(data.labels || {}, key, values);
    this.canvas = h('canvas', { class: 'pad', tabindex: '0', role: 'application', 'aria-label': this.say('drawHint'), title: this.say('drawHint') });
    this.count = h('span', { class: 'caption', role: 'status' });
    const button = (key, act) => keepFocus(h('button', { type: 'button', class: 'button slim', text: this.say(key), onclick: act }));
    this.undoButton = button('drawUndo', () => this.undo());
    this.clearButton = button('drawClear', () => { this.strokes = []; this.paint(); });
    this.useButton = button('drawUse', () => this.use());
    this.root.replaceChildren(h('div', { class: 'draw' }, this.canvas, h('div', { class: 'draw-row' }, this.undoButton, this.clearButton, this.useButton, this.count)));
    this.listen();
    this.paint();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.strokes.push([this.place(event)]);
      this.paint();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const stroke = this.strokes[this.strokes.length - 1];
      for (const each of event.getCoalescedEvents?.() ?? [event]) {
        const [x, y] = this.place(each);
        const [a, b] = stroke[stroke.length - 1];
        if (Math.hypot(x - a, y - b) >= 2 * GAP && this.total < this.data.most) stroke.push([x, y]);
      }
      this.paint();
    });
    canvas.addEventListener('keydown', (event) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (move) {
        const [x, y] = this.cursor || [0, 0];
        this.cursor = [clamp(x + move[0] * KEY_STEP), clamp(y + move[1] * KEY_STEP)];
      } else if (event.key === ' ') {
        this.cursor ||= [0, 0];
        if (this.total < this.data.most) this.strokes.push([[...this.cursor]]);
      } else if (event.key === 'Backspace') this.undo();
      else return;
      event.preventDefault();
      event.stopPropagation();
      this.paint();
    });
  }

  /** Where an event lies in the square, -1 to 1. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [clamp((2 * (event.clientX - box.left)) / box.width - 1), clamp(1 - (2 * (event.clientY - box.top)) / box.height)];
  }

  get total() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  undo() {
    this.strokes.pop();
    this.paint();
  }

  use() {
    const points = this.strokes.flat().map((point) => point.map((value) => Number(value.toFixed(4))));
    this.stream.send({ type: 'own', points });
  }

  paint() {
    const { canvas, total, data: { least } } = this;
    const box = canvas.getBoundingClientRect();
    const density = window.devicePixelRatio || 1;
    const side = Math.max(1, Math.round(box.width * density));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const ctx = canvas.getContext('2d');
    const css = getComputedStyle(this.root);
    ctx.clearRect(0, 0, side, side);
    ctx.strokeStyle = css.getPropertyValue('--line').trim() || '#ccc';
    ctx.beginPath();
    ctx.moveTo(side / 2, 0);
    ctx.lineTo(side / 2, side);
    ctx.moveTo(0, side / 2);
    ctx.lineTo(side, side / 2);
    ctx.stroke();
    ctx.fillStyle = css.color;
    const at = ([x, y]) => [((x + 1) / 2) * side, ((1 - y) / 2) * side];
    for (const stroke of this.strokes) {
      for (const point of stroke) {
        ctx.beginPath();
        ctx.arc(...at(point), 2.2 * density, 0, 7);
        ctx.fill();
      }
    }
    if (this.cursor) {
      const [x, y] = at(this.cursor);
      ctx.strokeStyle = css.color;
      ctx.strokeRect(x - 5 * density, y - 5 * density, 10 * density, 10 * density);
    }
    write(this.count, total < least ? this.say('drawNeed', { n: total, least }) : this.say('drawCount', { n: total }));
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
    this.size.disconnect();
    this.root.replaceChildren();
  }
}
