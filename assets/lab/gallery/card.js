// One lab in the gallery: its picture, name, question, and what it takes. The whole card is one real link.

import { h } from '../base/dom.js';
import { Still } from './still.js';

const HEIGHT = 132;

/** A small box for each chapter, filled where it held. */
function ticks(card, { held: of, say, heldWords }) {
  const held = new Set(of(card));
  const done = card.chapters.filter((chapter) => held.has(chapter.name)).length;
  const told = say(heldWords, { n: done, total: card.chapters.length });
  return h('span', { class: 'ticks', role: 'img', 'aria-label': told, title: told },
    ...card.chapters.map((chapter) => h('i', { class: held.has(chapter.name) ? 'on' : '', title: chapter.title })));
}

export class Card {
  /**
   * @param {Object} card as engine/gallery/cards.py gives it
   * @param {Object} page what the gallery is part of:
   *   {theme, say, href: (slug, chapter) => string, open: (event, href) => void, cover: (slug) => what a still takes,
   *    held: (card) => names of its chapters that held, heldWords: the label that says so}
   */
  constructor(card, page) {
    this.card = card;
    this.page = page;
    this.pane = h('div');
    this.pane.dataset.theme = page.theme;
    this.where = h('p', { class: 'where', hidden: true });
    const href = page.href(card.slug);
    const link = h('a', { class: 'name', href, text: card.short, title: card.title, onclick: (event) => page.open(event, href) });
    this.facts = h('p', { class: 'facts' });
    this.root = h('article', { class: 'card', 'data-slug': card.slug }, this.pane, h('p', { class: 'kind' }, h('span', { class: 'dot' }), card.groupTitle), link,
      h('div', {}, h('p', { class: 'question', text: card.question, title: card.question }), this.where), this.facts);
    this.root.style.setProperty('--own', `var(--g${card.color})`);
    this.still = new Still(this.pane, null, { ...page.cover(card.slug), height: HEIGHT });
    this.tell();
  }

  /** What it takes, and what was seen; read anew each time somebody comes back. */
  tell() {
    const { card, page, page: { say } } = this;
    this.facts.replaceChildren(
      h('span', { text: say('galleryMinutes', { n: card.minutes }), title: say('galleryMinutesHint') }),
      card.chapters.length ? h('span', {}, say('galleryChapters', { n: card.chapters.length }), ticks(card, page)) : '',
      card.uploads.length ? h('span', { text: say('galleryOwnData') }) : '',
      card.article ? h('a', { href: card.article, target: '_blank', rel: 'noreferrer', text: say('galleryArticle') }) : '');
  }

  /** Where the search found it; nothing without a search. @param {?{text: string, chapter: string, words: string}} hit */
  found(hit) {
    const place = hit && (hit.chapter ? h('a', { href: this.page.href(this.card.slug, hit.chapter), text: hit.text }) : h('span', { text: hit.text }));
    this.where.replaceChildren(...(hit ? [place, hit.words ? h('span', { class: 'words', text: `${hit.text ? ' · ' : ''}${hit.words}` }) : ''] : []));
    this.where.hidden = !hit || !(hit.text || hit.words);
  }

  setTheme(theme) {
    this.pane.dataset.theme = theme;
    this.still.setTheme(theme);
  }

  destroy() {
    this.still.destroy();
  }
}
