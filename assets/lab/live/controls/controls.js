// The panel of a run's parameters, made from their descriptions.

import { h, keepFocus, write } from '../../base/dom.js';
import { say } from '../../base/labels.js';
import { Choice, Choices, Toggle } from './choice.js';
import { LiveSlider } from './slider.js';

const KINDS = { number: LiveSlider, integer: LiveSlider, toggle: Toggle, choice: Choice, choices: Choices };
// Complaints about these are shown by the player, where the fields are.
const PLAYERS_OWN = new Set(['seed', 'stop_steps', 'stop_seconds', 'drawing']); // and what is told beside a drawing

/** The panel (kind "controls"): the parameter under the reader's thumb alone (`part: "hero"`), or all the others. */
export class Controls {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.open = new Map();
    this.build(data);
    this.leave = stream.subscribe({
      status: (status) => this.status(status),
      link: (link) => this.panel.classList.toggle('offline', link === 'reconnecting' || link === 'gone'),
    });
  }

  /** Which parameter is under the thumb now. */
  get hero() {
    return this.stream.status?.hero ?? this.data.hero;
  }

  build(data) {
    const { labels = {}, specs = [], hide = [], part } = this.data = data;
    this.built = this.hero;
    const isHero = (spec) => spec.name === this.built;
    const visible = specs.filter((spec) => !spec.hidden && !hide.includes(spec.name) && KINDS[spec.type] && isHero(spec) === (part === 'hero'));
    this.fields = new Map(visible.map((spec) => [spec.name, new KINDS[spec.type](spec, { labels, stream: this.stream, hero: isHero(spec) })]));
    this.strays = h('div', { class: 'message warning', role: 'alert', hidden: true });
    const names = [...new Set(visible.map((spec) => spec.section || ''))].sort((a, b) => Boolean(a) - Boolean(b)); // those of no section first
    this.sections = names.map((name) => this.section(name, visible.filter((spec) => (spec.section || '') === name).map((spec) => this.fields.get(spec.name))));
    this.panel = h('section', { class: 'controls', 'aria-label': say(labels, 'controls') },
      part === 'hero' ? null : this.strays, ...this.sections.map(({ element }) => element));
    this.root.replaceChildren(this.panel);
    if (this.stream.status) this.status(this.stream.status);
  }

  /** Controls under one title, folded unless the chapter is about them; in free play those without a section lie open. */
  section(name, fields) {
    const { labels = {}, unfolded, folds, part } = this.data;
    const grid = h('div', { class: 'grid' }, ...fields.map((field) => field.element));
    if (part === 'hero' || (!name && !folds)) return { element: grid, fields };
    const count = h('span', { class: 'count' });
    const fold = h('details', { 'data-section': name, open: this.open.get(name) ?? (Boolean(name) && name === unfolded) },
      keepFocus(h('summary', {}, h('span', { text: name ? labels[`section.${name}`] ?? name : say(labels, 'moreControls') }), count)), grid);
    fold.addEventListener('toggle', () => { if (fold.isConnected) this.open.set(name, fold.open); });
    return { element: fold, fields, count };
  }

  /** New data from the page: rebuilt only when the descriptions or the words changed; a chapter unfolds what it is about. */
  update(data) {
    const same = (key) => JSON.stringify(data[key]) === JSON.stringify(this.data[key]);
    if (data.chapter !== this.data.chapter) this.open.clear();
    else if (['specs', 'hide', 'labels', 'folds', 'unfolded'].every(same)) {
      this.data = data;
      if (this.built === this.hero) return;
    }
    this.rebuild(data);
  }

  rebuild(data) {
    this.fields.forEach((field) => field.stop());
    this.build(data);
  }

  status({ params = {}, problems = {}, acts = null, goesOn = false }) {
    if (this.hero !== this.built && ![...this.fields.values()].some((field) => field.dragging)) {
      this.rebuild(this.data); // and comes back here
      return;
    }
    for (const [name, field] of this.fields) {
      field.element.hidden = Boolean(acts) && !acts.includes(name) && !problems[name];
      field.reflect(params[name], problems[name] || null);
      field.tellGoesOn?.(goesOn);
      // A complaint must not hide in a folded section.
      if (problems[name] && !field.complained) field.element.closest('details')?.setAttribute('open', '');
      field.complained = Boolean(problems[name]);
    }
    for (const { element, fields, count } of this.sections) {
      const acting = fields.filter((field) => !field.element.hidden).length;
      element.hidden = !acting;
      if (count) write(count, String(acting));
    }
    if (this.data.part === 'hero') return;
    const elsewhere = ([name]) => !this.fields.has(name) && name !== this.built && !PLAYERS_OWN.has(name);
    const strays = Object.entries(problems).filter(elsewhere);
    write(this.strays, strays.map(([, text]) => text).join('\n'));
    this.strays.hidden = !strays.length;
  }

  destroy() {
    this.leave();
    this.fields.forEach((field) => field.stop());
    this.root.replaceChildren();
  }
}
