// A figure of the run: draws what the stream brings, keeps its zoom, and can be saved as a picture.

import { h, help, icon, keepFocus, popover, save, write } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { brief, count, told } from '../base/format.js';
import { say } from '../base/labels.js';
import { stats } from '../base/stats.js';
import { bring, shoot } from './files.js';

const HOVER_REST_MS = 300;
const STRIP = { bar: 4, height: 26, font: '600 14px sans-serif' }; // above an arm's saved picture: its colour, then its name
const LISTED = 2; // differing parameters in an arm's name

/** A height in pixels or as a CSS length (the hero fills what the window leaves). */
const tall = (height) => (typeof height === 'string' ? height : `${height || 320}px`);

/** A figure (kind "figure"). */
export class LiveFigure {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.theme = root.dataset.theme || 'light';
    this.picture = this.twin = null;
    this.inView = false;
    this.build(data);
    this.watch = stream.watch(data.view, (picture, twin) => this.draw(picture, twin));
    this.leave = stream.subscribe({ status: () => this.paintBadges(), link: () => this.paintBadges(), veil: () => this.paintVeil(), awaits: (chapter) => { this.ahead.hidden = !chapter; } });
    this.sight = new IntersectionObserver((entries) => {
      this.inView = entries[entries.length - 1].isIntersecting;
      this.tell();
    }, { rootMargin: '80px' });
    this.sight.observe(this.plot);
  }

  build(data) {
    this.data = data;
    const { labels = {}, label = '' } = data;
    this.say = (key, values) => say(labels, key, values);
    this.title = h('h3', { class: 'figure-title', text: label });
    this.recorded = h('span', { class: 'badge recorded', title: this.say('recordedHint'), text: this.say('recorded'), hidden: true });
    this.past = h('span', { class: 'badge past', hidden: true });
    this.problem = h('span', { class: 'badge stale', role: 'alert', hidden: true });
    this.filming = h('span', { class: 'badge', role: 'status', hidden: true });
    this.stale = h('span', { class: 'badge stale', role: 'status', text: this.say('stale'), hidden: true });
    const more = keepFocus(h('button', { type: 'button', class: 'icon-button more', 'aria-haspopup': 'menu', 'aria-label': this.say('menu'), title: this.say('menu') }, icon('dots')));
    const item = (key, act) => h('button', { type: 'button', role: 'menuitem', text: this.say(key), onclick: () => { this.menu.hidePopover(); act(); } });
    this.menu = h('div', { class: 'menu', role: 'menu', 'aria-label': this.say('menu'), onkeydown: (event) => this.walkMenu(event) },
      item('resetZoom', () => this.resetZoom()), item('savePng', () => this.save()), item('saveSvg', () => this.saveSvg()),
      ...(data.offer ? [item('openPlotly', () => this.openPlotly()), item('saveVideo', () => this.saveVideo())] : []));
    popover(more, this.menu);
    this.menu.addEventListener('toggle', (event) => { if (event.newState === 'open') this.menu.firstChild.focus({ focusVisible: false }); });
    this.plot = h('div', { class: 'plot', 'aria-label': label });
    this.wait = h('div', { class: 'waiting', text: this.say('waiting') });
    this.ahead = h('div', { class: 'waiting ahead', role: 'status', hidden: !this.stream.awaited, text: this.say('waiting') });
    this.veil = h('div', { class: 'veil', hidden: true }, h('button', {
      type: 'button', class: 'button slim', text: this.say('guessFirst'), onclick: () => this.stream.tell('shown'),
    }));
    // For who moves a handle without seeing it: what the keys do, and where it is now.
    this.keysHint = h('span', { class: 'unseen', id: `keys-${data.view}`, text: this.say('handlesHint') });
    this.said = h('span', { class: 'unseen said', role: 'status' });
    this.root.replaceChildren(h('div', { class: 'figure', role: 'figure', 'aria-label': label },
      h('div', { class: 'figure-head' }, this.title, help(data.help, this.say('helpFor', { title: label || data.view })),
        h('span', { class: 'gap' }), this.problem, this.filming, this.stale, this.past, this.recorded, more, this.menu),
      h('div', { class: 'stage' }, this.plot, this.wait, this.ahead, this.veil, this.keysHint, this.said)));
    this.second = this.names = null;
    this.fit();
    this.paintVeil();
    this.open();
  }

  open() {
    this.figure = new Figure(this.plot, { onPointer: (message) => this.point(message, 'a') });
    (stats.figures ||= {})[this.data.view] = this;
  }

  /** A picture of its own for the second arm of a comparison, beside the first, or none. */
  openTwin(on) {
    if (on === Boolean(this.second)) return;
    this.plot.parentNode.classList.toggle('two', on);
    if (on) {
      this.secondPlot = h('div', { class: 'plot second', 'aria-label': `${this.data.label || ''} · B` });
      this.plot.after(this.secondPlot);
      this.names = ['', ' second'].map((second) => h('div', { class: `arm-name${second}` }));
      this.plot.before(...this.names);
      this.second = new Figure(this.secondPlot, { onPointer: (message) => this.point(message, 'b') });
    } else {
      this.second.destroy();
      this.secondPlot.remove();
      for (const name of this.names) name.remove();
      this.second = this.secondPlot = this.names = null;
    }
    this.fit();
    this.nameArms();
    this.paintVeil();
  }

  /** The height of what is drawn; the arms' names take theirs from it. */
  fit() {
    const height = tall(this.data.height);
    for (const plot of this.plots) plot.style.height = this.second ? `calc(${height} - var(--arm-name))` : height;
  }

  /** Each arm's letter, and what differs: "A: KL weight 4". */
  nameArms() {
    this.names?.forEach((node, arm) => write(node, this.armName(arm)));
  }

  armName(arm) {
    const { different = [] } = this.stream.status?.twins ?? {};
    const list = different.slice(0, LISTED).map(({ title, values }) => `${title} ${told(values[arm])}`);
    if (different.length > LISTED) list.push('…');
    const letter = ['A', 'B'][arm];
    return list.length ? this.say('armIs', { arm: letter, list: list.reduce((list, next) => this.say('armListed', { list, next })) }) : letter;
  }

  /** The person points at the figure: a drag or a click sets values like a slider, a hover moves a lens. */
  point({ kind, values, final }, arm) {
    clearTimeout(this.hoverTimer);
    if (kind !== 'hover') this.tellPlace(values, final);
    if (kind === 'take') return;
    const hand = this.stream.status?.twins?.hand;
    if (hand && hand !== 'both' && hand !== arm) this.stream.send({ type: 'hand', arm });
    if (kind === 'drag') this.stream.dragging(!final);
    this.stream.set(values, final);
    // A hover has no end of its own: it is final when the pointer rests.
    if (!final && kind === 'hover') this.hoverTimer = setTimeout(() => this.stream.set(values, true), HOVER_REST_MS);
  }

  /** Say where a handle is, when it was taken or has come to rest. */
  tellPlace(values, final) {
    if (!final) return;
    const { titles = {} } = this.data;
    write(this.said, Object.entries(values).map(([name, value]) => `${titles[name] ?? name} ${brief(value)}`).join(', '));
  }

  /** Where there is something to move, the arrow keys move it instead of stepping the run, and a screen reader passes them on. */
  setHandles(plot, picture) {
    const space = picture.data.some(({ type }) => type === 'surface' || type === 'scatter3d');
    const some = space || picture.data.some((trace) => trace.meta?.handles || trace.meta?.handle);
    write(this.keysHint, this.say(space ? 'turnHint' : 'handlesHint'));
    plot.toggleAttribute('data-arrows', some);
    plot.setAttribute('role', some ? 'application' : 'img');
    if (some) plot.setAttribute('aria-describedby', this.keysHint.id);
    else plot.removeAttribute('aria-describedby');
  }

  /** New data from the page: a height, a title. The figure and its zoom stay. */
  update(data) {
    const { data: old } = this;
    this.data = data;
    if (data.height !== old.height) this.fit();
    if (data.label !== old.label) write(this.title, data.label || '');
    if (JSON.stringify([data.labels, data.help, data.view]) === JSON.stringify([old.labels, old.help, old.view])) return;
    // Another language or another view: begin again, with the picture at hand.
    const { picture, twin } = this;
    this.openTwin(false);
    this.figure.destroy();
    this.sight.disconnect();
    this.build(data);
    if (data.view !== old.view) {
      this.watch.stop();
      this.watch = this.stream.watch(data.view, (next, other) => this.draw(next, other));
    } else if (picture) this.draw(picture, twin);
    this.sight.observe(this.plot);
    this.tell();
    this.paintBadges();
  }

  tell() {
    this.watch.show(this.inView);
  }

  draw(picture, twin = null) {
    Object.assign(this, { picture, twin });
    this.openTwin(Boolean(twin));
    this.wait.hidden = true;
    this.name(picture);
    this.setHandles(this.plot, picture);
    this.figure.update(picture, { theme: this.theme });
    if (!twin) return;
    this.setHandles(this.secondPlot, twin);
    this.second.update(twin, { theme: this.theme });
  }

  /** Of several views that can stand here, the title and the help of the one that is drawn; a title may depend on the settings. */
  name(picture) {
    const { view, title: said } = picture.layout?.meta || {};
    this.drawn = view;
    const own = this.data.views?.[view];
    const title = said || own?.[0];
    if (!own || this.title.textContent === title) return;
    write(this.title, title);
    this.root.firstElementChild.setAttribute('aria-label', title);
    const bubble = this.title.nextElementSibling?.querySelector('.bubble');
    if (bubble) write(bubble, own[1]);
  }

  setTheme(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    if (this.picture) this.draw(this.picture, this.twin);
  }

  paintBadges() {
    const { status, link } = this.stream;
    const down = link === 'reconnecting' || link === 'gone';
    this.nameArms();
    this.root.classList.toggle('is-stale', down);
    this.stale.hidden = !down;
    this.recorded.hidden = down || !status?.recorded;
    this.root.classList.toggle('is-recorded', !this.recorded.hidden);
    const past = !down && status && status.shown !== null && status.shown !== undefined;
    this.past.hidden = !past;
    if (past) write(this.past, this.say('past', { step: count(status.shownStep) }));
  }

  /** What would answer a question that is still open lies under a veil; it never takes the pointer from the picture. */
  paintVeil() {
    const covered = this.data.view.split('|').some((view) => this.stream.veiled.includes(view));
    this.veil.hidden = !covered;
    for (const plot of this.plots) plot.classList.toggle('veiled', covered);
  }

  walkMenu(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...this.menu.children];
    items[(items.indexOf(this.root.getRootNode().activeElement) + step + items.length) % items.length].focus();
  }

  resetZoom() {
    this.figure.resetZoom();
    this.second?.resetZoom();
  }

  /** The plots that are to be seen: one, or both arms' side by side. */
  get plots() {
    return this.second ? [this.plot, this.secondPlot] : [this.plot];
  }

  /** All layers on one canvas, on the page's ground, as a file named after the figure. */
  save() {
    const parts = this.plots.map((plot) => [...plot.querySelectorAll('canvas')].filter((c) => c.width && c.height));
    if (!parts.every((layers) => layers.length)) return;
    const sheet = document.createElement('canvas');
    const strip = this.second ? STRIP.height * devicePixelRatio : 0;
    sheet.width = parts.reduce((sum, layers) => sum + layers[0].width, 0);
    sheet.height = strip + Math.max(...parts.map((layers) => layers[0].height));
    const ctx = sheet.getContext('2d');
    ctx.fillStyle = this.ground();
    ctx.fillRect(0, 0, sheet.width, sheet.height);
    let left = 0;
    parts.forEach((layers, index) => {
      const [{ width, height }] = layers;
      ctx.fillStyle = this.armColors[index];
      if (strip) {
        ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, left, 0);
        ctx.fillRect(0, 0, width / devicePixelRatio, STRIP.bar);
        ctx.font = STRIP.font;
        ctx.fillText(this.armName(index), 4, STRIP.height - 7);
        ctx.resetTransform();
      }
      for (const layer of layers) ctx.drawImage(layer, left, strip, width, height);
      left += width;
    });
    sheet.toBlob((blob) => this.keep(blob, 'png'), 'image/png');
  }

  /** The same picture as shapes and text, for print. */
  async saveSvg() {
    const { toSvg, toSvgBeside } = await import('../figure/svg.js');
    const how = { title: this.plots.map((plot) => plot.getAttribute('aria-label') || '').join(' | '), ground: this.ground() };
    const both = { ...how, strips: this.armColors.map((color, arm) => ({ color, name: this.armName(arm) })), strip: STRIP };
    const text = this.second ? toSvgBeside([this.figure, this.second], both) : toSvg(this.figure, how);
    if (text) this.keep(new Blob([text], { type: 'image/svg+xml' }), 'svg');
  }

  /** The picture as plotly's own figure: the server makes the file, with plotly.js in it. */
  async openPlotly() {
    const { view, offer } = this.data;
    const told = await bring(offer, `${this.theme}:${view}`, `${this.fileName}-plotly.html`, this.say);
    write(this.problem, told);
    this.problem.hidden = !told;
  }

  /** The run's kept steps in this view, one after the other, as a video for slides. */
  async saveVideo() {
    if (this.making) return;
    this.making = true;
    const { view, offer } = this.data;
    const { problem, filming } = this;
    const told = (text) => {
      write(filming, text);
      filming.hidden = !text;
    };
    write(problem, await shoot(offer, `video:${view}`, `${this.fileName}.webm`, this.say, { theme: this.theme, root: this.root, told }));
    problem.hidden = !problem.textContent;
    told('');
    this.making = false;
  }

  get armColors() {
    return ['--arm-a', '--arm-b'].map((name) => getComputedStyle(this.plot).getPropertyValue(name).trim());
  }

  /** The page's colour under the figure. */
  ground() {
    return getComputedStyle(this.root).getPropertyValue('--st-background-color').trim() || '#fff';
  }

  keep(blob, kind) {
    save(blob, `${this.fileName}.${kind}`);
  }

  /** What a file of this figure is called, without its ending: the lab, the view that is drawn, the step. */
  get fileName() {
    const step = this.stream.status?.shownStep ?? this.stream.status?.step ?? 0;
    const lab = location.pathname.split('/').filter(Boolean).pop() ?? 'lab';
    return `${lab}-${this.drawn ?? this.data.view.split('|')[0]}-step${step}`;
  }

  destroy() {
    this.sight.disconnect();
    clearTimeout(this.hoverTimer);
    this.stream.dragging(false);
    this.leave();
    this.watch.stop();
    this.openTwin(false);
    this.figure.destroy();
    this.root.replaceChildren();
  }
}
