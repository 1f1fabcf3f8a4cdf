// A whole run in one file: the pictures of its kept frames, and a scrubber through them. Needs no server.

import { h, icon, save, write } from '../base/dom.js';
import { Figure, decode, resolve } from '../figure/figure.js';
import { toSvg } from '../figure/svg.js';
import { brief, count } from '../base/format.js';

const PLAY_EVERY_MS = 120;
const REMEMBERED = 60; // decoded pictures: enough for a hand that goes to and fro

const parsed = (id) => JSON.parse(document.getElementById(id).textContent);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));

/** A packed picture as its two figures, { light, dark }, without what only a live run can do (handles to drag). */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const { header, arrays } = decode(await new Response(stream).arrayBuffer());
  const figures = resolve(header.figures, arrays);
  for (const { data } of Object.values(figures)) {
    for (const { meta } of data) {
      delete meta?.handle;
      delete meta?.handles;
    }
  }
  return figures;
}

/** One view: its figure, and the note that stands in its place where the settings have no such view. */
class Pane {
  constructor(page, view, pictures) {
    Object.assign(this, { page, view, pictures });
    this.plot = h('div', { class: 'plot', 'aria-label': view.title });
    this.note = h('div', { class: 'waiting', text: page.words.absent, hidden: true });
    this.element = h('section', { class: 'figure', 'data-view': view.name },
      h('div', { class: 'figure-head' }, h('h2', { class: 'figure-title', text: view.title, title: view.help }),
        h('button', { type: 'button', class: 'button', text: page.words.saveSvg, onclick: () => this.save() })),
      h('div', { class: 'stage' }, this.plot, this.note));
    this.kept = new Map();
    this.figure = null;
  }

  async picture(place) {
    let found = this.kept.get(place);
    this.kept.delete(place);
    found ||= unpack(this.pictures[place]);
    this.kept.set(place, found); // the newest stands last
    if (this.kept.size > REMEMBERED) this.kept.delete(this.kept.keys().next().value);
    return found;
  }

  /** Show the frame at a place; settles when the figure has it (it is drawn on the next animation frame). */
  async show(place, theme, colors) {
    this.figure ||= new Figure(this.plot);
    const there = Boolean(this.pictures[place]);
    this.note.hidden = there;
    if (there) this.figure.update((await this.picture(place))[theme], { theme: colors });
  }

  close() {
    this.figure?.destroy();
    this.figure = null;
    this.element.remove();
  }

  save() {
    const text = toSvg(this.figure, { title: this.plot.getAttribute('aria-label') || '', ground: this.page.colors.background });
    if (!text) return;
    const step = this.page.data.steps[this.page.place];
    save(new Blob([text], { type: 'image/svg+xml' }), `${this.page.data.slug}-${this.view.name}-step${step}.svg`);
  }
}

class HistoryPage {
  constructor(data, pictures) {
    this.data = data;
    this.words = data.words;
    this.last = data.steps.length - 1;
    this.place = this.last;
    this.busy = false;
    this.panes = data.views.map((view) => new Pane(this, view, pictures[view.name]));
    this.open = new Set(data.views.slice(0, 2).map((view) => view.name));
    this.build();
    this.setTheme(data.theme);
    document.addEventListener('keydown', (event) => this.key(event));
  }

  build() {
    const { data, words } = this;
    this.range = h('input', { type: 'range', class: 'scrub', min: 0, max: Math.max(1, this.last), step: 1, 'aria-label': words.history,
      disabled: this.last === 0, oninput: () => { this.stop(); this.go(Number(this.range.value)); } });
    this.text = h('span', { class: 'scrub-text', role: 'status' });
    this.playButton = h('button', { type: 'button', class: 'button', disabled: this.last === 0, onclick: () => this.toggle() }, icon('play'), icon('pause'));
    this.bar = h('div', { class: 'history-bar' }, this.playButton,
      h('div', { class: 'scrubber' }, h('div', { class: 'track' }, this.marks(), this.range), this.text));
    this.themeButton = h('button', { type: 'button', class: 'button', onclick: () => this.setTheme(this.theme === 'dark' ? 'light' : 'dark') });
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': words.views }, ...this.panes.map((pane) => this.chip(pane)));
    this.views = h('div', { class: 'history-views' });
    this.parameters = data.parameters.map(({ title, symbol }) => this.row(symbol ? `${title} (${symbol})` : title));
    this.numbers = data.outputs.map(({ meaning, unit }) => this.row(unit ? `${meaning} (${unit})` : meaning));
    const table = (title, rows) => h('details', { open: title === words.parameters }, h('summary', { text: title }), h('table', {}, ...rows.map((row) => row.element)));
    this.root = h('main', { class: 'lab history' },
      h('header', { class: 'history-head' }, h('div', {}, h('h1', { text: data.title }), h('p', { text: data.question }),
        h('p', { text: `${words.seed} ${data.seed} · ${words.keys}` }), data.thinned ? h('p', { class: 'thinned', text: data.thinned }) : null), this.themeButton),
      this.bar, this.chips, this.views,
      h('div', { class: 'history-tables' }, table(words.parameters, this.parameters), table(words.numbers, this.numbers)));
    document.body.append(this.root);
    this.arrange();
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
    const { steps, marks } = this.data;
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

  /** Put the open views on the page, in the topic's order. */
  arrange() {
    for (const pane of this.panes) {
      if (!this.open.has(pane.view.name)) pane.close();
      else this.views.append(pane.element);
    }
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
    this.draw();
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
        const { place, theme, colors } = this;
        await Promise.all(this.panes.filter((pane) => this.open.has(pane.view.name)).map((pane) => pane.show(place, theme, colors)));
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
    const { data, place } = this;
    const text = filled(this.words.step, { step: count(data.steps[place]) });
    this.range.value = String(place);
    this.range.style.setProperty('--at', String(place / Math.max(1, this.last)));
    this.range.setAttribute('aria-valuetext', text);
    write(this.text, text);
    data.parameters.forEach(({ name }, i) => {
      const value = data.settings[place][name];
      write(this.parameters[i].value, value);
      this.parameters[i].value.classList.toggle('long', value.length > 30);
      this.parameters[i].element.classList.toggle('changed', value !== data.settings[0][name]);
    });
    data.scalars[place].forEach((value, i) => write(this.numbers[i].value, value === null ? '–' : brief(value, 5)));
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
    }, PLAY_EVERY_MS);
    this.tellPlaying(true);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.tellPlaying(false);
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
    const to = { ArrowLeft: this.place - 1, ArrowRight: this.place + 1, Home: 0, End: this.last }[event.key];
    if (to !== undefined) {
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

const page = new HistoryPage(parsed('page'), parsed('pictures'));
page.stop();
globalThis.historyPage = page;
