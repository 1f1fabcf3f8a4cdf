// The gallery (kind "gallery"): a search and filters, all labs as cards by group, and the map of how they build on each other.

import { h } from '../base/dom.js';
import { say } from '../base/labels.js';
import { Card } from './card.js';
import { LabMap } from './map.js';

const FULL = 3; // labs that a group has on average, before each gets rows of its own
const QUIET_MS = 90; // after a key, before it is searched

export class Gallery {
  /**
   * @param {HTMLElement} root
   * @param {Object} data {language, labels, cards}
   * @param {Object} means what depends on where the gallery stands: href, open, cover, held, heldWords (card.js), and
   *   search: (asked) => the labs in which it stands, the best first
   */
  constructor(root, data, means) {
    this.root = root;
    this.means = means;
    this.theme = root.dataset.theme || 'light';
    this.back = () => { if (!document.hidden) for (const card of this.cards.values()) card.tell(); };
    document.addEventListener('visibilitychange', this.back);
    this.build(data);
  }

  build(data) {
    this.data = data;
    this.group = '';
    this.own = false;
    this.mapped = false; // the map in place of the cards
    this.hits = null; // by slug, in order of their rank; null without a search
    const page = { ...this.means, theme: this.theme, say: (key, values) => say(data.labels, key, values) };
    this.say = page.say;
    this.cards = new Map(data.cards.map((card) => [card.slug, new Card(card, page)]));
    this.map = data.cards.some((card) => card.after.length) ? new LabMap(data.cards, page) : null;
    this.list = h('div', { class: 'list' });
    this.tally = h('p', { class: 'tally', role: 'status' });
    const search = h('input', { type: 'search', class: 'entry search', 'aria-label': this.say('gallerySearch'), placeholder: this.say('gallerySearchHint'), maxlength: 100, oninput: () => this.ask(search.value), onfocus: () => this.search('') });
    search.addEventListener('keydown', (event) => event.stopPropagation());
    this.buttons = [];
    this.root.replaceChildren(
      h('div', { class: 'tools' }, search, h('div', { class: 'filters' }, ...this.filters())), this.tally, this.list, this.chart = h('div', { class: 'map map-part' }, ...(this.map ? [this.map.root] : [])));
    this.show();
  }

  filters() {
    const groups = new Map(this.data.cards.map((card) => [card.group, card]));
    const button = (text, isOn, press, color, more = '', title = null) => {
      const made = h('button', { type: 'button', class: `filter${more}`, title, onclick: () => { press(); this.show(); } }, color === undefined ? '' : h('span', { class: 'dot' }), text);
      if (color !== undefined) made.style.setProperty('--own', `var(--g${color})`);
      this.buttons.push([made, isOn]);
      return made;
    };
    return [
      ...(this.map ? [button(this.say('galleryMap'), () => this.mapped, () => { this.mapped = !this.mapped; }, undefined, ' map-part', this.say('galleryMapHint'))] : []),
      ...(groups.size > 1 ? [...groups.values()].map((card) => button(card.groupTitle, () => this.group === card.group, () => { this.group = this.group === card.group ? '' : card.group; }, card.color)) : []),
      ...(this.data.cards.some((card) => card.uploads.length) ? [button(this.say('galleryOwnData'), () => this.own, () => { this.own = !this.own; })] : []),
    ];
  }

  ask(text) {
    clearTimeout(this.timer);
    this.asked = text.trim();
    if (!this.asked) {
      this.hits = null;
      this.show();
      return;
    }
    this.timer = setTimeout(() => this.search(this.asked), QUIET_MS);
  }

  async search(asked) {
    let found;
    try {
      found = await this.means.search(asked);
    } catch {
      return; // the next key asks again
    }
    if (!asked || asked !== this.asked) return; // nothing was asked: what is searched has now been read
    this.hits = new Map(found.map((hit) => [hit.slug, hit]));
    this.show();
  }

  /** Draw what is wanted: found labs by rank, else all by group. */
  show() {
    for (const [button, isOn] of this.buttons) button.setAttribute('aria-pressed', String(isOn()));
    const fits = ({ card }) => (!this.group || card.group === this.group) && (!this.own || card.uploads.length);
    const order = this.hits ? [...this.hits.keys()].map((slug) => this.cards.get(slug)).filter(Boolean) : [...this.cards.values()];
    const wanted = order.filter(fits);
    for (const card of this.cards.values()) card.found(this.hits?.get(card.card.slug) ?? null);
    const flat = this.hits || this.cards.size < FULL * new Set([...this.cards.values()].map((one) => one.card.group)).size;
    const parts = flat ? [[null, wanted]] : [...new Set(wanted.map((one) => one.card.group))].map((group) => [group, wanted.filter((one) => one.card.group === group)]);
    this.list.replaceChildren(...parts.map(([group, some]) => this.part(group, some)));
    const all = wanted.length === this.cards.size;
    this.tally.textContent = wanted.length ? (all ? '' : this.say('galleryCount', { n: wanted.length })) : this.say('galleryNothing');
    this.list.classList.toggle('wide-off', this.mapped);
    this.chart.hidden = !this.mapped;
    this.map?.show(all ? null : new Set(wanted.map((one) => one.card.slug)));
  }

  part(group, some) {
    const grid = h('div', { class: 'cards' }, ...some.map((one) => one.root));
    if (!group) {
      grid.classList.add('mixed');
      return grid;
    }
    const head = h('h3', { class: 'group-head' }, h('span', { class: 'dot' }), some[0].card.groupTitle);
    head.style.setProperty('--own', `var(--g${some[0].card.color})`);
    return h('section', {}, head, grid);
  }

  update(data) {
    if (JSON.stringify(data) === JSON.stringify(this.data)) return;
    for (const card of this.cards.values()) card.destroy();
    this.build(data);
  }

  setTheme(theme) {
    this.theme = theme;
    for (const card of this.cards.values()) card.setTheme(theme);
  }

  destroy() {
    document.removeEventListener('visibilitychange', this.back);
    for (const card of this.cards.values()) card.destroy();
  }
}
