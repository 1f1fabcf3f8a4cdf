// The player's small fields: speed, seed, and when to stop.

import { h, icon, keepFocus, write } from '../base/dom.js';
import { parse } from '../base/format.js';
import { say } from '../base/labels.js';

const SPEEDS = [1, 3, 10, 30, 100, 300, null];

/** A field that commits on Enter and on leaving, goes back on Escape, and is not overwritten while it is edited. */
function entry({ label, commit, restore, ...attributes }) {
  const field = h('input', { type: 'text', class: 'entry', inputmode: 'numeric', autocomplete: 'off', spellcheck: 'false', 'aria-label': label, ...attributes });
  const done = () => {
    if (field.value.trim() === field.known) return;
    if (commit(field.value.trim())) field.known = field.value.trim();
  };
  field.known = '';
  field.addEventListener('focus', () => field.select());
  field.addEventListener('blur', done);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      done();
      if (field.hasAttribute('aria-invalid')) field.select();
      else field.blur();
    } else if (event.key === 'Escape') {
      field.value = field.known;
      restore(field);
      field.blur();
    }
  });
  /** The server's value; kept away while the person types. */
  field.reflect = (text) => {
    if (field.known === text && field.value === text) return;
    if (field.getRootNode().activeElement === field && field.value !== field.known) return;
    field.known = field.value = text;
  };
  return field;
}

/** Speed, seed and stop rule. */
export class RunSettings {
  /**
   * @param {object} labels
   * @param {(message: object) => void} send
   */
  constructor(labels, send) {
    this.say = (key, values) => say(labels, key, values);
    this.send = send;
    this.touched = new Map(); // field -> until when the person's own choice stands against older news
    this.buildSpeed();
    this.buildSeed();
    this.buildStop();
    this.problem = h('div', { class: 'problem', role: 'alert', hidden: true });
  }

  /** True shortly after the person changed this. */
  own(name, mark) {
    if (mark) this.touched.set(name, performance.now() + 900);
    return performance.now() < (this.touched.get(name) || 0);
  }

  buildSpeed() {
    this.speed = h('select', { class: 'speed', title: this.say('speed'), 'aria-label': this.say('speed') });
    this.speed.append(...SPEEDS.map((n) => this.speedOption(n)));
    this.speed.value = '';
    this.speed.addEventListener('change', () => {
      this.own('speed', true);
      this.send({ type: 'speed', value: this.speed.value === '' ? null : Number(this.speed.value) });
      // The keys belong to the player again.
      this.speed.blur();
    });
  }

  speedOption(n) {
    const text = n === null ? this.say('speedMax') : this.say(n === 1 ? 'speedSlow' : 'speedOf', { n });
    return h('option', { value: n ?? '', text });
  }

  buildSeed() {
    this.seed = entry({
      label: this.say('seed'), size: 6, maxlength: 19, restore: (field) => this.complain(null, field),
      commit: (text) => {
        const good = /^\d+$/.test(text);
        this.complain(good ? null : this.say('seedRefused', { value: text }), this.seed);
        if (!good) return false;
        this.own('seed', true);
        this.send({ type: 'seed', value: text });
        return true;
      },
    });
    this.dice = keepFocus(h('button', {
      type: 'button', class: 'icon-button', title: this.say('newSeedHint'), 'aria-label': this.say('newSeed'),
      onclick: () => {
        this.complain(null, this.seed);
        this.send({ type: 'seed', value: null });
      },
    }, icon('dice')));
    this.seedBox = h('div', { class: 'group seed' }, h('span', { class: 'caption', text: this.say('seed') }), this.seed, this.dice);
  }

  buildStop() {
    const make = (name, size) => entry({
      label: `${this.say('stopAfter')}: ${this.say(name)}`, size, placeholder: '∞', title: this.say('stopNever'), maxlength: 10,
      commit: () => this.commitStop(), restore: (field) => this.complain(null, field),
    });
    this.steps = make('stopSteps', 6);
    this.seconds = make('stopSeconds', 4);
    this.stopBox = h('div', { class: 'group stop' }, h('span', { class: 'caption', text: this.say('stopAfter') }),
      this.steps, h('span', { class: 'after', text: this.say('stopSteps') }),
      this.seconds, h('span', { class: 'after', text: this.say('stopSeconds') }));
  }

  commitStop() {
    const values = {};
    for (const [name, field] of [['steps', this.steps], ['seconds', this.seconds]]) {
      const text = field.value.trim().replace(/,(?=\d{3}(\D|$))/g, '');
      const value = text === '' || text === '∞' ? null : parse(text);
      const good = text === '' || text === '∞' || (value !== null && value > 0 && (name === 'seconds' || Number.isInteger(value)));
      this.complain(good ? null : this.say('stopRefused', { value: text }), field);
      if (!good) return false;
      values[name] = value;
    }
    this.own('stop', true);
    this.send({ type: 'stop', ...values });
    return true;
  }

  complain(text, field) {
    if (text) field.setAttribute('aria-invalid', 'true');
    else field.removeAttribute('aria-invalid');
    this.local = text;
    this.paintProblem();
  }

  paintProblem() {
    const text = this.local || this.remote || '';
    write(this.problem, text);
    this.problem.hidden = !text;
  }

  /** News from the server. */
  update({ speed = null, seed = 0, stop = {}, problems = {} }) {
    if (!this.own('speed')) {
      const value = speed === null ? '' : String(speed);
      if (![...this.speed.options].some((option) => option.value === value)) this.speed.append(this.speedOption(speed));
      if (this.speed.value !== value) this.speed.value = value;
    }
    if (!this.own('seed') && !this.seed.hasAttribute('aria-invalid')) this.seed.reflect(String(seed));
    if (!this.own('stop')) {
      for (const [field, value] of [[this.steps, stop.steps], [this.seconds, stop.seconds]]) {
        if (!field.hasAttribute('aria-invalid')) field.reflect(value === null || value === undefined ? '' : String(value));
      }
    }
    this.remote = [problems.seed, problems.stop_steps, problems.stop_seconds].filter(Boolean).join(' ');
    this.paintProblem();
  }
}
