// A number under the hand: it reports while it is dragged, and always takes a typed value.

import { h } from '../../base/dom.js';
import { Field } from './field.js';
import { brief, parse } from '../../base/format.js';
import { Scale, STOPS } from '../../base/scale.js';

const KEY_REST_MS = 250;
const MOVES = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/** Slider and number field of one numeric parameter. */
export class LiveSlider extends Field {
  constructor(spec, context) {
    super(spec, context);
    this.scale = new Scale(spec);
    this.range = h('input', { type: 'range', id: this.id, min: 0, max: STOPS, step: 'any', 'aria-label': spec.title });
    this.entry = h('input', {
      type: 'text', class: 'entry', inputmode: 'decimal', autocomplete: 'off', spellcheck: 'false',
      'aria-label': this.say('entryOf', { title: spec.title }), 'aria-describedby': `${this.id}-problem`,
      title: spec.allowed || '',
    });
    const unit = spec.unit && h('span', { class: 'unit', text: spec.unit });
    this.ticks = this.hero && h('div', { class: 'ticks', 'aria-hidden': 'true' }, ...this.scale.ticks().map(([at, text]) => {
      const tick = h('span', { text: text.replace('-', '\u2212') });
      tick.style.left = `${(at / STOPS) * 100}%`;
      return tick;
    }));
    this.frame(h('div', { class: 'track' }, this.range, this.ticks || null), this.entry);
    if (unit) this.entry.after(unit);
    this.listenToSlider();
    this.listenToEntry();
    this.show(spec.default);
  }

  listenToSlider() {
    const { range } = this;
    range.addEventListener('pointerdown', () => this.drag(true));
    range.addEventListener('input', () => this.take(this.scale.value(Number(range.value)), false));
    // `change` comes once at the end of a drag, also when the pointer is let go outside.
    range.addEventListener('change', () => this.finish());
    range.addEventListener('pointerup', () => setTimeout(() => this.finish()));
    range.addEventListener('pointercancel', () => this.finish());
    range.addEventListener('blur', () => this.finish());
    range.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      let value;
      if (event.key === 'Home') value = this.scale.value(0);
      else if (event.key === 'End') value = this.scale.high;
      else if (event.key in MOVES) value = this.scale.move(this.value, MOVES[event.key]);
      else return;
      event.preventDefault();
      if (value === this.value) return;
      this.drag(true);
      this.take(value, false);
      clearTimeout(this.keyTimer);
      this.keyTimer = setTimeout(() => this.finish(), KEY_REST_MS);
    });
  }

  listenToEntry() {
    const { entry } = this;
    entry.addEventListener('focus', () => {
      // Editing starts from the exact value, not from its short form.
      entry.value = String(this.value);
      this.taken = null;
      entry.select();
    });
    entry.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        // Taken: the keys belong to the player again. Refused: the text waits to be corrected.
        if (this.commit()) entry.blur();
        else entry.select();
      } else if (event.key === 'Escape') {
        entry.value = String(this.value);
        this.localProblem = null;
        this.setProblem(this.serverProblem);
        entry.removeAttribute('aria-invalid');
        entry.blur();
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        event.preventDefault();
        const value = this.scale.move(this.value, event.key === 'ArrowUp' ? 1 : -1);
        if (value !== this.value) this.take(value, true);
        entry.value = String(this.value);
      }
    });
    entry.addEventListener('blur', () => {
      this.commit();
      // A refused text gives way to the value in force; the line below still says what was refused.
      entry.removeAttribute('aria-invalid');
      entry.value = brief(this.value);
    });
  }

  /** Take what was typed; false when it was refused. */
  commit() {
    const text = this.entry.value.trim();
    const value = parse(text);
    const untouched = text === '' || text === this.taken || value === this.value || text === brief(this.value);
    if (untouched && !this.entry.hasAttribute('aria-invalid')) return true;
    if (value === null || !this.scale.allows(value)) {
      // Leaving the field repeats nothing: the refusal of Enter still stands.
      this.entry.setAttribute('aria-invalid', 'true');
      this.refuse(this.say('refused', { value: text, allowed: this.spec.allowed || `${brief(this.scale.low)} … ${brief(this.scale.high)}` }));
      return false;
    }
    this.entry.removeAttribute('aria-invalid');
    // Enter and then leaving the field is one commit, even if the server refused it in between.
    this.taken = text;
    this.take(value, true);
    return true;
  }

  take(value, final) {
    if (!final && value === this.value) {
      this.place(value); // the thumb snaps back onto the value it stands for
      return;
    }
    this.unsent = !final;
    this.show(value);
    this.change(value, final);
  }

  finish() {
    clearTimeout(this.keyTimer);
    // Let go where it was refused: the words stay, and the thumb goes back to the value in force.
    const refused = this.unsent && this.serverProblem && this.spec.kind !== 'cold';
    if (this.unsent && !refused) this.change(this.value, true);
    this.unsent = false;
    this.drag(false);
    if (refused) this.believe();
  }

  place(value) {
    const at = this.scale.position(value);
    this.range.value = String(at);
    this.range.style.setProperty('--at', String(at / STOPS));
  }

  show(value) {
    this.place(value);
    const text = brief(value);
    if (this.element.getRootNode().activeElement !== this.entry && this.entry.value !== text) this.entry.value = text;
    this.range.setAttribute('aria-valuetext', this.spec.unit ? `${text} ${this.spec.unit}` : text);
  }

  stop() {
    this.finish();
    super.stop();
  }
}
