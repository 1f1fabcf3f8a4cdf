// What to sweep: parameter, from, to, how many, how long; and how far the training has got.

import { h, keepFocus, write } from '../base/dom.js';
import { brief, count, duration } from '../base/format.js';
import { say } from '../base/labels.js';

const NAMED = ['choice', 'toggle'];
const DEFAULT_COUNT = 8;

/** The form above the glide. */
export class PlanForm {
  /**
   * @param {{labels: object, specs: object[], steps: number, most: number}} data specs: the parameters that can be swept
   * @param {(message: object) => void} send
   */
  constructor(data, send) {
    this.data = data;
    this.send = send;
    this.say = (key, values) => say(data.labels, key, values);
    this.fields = {};
    this.problems = {};
    this.values = h('div', { class: 'glide-values' });
    this.name = this.field('name', 'glideParameter', h('select', {}, ...data.specs.map((spec) => h('option', {
      value: spec.name, text: spec.symbol ? `${spec.title} (${spec.symbol})` : spec.title,
    }))));
    this.name.addEventListener('change', () => this.chosen());
    this.count = this.field('count', 'glideCount', this.entry(DEFAULT_COUNT));
    this.steps = this.field('steps', 'glideSteps', this.entry(data.steps));
    this.button = keepFocus(h('button', { type: 'submit', class: 'button fill glide-train', disabled: true, text: this.say('glideTrain') }));
    this.hint = h('p', { class: 'glide-hint', text: this.say('glideHint') });
    this.bar = h('div', { class: 'bar' });
    this.progress = h('div', { class: 'glide-bar', role: 'progressbar', 'aria-label': this.say('progress'), 'aria-valuemin': '0', 'aria-valuemax': '100' }, this.bar);
    this.told = h('span', { class: 'glide-told', role: 'status' });
    this.cancel = keepFocus(h('button', { type: 'button', class: 'button small', text: this.say('glideCancel'), onclick: () => send({ type: 'cancel' }) }));
    this.training = h('div', { class: 'glide-progress', hidden: true }, this.progress, this.told, this.cancel);
    this.message = h('div', { class: 'problem', role: 'alert', hidden: true });
    this.element = h('form', { class: 'glide-plan', novalidate: true, 'aria-label': this.say('glidePlan'), onsubmit: (event) => this.submit(event) },
      this.fields.name, this.values, this.fields.count, this.fields.steps, this.button, this.message, this.training, this.hint);
    // A chapter has planned it: its Play trains, and only how far that has got is shown.
    this.element.classList.toggle('planned', Boolean(data.planned));
    this.chosen();
  }

  entry(value) {
    return h('input', { type: 'text', class: 'entry', inputmode: 'decimal', autocomplete: 'off', spellcheck: 'false', value: typeof value === 'number' ? brief(value, 6) : value });
  }

  /** A labelled field with a line for what was wrong with it. */
  field(name, key, control) {
    const id = `sweep-${name}`;
    control.id = id;
    control.setAttribute('aria-describedby', `${id}-problem`);
    this.problems[name] = h('span', { class: 'problem', id: `${id}-problem`, role: 'alert', hidden: true });
    this.fields[name] = h('div', { class: 'glide-field', 'data-name': name }, h('label', { class: 'caption', for: id, text: this.say(key) }), control, this.problems[name]);
    return control;
  }

  /** Another parameter: its own ends, on its own scale. */
  chosen() {
    const spec = this.spec;
    const named = NAMED.includes(spec.type);
    const option = (value, text) => h('option', { value, text });
    const ends = ['low', 'high'].map((name, i) => {
      const key = name === 'low' ? 'glideFrom' : 'glideTo';
      if (spec.type === 'choice') {
        const list = h('select', {}, ...spec.options.map((value) => option(value, spec.optionLabels?.[value] ?? value)));
        list.value = spec.options[i ? spec.options.length - 1 : 0];
        return this.field(name, key, list);
      }
      const control = this.field(name, key, this.entry(name === 'low' && spec.zero && !spec.low ? 0 : spec[name]));
      control.title = spec.allowed || '';
      return control;
    });
    [this.low, this.high] = ends;
    this.values.replaceChildren(...(spec.type === 'toggle' ? [] : [this.fields.low, this.fields.high]));
    // Choices and switches have as many models as they have values.
    this.fields.count.hidden = named;
    this.showProblems({});
  }

  get spec() {
    return this.data.specs.find((spec) => spec.name === this.name.value) || this.data.specs[0];
  }

  submit(event) {
    event.preventDefault();
    const text = (field) => field.value.trim();
    this.send({ type: 'plan', name: this.name.value, low: text(this.low), high: text(this.high), count: text(this.count), steps: text(this.steps) });
  }

  showProblems(problems) {
    for (const [name, line] of Object.entries(this.problems)) {
      write(line, problems[name] || '');
      line.hidden = !problems[name];
      const control = this[name];
      if (!control) continue;
      if (problems[name]) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
  }

  /** The server's news. */
  update({ state, step, total, eta, models, stacked, problems, message }, link) {
    this.showProblems(problems);
    write(this.message, link === 'gone' ? this.say('goneMessage') : message || '');
    this.message.hidden = !(link === 'gone' || message);
    this.button.disabled = link !== 'open';
    const busy = state === 'training' || state === 'waiting';
    this.training.hidden = !busy;
    this.hint.hidden = state !== 'empty';
    write(this.button, this.say(state === 'empty' ? 'glideTrain' : 'glideAgain'));
    if (!busy) return;
    const share = total ? Math.min(1, step / total) : 0;
    this.bar.style.transform = `scaleX(${share})`;
    this.progress.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    const left = typeof eta === 'number' ? this.say('remaining', { time: duration(eta, (n) => this.say('seconds', { n })) }) : '';
    const words = [this.say('stepOf', { step: count(step), total: count(total) }), this.say('glideModels', { n: models })];
    if (stacked) words.push(this.say('glideStacked'));
    if (left) words.push(left);
    write(this.told, state === 'waiting' ? this.say('glideWaiting') : step ? words.join(' · ') : this.say('stateOpening'));
  }
}
