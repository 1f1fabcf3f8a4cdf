// A whole sweep: what to train, the glide through it, the summary, and what can be done with one model.

import { h, keepFocus, save, write } from '../base/dom.js';
import { SweepLine } from './line.js';
import { PlanForm } from './plan.js';
import { Stage } from './stage.js';
import { Summary, Verdict } from './summary.js';
import { say } from '../base/labels.js';
import { stats } from '../base/stats.js';

const EMPTY = { state: 'empty', sweep: 0, problems: {}, message: null, plan: null, failed: {}, views: [], quantities: [], surprise: null };

/** Everything of the sweep, built once its place is in sight. */
export class Panel {
  constructor(root, stream, data, theme) {
    this.root = root;
    this.data = data;
    this.say = (key, values) => say(data.labels, key, values);
    this.status = EMPTY;
    this.sweep = 0;
    this.form = new PlanForm(data, (message) => this.line.send(message));
    this.stage = new Stage(data.labels, { view: (name) => this.line.wish({ type: 'view', name }), moved: (index, place) => this.moved(index, place) });
    this.summary = new Summary(data.labels, { choose: (name) => this.choose(name), glide: (index) => this.stage.glide(index) });
    this.verdict = new Verdict();
    const button = (key, act) => keepFocus(h('button', { type: 'button', class: 'button', title: this.say(`${key}Hint`), text: this.say(key), onclick: act }));
    this.surpriseButton = button('glideSurprise', () => this.surprise());
    this.openButton = button('glideOpen', () => this.line.send({ type: 'open', arm: this.stage.nearest }));
    this.csvButton = button('glideCsv', () => this.line.send({ type: 'csv' }));
    this.stopped = h('p', { class: 'glide-note', hidden: true });
    this.result = h('div', { class: 'glide-result', hidden: true },
      this.stage.element,
      h('div', { class: 'glide-side' }, this.summary.element, this.verdict.element,
        h('div', { class: 'buttons' }, this.surpriseButton, this.openButton, this.csvButton), this.stopped));
    root.replaceChildren(h('section', { class: 'glide', 'aria-label': this.say('glide') }, this.form.element, this.result));
    stats.glide = this.stage;
    this.line = new SweepLine(stream, {
      status: (status) => this.news(status),
      figures: (figures, header) => this.pictures(figures, header),
      file: ({ name, text }) => save(new Blob([text], { type: 'text/csv' }), name),
      link: () => this.form.update(this.status, this.line?.link),
    });
    this.setTheme(theme);
  }

  news(status) {
    this.status = stats.sweepStatus = status;
    this.form.update(status, this.line.link);
    this.result.hidden = !status.plan;
    if (!status.plan) return;
    if (status.sweep !== this.sweep) {
      this.sweep = status.sweep;
      this.stage.begin(status.plan);
      this.summary.clear(this.colors);
      this.verdict.tell('');
    }
    this.stage.offer(status.views, status.view);
    this.stage.fail(new Set(Object.keys(status.failed).map(Number)));
    this.summary.offer(status.quantities, status.quantity);
    this.surpriseButton.hidden = !status.claims;
    this.surpriseButton.disabled = !status.surprise;
    this.surpriseButton.title = this.say(status.surprise ? 'glideSurpriseHint' : 'glideSurpriseNone');
    this.csvButton.disabled = !['done', 'stopped'].includes(status.state);
    this.stopped.hidden = status.state !== 'stopped';
    this.stopped.textContent = this.say('glideStopped', { step: status.step });
    this.moved();
  }

  pictures(figures, { sweep, view }) {
    if (sweep !== this.sweep) return;
    if (figures.summary) this.summary.draw(figures.summary, this.status.plan, this.colors);
    if (!view) return;
    this.stage.take(this.status.plan.values.map((_, arm) => figures[arm] ?? null), view);
  }

  moved(index, place) {
    if (place !== undefined) this.summary.mark(place);
    const { plan, failed } = this.status;
    const { nearest, track } = this.stage;
    this.openButton.disabled = Boolean(failed[nearest]);
    // Between two models the nearer one is meant: its value is told.
    const between = plan && nearest !== undefined && track.index !== nearest;
    const at = between ? this.say('glideAt', { name: plan.title, value: plan.texts[nearest] }) : '';
    write(this.openButton, between ? this.say('glideOpenAt', { at }) : this.say('glideOpen'));
  }

  choose(name) {
    this.line.wish({ type: 'scalar', name });
  }

  /** To the model where measurement and closed form are furthest apart. */
  surprise() {
    const { surprise } = this.status;
    if (!surprise) return;
    this.stage.glide(surprise.arm);
    this.verdict.tell(surprise.text);
    this.choose(surprise.claim);
  }

  setTheme(theme) {
    const css = getComputedStyle(this.root);
    const of = (name) => css.getPropertyValue(`--st-${name}`).trim() || undefined;
    // Read once: asking for computed styles at every frame of a glide would cost more than drawing.
    this.colors = { dark: theme === 'dark', text: of('text-color'), background: of('background-color'), font: of('font'), accent: of('primary-color') || '#2f7fc1' };
    this.stage.setTheme(this.colors);
  }

  destroy() {
    this.line.close();
    this.stage.destroy();
    this.summary.destroy();
  }
}
