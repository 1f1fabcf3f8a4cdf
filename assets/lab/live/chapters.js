// The row of chapters: which one is on the page, which have been borne out by this run, the way to the next one and to free play.

import { h, icon, keepFocus, write } from '../base/dom.js';
import { mark } from '../gallery/seen.js';
import { takeKeys } from '../base/keys.js';
import { say } from '../base/labels.js';

const ECHO_MS = 1500; // a press shows at once; older news may still be on its way for this long
const LENS_REST_MS = 250;
const TWO_ROWS = 50; // em: from this width on a second row of titles is worth its height
const LEAST_TITLE = 4.2; // em: with less than this for its title a chapter is a number alone

/** The widest a title may be so that all fit: short ones keep what they need. Infinity where nothing is cut. */
export function cap(widths, room) {
  const sorted = [...widths].sort((a, b) => a - b);
  let left = room;
  for (let i = 0; i < sorted.length; i += 1) {
    const share = left / (sorted.length - i);
    if (sorted[i] > share) return share;
    left -= sorted[i];
  }
  return Infinity;
}

/** The row (kind "chapters"). The page is drawn for one chapter; where the run says another, it asks to be drawn again. */
export class Chapters {
  constructor(root, stream, data, ask) {
    Object.assign(this, { root, stream, ask });
    this.build(data);
    this.leave = stream.subscribe({ status: () => this.paint(), resumed: () => this.ask('redraw', 'resumed') });
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(this.row);
    this.freeKeys = takeKeys({ nextChapter: () => this.go(1), previousChapter: () => this.go(-1) });
  }

  build(data) {
    this.data = data;
    this.asked = '';
    this.say = (key, values) => say(data.labels, key, values);
    const button = (name, act, ...inside) => keepFocus(h('button', { type: 'button', class: name, tabindex: -1, onclick: act }, ...inside));
    this.chips = data.chapters.map(({ name, title }, index) => {
      const badge = h('span', { class: 'chip-badge', text: String(index + 1) });
      const chip = button('chapter-chip', () => this.open(name), badge, h('span', { class: 'chip-title', text: title }));
      return Object.assign(chip, { badge, name, index, words: title });
    });
    this.free = Object.assign(button('chapter-chip free', () => this.open(null), h('span', { class: 'chip-title', text: this.say('freePlay') })), { name: null });
    this.free.title = this.say('freePlayHint');
    this.before = button('button slim chapter-step', () => this.go(-1), icon('previous'));
    this.after = button('button slim chapter-step', () => this.go(1), icon('next'));
    for (const [step, key, sign] of [[this.before, 'previousChapter', '['], [this.after, 'nextChapter', ']']]) {
      step.title = `${this.say(key)} (${sign})`;
      step.setAttribute('aria-label', this.say(key));
      step.setAttribute('aria-keyshortcuts', sign);
    }
    this.list = h('div', { class: 'chapter-list' }, ...this.chips, this.free);
    this.row = h('div', { class: 'chapter-row', role: 'toolbar', 'aria-label': this.say('chapters'), 'data-arrows': true },
      this.before, this.list, this.after);
    this.row.addEventListener('keydown', (event) => this.walk(event));
    this.root.replaceChildren(h('nav', { class: 'chapters', 'aria-label': this.say('chapters') }, this.row));
    this.paint();
    document.fonts?.ready.then(() => this.fit());
  }

  update(data) {
    const same = JSON.stringify([data.labels, data.chapters]) === JSON.stringify([this.data.labels, this.data.chapters]);
    this.data = data;
    this.asked = '';
    if (same) this.paint();
    else {
      this.size.disconnect();
      this.build(data);
      this.size.observe(this.row);
    }
  }

  /** The chapter in force, by what the person pressed last, else by the run; null is free play. */
  get name() {
    const news = this.stream.status?.chapter;
    if (this.wanted !== undefined && (performance.now() > this.until || (news && (news.name ?? null) === this.wanted))) this.wanted = undefined;
    if (this.wanted !== undefined) return this.wanted;
    return news ? news.name ?? null : this.data.current;
  }

  open(name) {
    this.wanted = name;
    this.until = performance.now() + ECHO_MS;
    this.stream.send({ type: 'chapter', name });
    this.paint();
  }

  go(by) {
    const at = this.data.chapters.findIndex(({ name }) => name === this.name);
    const next = at < 0 ? (by > 0 ? 0 : this.chips.length - 1) : at + by;
    if (this.chips[next]) this.open(this.chips[next].name);
  }

  /** One stop of the Tab key for the whole row; the arrow keys go along it. */
  walk(event) {
    const stops = [this.before, ...this.chips, this.free, this.after].filter((one) => !one.disabled);
    const at = stops.indexOf(this.root.getRootNode().activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = stops[(to + stops.length) % stops.length];
    next.focus();
    this.reveal(next);
  }

  paint() {
    const { name, stream: { status } } = this;
    const seen = status?.chapter?.seen ?? {};
    for (const chip of [...this.chips, this.free]) {
      const here = chip.name === name;
      chip.classList.toggle('here', here);
      chip.tabIndex = here ? 0 : -1;
      if (here) chip.setAttribute('aria-current', 'step');
      else chip.removeAttribute('aria-current');
      if (!chip.badge) continue;
      const what = seen[chip.name] ?? '';
      if (what === 'holds' && chip.dataset.seen !== what) mark(status.topic, chip.name);
      chip.dataset.seen = what;
      write(chip.badge, what === 'holds' ? '✓' : String(chip.index + 1));
      const told = what && this.say({ holds: 'chapterHolds', not: 'chapterNot', open: 'chapterOpen' }[what]);
      chip.setAttribute('aria-label', `${chip.index + 1} ${chip.words}`); // what the run said of it is its description
      chip.title = [chip.words, told].filter(Boolean).join(' · ');
    }
    const at = this.chips.findIndex((chip) => chip.name === name);
    this.before.disabled = at === 0;
    this.after.disabled = at === this.chips.length - 1;
    if (name !== this.shown) {
      this.shown = name;
      this.fit();
    }
    this.redraw(status);
  }

  /** The page is of another chapter, or of other pictures, than the run. */
  redraw(status) {
    if (!status?.chapter) return;
    const { current, views, further = '', follows } = this.data;
    const alone = follows && status.state !== 'following'; // what only who has a run of one's own can use is not there yet
    const key = JSON.stringify([status.chapter.name ?? null, [...(status.views ?? views)].sort(), status.further ?? further, alone]);
    if (key === JSON.stringify([current, [...views].sort(), further, false]) || key === this.asked) return;
    this.asked = key;
    this.ask('redraw', key);
  }

  /** Whole titles in a row, closer together if need be, or in two where a window is wide enough; else as long as the row allows, or
   * the current one's alone. */
  fit() {
    const { list } = this;
    if (!list.clientWidth) return;
    list.classList.remove('few', 'two', 'close');
    list.style.setProperty('--most', 'none');
    list.classList.toggle('close', list.scrollWidth > list.clientWidth);
    const titles = this.chips.map((chip) => chip.lastChild.scrollWidth);
    const em = parseFloat(getComputedStyle(list).fontSize);
    const over = list.scrollWidth - list.clientWidth;
    const wide = list.clientWidth > TWO_ROWS * em;
    if (over > 0 && wide) list.classList.replace('close', 'two');
    if (list.clientHeight > 2.6 * this.free.offsetHeight) list.classList.replace('two', 'close');
    if (over > 0 && !list.classList.contains('two')) {
      const here = this.chips.findIndex((chip) => chip.name === this.name);
      const others = titles.filter((_, i) => i !== here);
      const most = cap(others, others.reduce((a, b) => a + b, 0) - over);
      if (most < LEAST_TITLE * em) list.classList.add('few');
      else list.style.setProperty('--most', `${Math.floor(most)}px`);
    }
    this.reveal([...this.chips, this.free].find((chip) => chip.name === this.name));
  }

  /** Into sight, within the row: the page itself does not move. */
  reveal(chip) {
    const { list } = this;
    if (!chip || chip.parentNode !== list) return;
    const left = chip.offsetLeft; // the list is what it is placed in
    if (left < list.scrollLeft) list.scrollLeft = left - 8;
    else if (left + chip.offsetWidth > list.scrollLeft + list.clientWidth) list.scrollLeft = left + chip.offsetWidth - list.clientWidth + 8;
  }

  destroy() {
    this.leave();
    this.size.disconnect();
    this.freeKeys();
    this.root.replaceChildren();
  }
}

/** What follows a chapter's run (kind "reached"): it shows nothing, and asks for the words after when they have come true. */
export class Reached {
  constructor(root, stream, data, ask) {
    Object.assign(this, { root, stream, ask, data });
    this.leave = stream.subscribe({ status: ({ chapter }) => this.look(chapter) });
  }

  look(chapter) {
    const { name, known } = this.data;
    clearTimeout(this.rest);
    if (!chapter || chapter.name !== name) return;
    const now = chapter.told;
    if (now === known || now === this.asked) return;
    // Words that stand there already wait until a dragged lens has come to rest.
    if (known && now) this.rest = setTimeout(() => this.redraw(now), LENS_REST_MS);
    else this.redraw(now);
  }

  redraw(now) {
    this.asked = now;
    this.ask('redraw', now);
  }

  update(data) {
    this.data = data;
    this.asked = '';
    if (this.stream.status) this.look(this.stream.status.chapter);
  }

  destroy() {
    clearTimeout(this.rest);
    this.leave();
  }
}
