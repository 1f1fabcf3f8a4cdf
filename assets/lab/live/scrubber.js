// Back in time: a range over the kept frames, with a mark wherever a setting was changed.

import { h, icon, keepFocus, write } from '../base/dom.js';
import { count } from '../base/format.js';
import { say } from '../base/labels.js';

const SEEK_EVERY_MS = 33;
const ECHO_MS = 700;

/** The history line of the player. */
export class Scrubber {
  /**
   * @param {object} labels
   * @param {(index: number|null) => void} seek null is the present
   * @param {(index: number) => void} branch continue from a kept frame as a twin
   */
  constructor(labels, seek, branch) {
    this.say = (key, values) => say(labels, key, values);
    this.seek = seek;
    this.steps = [];
    this.liveAt = 0;
    this.now = 0;
    this.held = false;
    this.range = h('input', { type: 'range', min: 0, max: 0, step: 1, value: 0, class: 'scrub', 'aria-label': this.say('history') });
    this.marks = h('div', { class: 'marks', 'aria-hidden': 'true' });
    this.text = h('span', { class: 'scrub-text' });
    this.live = keepFocus(h('button', { type: 'button', class: 'live-button', title: this.say('liveHint'), onclick: () => this.go(null) },
      h('span', { class: 'lamp' }), h('span', { text: this.say('live') })));
    this.branch = keepFocus(h('button', { type: 'button', class: 'live-button branch', title: this.say('branchHint'), hidden: true,
      onclick: () => { if (this.index !== null) branch(this.index); } }, icon('branch'), h('span', { text: this.say('branch') })));
    this.element = h('div', { class: 'scrubber' }, h('span', { class: 'caption', text: this.say('history') }),
      h('div', { class: 'track' }, this.marks, this.range), this.text, this.branch, this.live);
    this.range.addEventListener('pointerdown', () => { this.held = true; });
    this.range.addEventListener('input', () => this.drag());
    for (const type of ['change', 'pointercancel', 'blur']) this.range.addEventListener(type, () => this.drop());
    this.range.addEventListener('pointerup', () => setTimeout(() => this.drop()));
  }

  /** The kept frame on screen (null: the present), by what the person did last, else by the server. */
  get index() {
    if (this.wanted !== undefined && performance.now() < this.wantedUntil) return this.wanted;
    return this.shown ?? null;
  }

  drag() {
    this.held = true;
    const at = Number(this.range.value);
    this.wanted = at >= this.max ? null : at;
    this.wantedUntil = Infinity;
    this.paint();
    if (!this.timer) {
      this.timer = setTimeout(() => {
        this.timer = 0;
        this.send();
      }, Math.max(0, (this.sentAt || 0) + SEEK_EVERY_MS - performance.now()));
    }
  }

  send() {
    if (this.wanted === undefined || this.wanted === this.sent) return;
    this.sent = this.wanted;
    this.sentAt = performance.now();
    this.seek(this.wanted);
  }

  drop() {
    if (!this.held) return;
    this.held = false;
    clearTimeout(this.timer);
    this.timer = 0;
    this.send();
    this.wantedUntil = performance.now() + ECHO_MS;
  }

  /** Show a kept frame, or the present (null), at once. */
  go(index) {
    this.wanted = this.sent = index;
    this.wantedUntil = performance.now() + ECHO_MS;
    this.seek(index);
    this.paint();
  }

  /** One kept frame back; from the present to the newest kept frame that differs from it. */
  back() {
    const from = this.index ?? this.liveAt;
    if (from > 0) this.go(from - 1);
  }

  /** One kept frame forward, ending in the present. */
  forward() {
    const { index } = this;
    if (index !== null) this.go(index + 1 >= this.liveAt ? null : index + 1);
  }

  /** The person started something that ends in the present. */
  leave() {
    this.wanted = this.sent = null;
    this.wantedUntil = performance.now() + ECHO_MS;
    this.paint();
  }

  /** News from the server. */
  update({ keptSteps = [], shown = null, step = 0, marks = [] }) {
    this.steps = keptSteps;
    this.step = step;
    this.shown = shown;
    // The newest kept frame is often the present itself: then the present has no place of its own.
    const last = keptSteps.length - 1;
    this.liveAt = Math.max(0, keptSteps[last] === step ? last : last + 1);
    if (!this.held) {
      if (this.wanted === shown || performance.now() >= this.wantedUntil) this.wanted = undefined;
      this.sent = undefined;
    }
    this.paint();
    this.paintMarks(marks);
  }

  paint() {
    const { index } = this;
    // The line does not grow under the hand: frames that arrive meanwhile wait.
    if (!this.held || !this.max) this.max = Math.max(1, this.liveAt);
    this.range.max = String(this.max);
    this.range.disabled = this.liveAt === 0;
    if (!this.held) this.range.value = String(index ?? this.max);
    this.range.style.setProperty('--at', String((index ?? this.max) / this.max));
    const past = index !== null;
    this.element.classList.toggle('past', past);
    this.branch.hidden = !past;
    this.live.setAttribute('aria-pressed', String(!past));
    const at = past ? this.steps[Math.min(index, this.steps.length - 1)] ?? 0 : this.step ?? 0;
    const text = this.say('historyAt', { step: count(at) });
    // In the present the step already stands above.
    write(this.text, past ? text : '');
    this.range.setAttribute('aria-valuetext', text);
  }

  /** Where a step lies on the line, 0..1. */
  place(step) {
    const { steps } = this;
    let i = 0;
    while (i < steps.length && steps[i] < step) i += 1;
    if (i < steps.length && i > 0) i -= (steps[i] - step) / (steps[i] - steps[i - 1] || 1);
    return Math.min(1, i / Math.max(1, this.liveAt));
  }

  paintMarks(marks) {
    const fresh = [...new Set(marks)];
    while (this.marks.children.length > fresh.length) this.marks.lastChild.remove();
    while (this.marks.children.length < fresh.length) this.marks.append(h('i'));
    fresh.forEach((step, i) => {
      const node = this.marks.children[i];
      node.style.left = `${this.place(step) * 100}%`;
      const title = this.say('mark', { step: count(step) });
      if (node.title !== title) node.title = title;
    });
  }
}
