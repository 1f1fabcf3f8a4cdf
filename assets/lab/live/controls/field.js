// The frame around every control: title, tags, help, way back to the default, and the line for a refused value.

import { h, help, icon, keepFocus, write } from '../../base/dom.js';
import { brief } from '../../base/format.js';
import { say } from '../../base/labels.js';

// How long the person's own value stands against older news that is still on its way from the server.
const ECHO_MS = 900;

const equal = (a, b) => (Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((v, i) => v === b[i]) : a === b);

/** Base of all controls. Subclasses give `show(value)`, and `change(value, final)` is what they call. */
export class Field {
  /**
   * @param {object} spec the control's description
   * @param {{labels: object, stream: import('../stream.js').Stream, hero: boolean}} context
   */
  constructor(spec, { labels, stream, hero }) {
    Object.assign(this, { spec, labels, stream, hero });
    this.value = spec.default;
    this.dragging = false;
    this.expected = null;
    this.id = `c-${spec.name}`;
    this.say = (key, values) => say(labels, key, values);
  }

  /** Build the frame around `body`; `aside` (a number field, a switch) stands at the end of the title line. */
  frame(body, aside) {
    const { spec } = this;
    const back = this.say('toDefault', { value: this.textOf(spec.default) });
    const [letter = '', index] = (spec.symbol ?? '').split('_'); // "θ_B": an index
    const symbol = letter && h('span', { class: 'symbol' }, letter, index ? h('sub', { text: index }) : null);
    this.title = h('label', { class: 'title', for: this.id, title: back }, symbol || null, h('span', { text: spec.title }));
    this.title.addEventListener('dblclick', (event) => {
      event.preventDefault();
      this.toDefault();
    });
    // The second press would select the word under the pointer.
    this.title.addEventListener('mousedown', (event) => { if (event.detail > 1) event.preventDefault(); });
    this.undo = keepFocus(h('button', { type: 'button', class: 'undo', title: back, 'aria-label': back, onclick: () => this.toDefault() }, icon('reset')));
    const problemId = `${this.id}-problem`;
    this.problemLine = h('div', { class: 'problem', id: problemId, role: 'alert', hidden: true });
    this.element = h('div', { class: `control ${spec.kind} ${spec.type}${this.hero ? ' hero' : ''}`, 'data-name': spec.name },
      h('div', { class: 'head' }, this.title, this.tag(), help(spec.help, this.say('helpFor', { title: spec.title })),
        h('span', { class: 'gap' }), h('span', { class: 'aside' }, this.undo, aside || null)),
      body, this.problemLine, this.goesOn());
    this.mark();
  }

  tag() {
    const key = this.spec.kind === 'cold' ? 'restarts' : this.spec.kind;
    return h('span', { class: `tag ${this.spec.kind}`, title: this.say(`${key}Hint`) }, h('span', { text: this.say(key) }));
  }

  /** On the edge of the hero's card: words that came into its title line would push the slider away under the pointer. */
  goesOn() {
    if (!this.hero || this.spec.kind === 'cold') return null;
    this.goesOnWords = h('span', { class: 'goes-on', role: 'status' });
    return this.goesOnWords;
  }

  /** The hero says when a drag makes a finished run go on. */
  tellGoesOn(on) {
    if (this.goesOnWords) write(this.goesOnWords, on ? this.say('goesOn') : '');
  }

  /** A value as words, for tooltips. */
  textOf(value) {
    const { options, optionLabels } = this.spec;
    if (typeof value === 'boolean') return this.say(value ? 'on' : 'off');
    const name = (v) => optionLabels?.[v] ?? String(v);
    if (Array.isArray(value)) return value.map(name).join(', ');
    return typeof value === 'number' && !options?.length ? brief(value) : name(value);
  }

  toDefault() {
    this.show(this.spec.default);
    this.change(this.spec.default, true);
  }

  /** The person chose a value. A control that restarts the run speaks only when the choice is final. */
  change(value, final) {
    this.value = value;
    this.localProblem = null;
    this.setProblem(null);
    this.mark();
    if (!final && this.spec.kind === 'cold') return;
    this.expected = { value, until: performance.now() + ECHO_MS, oldProblem: this.serverProblem };
    this.serverProblem = null;
    this.stream.set({ [this.spec.name]: value }, final);
    // A refusal in the same words as before looks like old news: believe it when the time is up.
    clearTimeout(this.echoTimer);
    this.echoTimer = setTimeout(() => this.believe(), ECHO_MS + 20);
  }

  /** Show what the server said last. */
  believe() {
    const { status } = this.stream;
    if (status) this.reflect(status.params?.[this.spec.name], status.problems?.[this.spec.name] || null);
  }

  /** The server's value and complaint. */
  reflect(value, problem) {
    const waiting = this.expected && performance.now() < this.expected.until;
    const old = waiting && problem && problem === this.expected.oldProblem;
    if (problem !== this.serverProblem && !old) {
      this.serverProblem = problem;
      if (problem) this.expected = null;
      if (!this.localProblem) this.setProblem(problem);
    }
    if (value === undefined || this.dragging) return;
    if (this.expected && waiting && !equal(value, this.expected.value)) return;
    this.expected = null;
    if (equal(value, this.value) && this.shown) return;
    this.shown = true;
    this.value = value;
    this.show(value);
    this.mark();
  }

  /** A complaint of our own, until the next good value. */
  refuse(text) {
    this.localProblem = text;
    this.setProblem(text);
  }

  setProblem(text) {
    write(this.problemLine, text || '');
    this.problemLine.hidden = !text;
    this.element.classList.toggle('bad', Boolean(text));
  }

  mark() {
    // Hidden, not removed: the line must not move when the value leaves its default.
    this.undo.style.visibility = equal(this.value, this.spec.default) ? 'hidden' : 'visible';
  }

  drag(on) {
    if (this.dragging === on) return;
    this.dragging = on;
    this.element.classList.toggle('dragging', on);
    this.stream.dragging(on);
  }

  /** Taken off the page: a drag that never ended must not hold the address bar. */
  stop() {
    clearTimeout(this.echoTimer);
    this.drag(false);
  }
}
