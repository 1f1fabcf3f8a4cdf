// The panel of a run's parameters, made from their descriptions.

import { h, keepFocus, write } from '../../base/dom.js';
import { say } from '../../base/labels.js';
import { Choice, Choices, Toggle } from './choice.js';
import { LiveSlider } from './slider.js';

const KINDS = { number: LiveSlider, integer: LiveSlider, toggle: Toggle, choice: Choice, choices: Choices };
// Complaints about these are shown by the player, where the fields are.
const PLAYERS_OWN = new Set(['seed', 'stop_steps', 'stop_seconds', 'drawing']); // and what is told beside a drawing

/** The panel (kind "controls"). */
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

  build(data) {
    this.data = data;
    const { labels = {}, specs = [] } = data;
    const hide = new Set(data.hide || []);
    const visible = specs.filter((spec) => !spec.hidden && !hide.has(spec.name) && KINDS[spec.type]);
    const hero = visible.find((spec) => spec.kind !== 'cold' && KINDS[spec.type] === LiveSlider && !spec.section)
      || visible.find((spec) => spec.kind === 'hot' && !spec.section);
    this.fields = new Map();
    const sections = new Map();
    for (const spec of visible) {
      const field = new KINDS[spec.type](spec, { labels, stream: this.stream, hero: spec === hero });
      this.fields.set(spec.name, field);
      const name = spec.section || '';
      if (!sections.has(name)) sections.set(name, []);
      // The hero leads, whatever stands before it in the declaration.
      if (spec === hero) sections.get(name).unshift(field);
      else sections.get(name).push(field);
    }
    this.strays = h('div', { class: 'message warning', role: 'alert', hidden: true });
    const grid = (fields) => h('div', { class: 'grid' }, ...fields.map((field) => field.element));
    this.panel = h('section', { class: 'controls', 'aria-label': say(labels, 'controls') }, this.strays,
      ...(sections.has('') ? [grid(sections.get(''))] : []),
      ...[...sections].filter(([name]) => name).map(([name, fields]) => {
        const fold = h('details', { 'data-section': name, open: this.open.get(name) },
          keepFocus(h('summary', {}, h('span', { text: labels[`section.${name}`] ?? name }), h('span', { class: 'count', text: String(fields.length) }))),
          grid(fields));
        fold.addEventListener('toggle', () => this.open.set(name, fold.open));
        return fold;
      }));
    this.root.replaceChildren(this.panel);
    if (this.stream.status) this.status(this.stream.status);
  }

  /** New data from the page: rebuilt only when the descriptions or the words changed. */
  update(data) {
    const same = (key) => JSON.stringify(data[key]) === JSON.stringify(this.data[key]);
    if (['specs', 'hide', 'labels'].every(same)) return;
    this.fields.forEach((field) => field.stop());
    this.build(data);
  }

  status({ params = {}, problems = {} }) {
    for (const [name, field] of this.fields) {
      field.reflect(params[name], problems[name] || null);
      // A complaint must not hide in a folded section.
      if (problems[name] && !field.complained) field.element.closest('details')?.setAttribute('open', '');
      field.complained = Boolean(problems[name]);
    }
    const strays = Object.entries(problems).filter(([name]) => !this.fields.has(name) && !PLAYERS_OWN.has(name));
    write(this.strays, strays.map(([, text]) => text).join('\n'));
    this.strays.hidden = !strays.length;
  }

  destroy() {
    this.leave();
    this.fields.forEach((field) => field.stop());
    this.root.replaceChildren();
  }
}
