// Switches, one of several, and several of several.

import { h } from '../../base/dom.js';
import { Field } from './field.js';

// More or longer options than this do not fit beside each other.
const SEGMENTS = 4;
const SEGMENT_LETTERS = 34;

/** An on/off switch. */
export class Toggle extends Field {
  constructor(spec, context) {
    super(spec, context);
    this.box = h('input', { type: 'checkbox', role: 'switch', id: this.id, class: 'switch' });
    this.box.addEventListener('change', () => this.change(this.box.checked, true));
    this.frame(null, this.box);
    this.show(spec.default);
  }

  show(value) {
    this.box.checked = value;
  }
}

/** One of several: segments when they are few and short, a slider that rests on each where they are growing numbers, a list otherwise. */
export class Choice extends Field {
  constructor(spec, context) {
    super(spec, context);
    const texts = spec.options.map((option) => spec.optionLabels?.[option] ?? option);
    const letters = texts.reduce((sum, text) => sum + [...text].length + 2, 0);
    // A Chinese letter is about as wide as two Latin ones.
    const wide = texts.join('').replace(/[\u0000-\u2e7f]/g, '').length;
    const numbers = spec.options.map(Number);
    if (spec.options.length <= SEGMENTS && letters + wide <= SEGMENT_LETTERS) this.segments(texts);
    else if (numbers.every((number, i) => Number.isFinite(number) && (!i || number > numbers[i - 1]))) this.stops();
    else this.list(texts);
    this.show(spec.default);
  }

  segments(texts) {
    const { spec } = this;
    this.radios = spec.options.map((option, i) => h('input', {
      type: 'radio', name: this.id, value: option, id: i ? null : this.id, onchange: () => this.change(option, true),
    }));
    this.frame(h('div', { class: 'segments', role: 'radiogroup', 'aria-label': spec.title },
      ...this.radios.map((radio, i) => h('label', {}, radio, h('span', { text: texts[i] })))));
  }

  stops() {
    const { title, high } = this.spec;
    const options = this.options = this.spec.options.filter((option) => high == null || Number(option) <= high);
    const last = options.length - 1;
    this.range = h('input', { type: 'range', id: this.id, min: 0, max: last, step: 1, 'aria-label': title });
    this.said = h('output', { class: 'entry stop', for: this.id });
    const ticks = this.hero && h('div', { class: 'ticks', 'aria-hidden': 'true' }, ...options.map((text, i) => {
      const tick = h('span', { text });
      tick.style.left = `${(i / last) * 100}%`;
      return tick;
    }));
    const at = () => options[Number(this.range.value)];
    this.range.addEventListener('pointerdown', () => this.drag(true));
    this.range.addEventListener('input', () => {
      if (at() === this.value) return;
      this.unsent = true;
      this.show(at());
      this.change(at(), false);
    });
    const finish = () => {
      if (this.unsent) this.change(this.value, true);
      this.unsent = false;
      this.drag(false);
    };
    for (const event of ['change', 'pointercancel', 'blur']) this.range.addEventListener(event, finish);
    this.range.addEventListener('pointerup', () => setTimeout(finish)); // where nothing has changed, no `change` comes
    this.frame(h('div', { class: 'track' }, this.range, ticks || null), this.said);
  }

  list(texts) {
    const { spec } = this;
    this.select = h('select', { id: this.id, onchange: () => this.change(this.select.value, true) },
      ...spec.options.map((option, i) => h('option', { value: option, text: texts[i] })));
    this.frame(this.select);
  }

  show(value) {
    if (this.select) this.select.value = value;
    else if (this.range) {
      const place = this.options.indexOf(value);
      this.range.value = String(place);
      this.range.style.setProperty('--at', String(place / (this.options.length - 1)));
      this.range.setAttribute('aria-valuetext', value);
      this.said.textContent = value;
    } else for (const radio of this.radios) radio.checked = radio.value === value;
  }
}

/** Several of several, as chips in their declared order. */
export class Choices extends Field {
  constructor(spec, context) {
    super(spec, context);
    this.chips = spec.options.map((option, i) => h('input', {
      type: 'checkbox', value: option, id: i ? null : this.id, onchange: (event) => this.flip(event.target),
    }));
    this.frame(h('div', { class: 'chips', role: 'group', 'aria-label': spec.title },
      ...this.chips.map((chip, i) => h('label', { class: 'chip' }, chip,
        h('span', { text: spec.optionLabels?.[spec.options[i]] ?? spec.options[i] })))));
    this.show(spec.default);
  }

  flip(box) {
    const chosen = this.chips.filter((chip) => chip.checked).map((chip) => chip.value);
    if (chosen.length < (this.spec.least || 0)) {
      box.checked = true;
      this.refuse(this.say('least', { n: this.spec.least }));
      return;
    }
    this.change(chosen, true);
  }

  show(value) {
    for (const chip of this.chips) chip.checked = value.includes(chip.value);
  }
}
