// Runs in one file: the pictures of their kept frames, a scrubber through them, and a topic's chapters with their words. Needs no server.

import { h, icon, write } from '../base/dom.js';
import { brief, count } from '../base/format.js';
import { Against } from './against.js';
import { Glide, nearest } from './glide.js';
import { Pane } from './pane.js';
import { shoot } from './video.js';
import { verdicts, written } from './words.js';

const PLAY_EVERY_MS = 120;
const PLAY_WHOLE_MS = 4000; // a chapter of few frames plays no faster than this from end to end
const SLOWEST_MS = 400;
const FINE = 0.02; // of the way from one trained model to the next

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));

/** An arm's settings, whole in every row: the page holds of each row only what differs from the one before. */
function whole(rows) {
  let now = {};
  return rows.map((row) => (now = { ...now, ...row }));
}

export class HistoryPage {
  /**
   * @param {Object} data what the page says (engine/runs/history_page.py)
   * @param {(number: number, view: string) => {figure: (arm: number, place: number, theme: string) => Promise<?Object>}} pictures
   *   of a part, by view
   */
  constructor(data, pictures) {
    this.data = data;
    this.words = data.words;
    this.pictures = pictures;
    this.parts = data.parts.map((part) => ({ ...part, arms: part.arms.map((arm) => ({ ...arm, settings: whole(arm.settings) })) }));
    this.busy = false;
    this.timer = 0;
    this.build();
    this.setTheme(data.theme);
    this.turn(Math.max(0, this.asked()));
    document.addEventListener('keydown', (event) => this.key(event));
    addEventListener('hashchange', () => this.turn(this.asked()));
  }

  /** What a part is called in the address. */
  named(number) {
    return this.parts[number].name || String(number + 1);
  }

  /** The part that the address asks for; -1 for none. */
  asked() {
    return this.parts.findIndex(({ told }, i) => told && `#${this.named(i)}` === location.hash);
  }

  /** The shown arm, the nearer one between two. */
  get armPlace() {
    return Math.round(this.armAt);
  }

  get arm() {
    return this.part.arms[this.armPlace];
  }

  get last() {
    return this.arm.steps.length - 1;
  }

  get step() {
    return this.arm.steps[this.place];
  }

  /** How the name of a saved picture begins. */
  get stem() {
    return this.parts.length > 1 ? `${this.data.slug}-${this.number + 1}` : this.data.slug;
  }

  /** The page's frame: head, and the ways between parts. What belongs to a part comes with `turn`. */
  build() {
    const { data, words } = this;
    this.themeButton = h('button', { type: 'button', class: 'button', onclick: () => this.otherTheme() });
    this.hint = h('p', { class: 'history-hint' });
    this.select = h('select', { 'aria-label': words.chapters, onchange: () => this.turn(Number(this.select.value)) },
      ...this.parts.map(({ told }, i) => h('option', { value: i, text: `${i + 1}. ${told ? written(told.title).textContent : ''}` })));
    this.previous = h('button', { type: 'button', class: 'button', title: '[', text: words.previous, onclick: () => this.turn(this.number - 1) });
    this.next = h('button', { type: 'button', class: 'button', title: ']', text: words.next, onclick: () => this.turn(this.number + 1) });
    this.ways = h('nav', { class: 'history-ways', 'aria-label': words.chapters, hidden: this.parts.length < 2 }, this.previous, this.select, this.next);
    this.body = h('div', { class: 'history-part' });
    this.root = h('main', { class: 'lab history' },
      h('header', { class: 'history-head' }, h('div', {}, h('h1', { text: data.title }), h('p', { text: data.question }), this.hint), this.themeButton),
      this.ways, this.body);
    document.body.append(this.root);
  }

  /** To a part: its words, its pictures at the end of its run. */
  turn(number) {
    if (!this.parts[number]) return;
    this.stop();
    for (const pane of this.panes || []) pane.close();
    this.against?.close();
    this.number = number;
    this.part = this.parts[number];
    const { part, words, pictures } = this;
    this.armAt = part.shown;
    this.place = this.last;
    this.panes = part.views.map((view) => new Pane(this, view, this.source(pictures(number, view.name)), part.kind === 'twins'));
    this.open = new Set(part.views.slice(0, part.opened).map((view) => view.name));
    this.against = part.against?.length ? new Against(this, (name) => pictures(number, name)) : null;
    this.select.value = String(number);
    this.previous.disabled = number === 0;
    this.next.disabled = number === this.parts.length - 1;
    write(this.hint, [`${words.seed} ${this.arm.seed}`, words.keys, ...(this.parts.length > 1 ? [words.chapterKeys] : [])].join(' · '));
    this.body.replaceChildren(...this.pieces());
    this.body.classList.toggle('told', Boolean(part.told));
    if (this.parts.length > 1) history.replaceState(null, '', `#${this.named(number)}`);
    this.arrange();
    this.tellPlaying(false);
    this.draw();
  }

  /** Where a view's pictures come from: of a sweep also between its models. */
  source(pictures) {
    return this.part.kind === 'sweep' ? new Glide(pictures, this.part.arms) : pictures;
  }

  pieces() {
    const { part, words, data } = this;
    this.range = h('input', { type: 'range', class: 'scrub', min: 0, step: 1, 'aria-label': words.history,
      oninput: () => { this.stop(); this.go(Number(this.range.value)); } });
    this.text = h('span', { class: 'scrub-text', role: 'status' });
    this.playButton = h('button', { type: 'button', class: 'button', onclick: () => this.toggle() }, icon('play'), icon('pause'));
    this.track = h('div', { class: 'track' });
    this.bar = h('div', { class: 'history-bar' }, this.playButton, h('div', { class: 'scrubber' }, this.track, this.text), this.video(), this.sweep(), this.twins());
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': words.views, hidden: part.views.length < 2 }, ...this.panes.map((pane) => this.chip(pane)));
    this.views = h('div', { class: 'history-views', 'data-kind': part.kind });
    this.parameters = data.parameters.map(({ title, symbol }) => this.row(symbol ? `${title} (${symbol})` : title));
    this.numbers = part.outputs.map(({ meaning, unit }) => this.row(unit ? `${meaning} (${unit})` : meaning));
    const table = (title, rows) => h('details', { open: title === words.parameters && !part.told }, h('summary', { text: title }), h('table', {}, ...rows.map((row) => row.element)));
    this.reach();
    return [
      part.told && h('article', { class: 'history-words' }, h('h2', {}, written(part.told.title)), h('div', { class: 'before' }, written(part.told.before)), this.recorded(),
        part.told.after && h('div', { class: 'after-words' }, written(part.told.after)), verdicts(part.told.verdicts, words)),
      h('div', { class: 'history-run' }, part.thinned && h('p', { class: 'thinned', text: part.thinned }),
        ...part.missing.map((text) => h('p', { class: 'missing', text })), this.bar, this.videoLine, this.chips, this.views,
        h('div', { class: 'history-tables' }, table(words.parameters, this.parameters), table(words.numbers, this.numbers))),
    ].filter(Boolean);
  }

  /** Below the words, which speak to somebody with sliders: what was recorded, and, in the book, the way to run it. */
  recorded() {
    const { part, data } = this;
    return part.recorded && h('p', { class: 'recorded' }, part.recorded, data.live && ' ', data.live && h('a', { href: '#live', text: data.live }));
  }

  /** The open views as a video. */
  video() {
    this.videoLine = h('p', { class: 'video-told', role: 'status', hidden: true });
    this.videoButton = h('button', { type: 'button', class: 'button', text: this.words.saveVideo,
      onclick: () => this.film(this.panes.filter((pane) => this.open.has(pane.view.name))) });
    return this.videoButton;
  }

  async film(panes) {
    const { videoButton, videoLine } = this;
    if (!panes.length || videoButton.disabled) return;
    this.stop();
    videoButton.disabled = true;
    await shoot(this, panes, videoLine);
    videoButton.disabled = false;
  }

  /** The slider over a sweep's arms. */
  sweep() {
    const { part, words } = this;
    if (part.kind !== 'sweep') return null;
    this.armText = h('span', { class: 'scrub-text' });
    this.armRange = h('input', { type: 'range', class: 'scrub', min: 0, max: part.arms.length - 1, step: part.blends ? FINE : 1, value: this.armAt, 'aria-label': words.runs,
      oninput: () => this.take(Number(this.armRange.value)) });
    return h('div', { class: 'scrubber history-arms' }, h('div', { class: 'track' }, this.armRange), this.armText);
  }

  /** Which of two twins is which. */
  twins() {
    if (this.part.kind !== 'twins') return null;
    return h('p', { class: 'history-twins' }, ...this.part.arms.map(({ name }, i) => h('span', {}, h('i', { class: `arm ${'ab'[i]}`, 'aria-hidden': 'true' }), `${'AB'[i]} · ${name}`)));
  }

  /** Another arm of a sweep, or a place between two, at the step nearest to the one that is shown. */
  take(at) {
    const { step, armPlace } = this;
    this.armAt = Math.max(0, Math.min(this.part.arms.length - 1, at));
    if (this.armPlace !== armPlace) {
      this.place = nearest(this.arm.steps, step);
      this.reach();
    }
    this.draw();
  }

  /** The scrubber over the steps of the shown arm. */
  reach() {
    this.range.max = Math.max(1, this.last);
    this.range.disabled = this.playButton.disabled = this.last === 0;
    this.track.replaceChildren(this.marks(), this.range);
  }

  row(name) {
    const value = h('td', {});
    return { value, element: h('tr', {}, h('th', { scope: 'row', text: name }), value) };
  }

  chip(pane) {
    const { name, title, help } = pane.view;
    const box = h('input', { type: 'checkbox', value: name, checked: this.open.has(name), onchange: () => {
      if (box.checked) this.open.add(name);
      else this.open.delete(name);
      this.arrange();
      this.draw();
    } });
    return h('label', { class: 'chip', title: help }, box, h('span', { text: title }));
  }

  marks() {
    const { steps, marks } = this.arm;
    const at = (step) => {
      const i = Math.max(0, steps.findIndex((s) => s >= step));
      return i && steps[i] > step ? i - (steps[i] - step) / (steps[i] - steps[i - 1]) : i;
    };
    return h('div', { class: 'marks', 'aria-hidden': 'true' }, ...marks.map((step) => {
      const mark = h('i', { title: filled(this.words.changed, { step: count(step) }), 'data-step': step });
      mark.style.left = `${(100 * at(step)) / Math.max(1, this.last)}%`;
      return mark;
    }));
  }

  /** Put the open views on the page, in their order. */
  arrange() {
    for (const pane of this.panes) {
      if (!this.open.has(pane.view.name)) pane.close();
      else this.views.append(pane.element);
    }
    if (this.against) this.views.append(this.against.element);
  }

  otherTheme() {
    this.setTheme(this.theme === 'dark' ? 'light' : 'dark');
  }

  setTheme(theme) {
    this.theme = theme;
    const { background, text, grid, accent } = this.data.themes[theme];
    this.colors = { dark: theme === 'dark', background, text, grid, accent };
    const style = document.documentElement.style;
    for (const [name, value] of [['background-color', background], ['text-color', text], ['primary-color', accent]]) style.setProperty(`--st-${name}`, value);
    style.colorScheme = theme;
    this.root.dataset.theme = theme;
    write(this.themeButton, this.words[theme === 'dark' ? 'light' : 'dark']);
    if (this.part) this.draw();
  }

  /** To the frame at a place; frames that come faster than they can be drawn are passed over. */
  go(place) {
    this.place = Math.max(0, Math.min(this.last, place));
    return this.draw();
  }

  async draw() {
    this.tell();
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.again) {
        this.again = false;
        const { part, place, theme, colors, panes } = this;
        const arm = part.kind === 'twins' ? 0 : this.armAt;
        const open = panes.filter((pane) => this.open.has(pane.view.name));
        await Promise.all([...open.map((pane) => pane.show(arm, place, theme, colors)), this.against?.show(theme, colors)]);
        this.shown = place;
      }
    } catch (error) {
      this.complain(error);
    } finally {
      this.busy = false;
    }
  }

  /** Everything that tells the step in words and numbers. */
  tell() {
    const { data, arm, place } = this;
    const text = filled(this.words.step, { step: count(arm.steps[place]) });
    this.slide(this.range, place, this.last, this.text, text);
    if (this.armRange?.isConnected) this.slide(this.armRange, this.armAt, this.part.arms.length - 1, this.armText, this.armName());
    this.against?.mark();
    data.parameters.forEach(({ name }, i) => {
      const value = arm.settings[place][name];
      write(this.parameters[i].value, value);
      this.parameters[i].value.classList.toggle('long', value.length > 30);
      this.parameters[i].element.classList.toggle('changed', value !== arm.settings[0][name]);
    });
    arm.scalars[place].forEach((value, i) => write(this.numbers[i].value, value === null ? '–' : brief(value, 5)));
  }

  /** What the shown model is called, or the two that it lies between. */
  armName(at = this.armAt) {
    const { arms } = this.part;
    const [low, high] = [Math.floor(at), Math.ceil(at)].map((i) => arms[i].name);
    return low === high ? low : filled(this.words.between, { low, high });
  }

  slide(range, place, last, label, text) {
    range.value = String(place);
    range.style.setProperty('--at', String(place / Math.max(1, last)));
    range.setAttribute('aria-valuetext', text);
    write(label, text);
  }

  toggle() {
    if (this.timer) {
      this.stop();
      return;
    }
    if (this.place === this.last) this.go(0);
    this.timer = setInterval(() => {
      if (this.place < this.last) this.go(this.place + 1);
      if (this.place === this.last) this.stop();
    }, Math.max(PLAY_EVERY_MS, Math.min(SLOWEST_MS, PLAY_WHOLE_MS / (this.last + 1))));
    this.tellPlaying(true);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    if (this.bar) this.tellPlaying(false);
  }

  tellPlaying(on) {
    this.bar.dataset.playing = String(on);
    const text = this.words[on ? 'pause' : 'play'];
    this.playButton.title = text;
    this.playButton.setAttribute('aria-label', text);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { tagName, type } = event.target;
    const { place, number, armAt } = this;
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: this.last }[event.key];
    const part = { '[': number - 1, ']': number + 1 }[event.key];
    if (part !== undefined) this.turn(part);
    else if (tagName === 'SELECT') return; // it has arrow keys of its own
    else if (event.target === this.armRange && to !== undefined) this.take({ ArrowLeft: Math.ceil(armAt) - 1, ArrowRight: Math.floor(armAt) + 1, Home: 0, End: Infinity }[event.key]);
    else if (to !== undefined) {
      this.stop();
      this.go(to);
    } else if (event.key === ' ' && tagName !== 'BUTTON' && tagName !== 'SUMMARY' && type !== 'checkbox') this.toggle();
    else return;
    event.preventDefault();
  }

  complain(error) {
    const line = h('p', { class: 'problem', role: 'alert', text: filled(this.words.failed, { reason: String(error?.message || error) }) });
    if (!this.root.querySelector('.problem')) this.bar.after(line);
    console.error(error);
  }
}
