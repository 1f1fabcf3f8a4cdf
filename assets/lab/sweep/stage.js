// The glide itself: one figure that moves through the trained models. Nothing here asks the server while it moves.

import { h, icon, keepFocus, write } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { alike, between, still } from './blend.js';
import { framed } from './ranges.js';
import { Track } from './track.js';
import { say } from '../base/labels.js';

const JUMP_MS = 700; // an animated way to a model
const SWEEP_MS = 650; // per model, when it plays by itself
const SHORTEST_MS = 4000; // of a whole way

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);

/** Figure, slider, and what moves them. */
export class Stage {
  /**
   * @param {object} labels
   * @param {{view: (name: string) => void, moved: (index: number, place: number) => void}} acts
   */
  constructor(labels, acts) {
    this.say = (key, values) => say(labels, key, values);
    this.acts = acts;
    this.plan = null;
    this.raw = [];
    this.figures = [];
    this.ways = [];
    this.failed = new Set();
    this.build();
  }

  build() {
    this.choice = h('select', { id: 'sweep-view', 'aria-label': this.say('glideView'), onchange: () => this.acts.view(this.choice.value) });
    this.badge = h('span', { class: 'badge', hidden: true });
    this.plot = h('div', { class: 'plot glide-plot' });
    this.wait = h('div', { class: 'waiting', text: this.say('waiting') });
    this.value = h('output', { class: 'glide-value', for: 'sweep-range' });
    this.playIcon = h('span', { class: 'play-icon' }, icon('play'), icon('pause'));
    this.playButton = keepFocus(h('button', { type: 'button', class: 'button', 'aria-pressed': 'false', title: this.say('glidePlayHint'), onclick: () => this.toggle() },
      this.playIcon, h('span', { class: 'word', text: this.say('glidePlay') })));
    this.snapBox = h('input', { type: 'checkbox', role: 'switch', class: 'switch', id: 'sweep-snap', onchange: () => this.setSnap() });
    this.snapLabel = h('label', { class: 'group', title: this.say('glideSnapHint') }, this.snapBox, h('span', { text: this.say('glideSnap') }));
    this.track = new Track(this.say('glideSlider'), (index) => {
      this.stop();
      this.show(index);
    });
    this.element = h('div', { class: 'figure', role: 'figure', 'aria-label': this.say('glideSlider') },
      h('div', { class: 'figure-head' }, h('label', { class: 'figure-title', for: 'sweep-view', text: this.say('glideView') }), this.choice, this.badge),
      h('div', { class: 'stage' }, this.plot, this.wait),
      h('div', { class: 'glide-row' }, this.value, h('span', { class: 'gap' }), this.snapLabel, this.playButton),
      this.track.element);
    this.figure = new Figure(this.plot);
  }

  // ---- what there is to show

  /** Another sweep: its parameter and values. */
  begin(plan) {
    this.stop();
    this.plan = plan;
    this.raw = [];
    this.figures = [];
    this.ways = [];
    this.failed = new Set();
    this.wait.hidden = false;
    this.snapLabel.hidden = !plan.blend;
    this.track.index = 0;
    this.track.set(plan, this.failed);
    this.setSnap();
  }

  offer(views, chosen) {
    const key = JSON.stringify(views);
    if (key !== this.offered) {
      this.offered = key;
      this.choice.replaceChildren(...views.map(({ name, title }) => h('option', { value: name, text: title })));
    }
    if (chosen && this.choice.value !== chosen && this.element.getRootNode().activeElement !== this.choice) this.choice.value = chosen;
  }

  fail(failed) {
    if (failed.size === this.failed.size && [...failed].every((i) => this.failed.has(i))) return;
    this.failed = failed;
    this.track.set(this.plan, failed);
    if (this.raw.length) this.prepare();
  }

  /** The pictures of all models for one view. */
  take(figures, view) {
    this.raw = figures.map((figure) => (figure ? still(figure) : null));
    this.view = view;
    this.prepare();
  }

  prepare() {
    this.figures = framed(this.raw, this.failed);
    // A zoom belongs to its view.
    for (const figure of this.figures) if (figure) figure.layout.uirevision = this.view;
    this.ways = [];
    this.wait.hidden = true;
    this.show(this.track.index);
  }

  get blends() {
    return Boolean(this.plan?.blend) && !this.snapBox.checked;
  }

  setSnap() {
    this.track.snap = !this.blends;
    if (this.track.places) this.show(this.track.snap ? Math.round(this.track.index) : this.track.index);
  }

  // ---- moving

  /** The way between model k and the next, or null where only one of them can be shown. */
  way(k) {
    const [one, two] = [this.figures[k], this.figures[k + 1]];
    if (!one || !two || this.failed.has(k) || this.failed.has(k + 1) || !alike(one, two)) return null;
    return (this.ways[k] ||= between(one, two));
  }

  show(index) {
    this.track.show(index);
    const nearest = Math.round(index);
    const k = Math.min(Math.floor(index), this.figures.length - 2);
    const way = this.blends && index !== nearest ? this.way(k) : null;
    const figure = way ? way(index - k) : this.figures[nearest];
    if (figure) this.figure.update(figure, { theme: this.theme });
    this.tell(index, nearest, Boolean(way));
    this.acts.moved(index, this.track.places.of(index));
  }

  tell(index, nearest, blended) {
    const { title, texts } = this.plan;
    const name = title;
    const at = this.say('glideAt', { name, value: texts[nearest] });
    const low = Math.floor(index);
    const text = blended ? this.say('glideBetween', { name, low: texts[low], high: texts[low + 1] }) : at;
    write(this.value, text);
    this.track.say(text);
    this.badge.hidden = !blended;
    if (blended) write(this.badge, this.say('glideBlended'));
    this.nearest = nearest;
  }

  /** Move to a model by and by. */
  glide(to) {
    this.stop();
    const from = this.track.index;
    if (calm() || from === to) {
      this.show(to);
      return;
    }
    const begun = performance.now();
    this.run((now) => {
      const t = Math.min(1, (now - begun) / JUMP_MS);
      const at = from + (to - from) * ease(Math.max(0, t));
      this.show(this.track.snap ? Math.round(at) : t < 1 ? at : to);
      return t < 1;
    });
  }

  /** Play: back and forth until it is stopped. */
  toggle() {
    if (this.playing) {
      this.stop();
      return;
    }
    if (!this.plan) return;
    this.stop();
    const { last } = this.track.places;
    const whole = Math.max(SHORTEST_MS, SWEEP_MS * last);
    const begun = performance.now() - (this.track.index / last) * whole;
    this.setPlaying(true);
    this.run((now) => {
      const phase = ((now - begun) / whole) % 2;
      const at = last * (phase < 1 ? phase : 2 - phase);
      this.show(this.track.snap ? Math.round(at) : at);
      return true;
    });
  }

  run(step) {
    const turn = (now) => {
      this.frame = step(now) ? requestAnimationFrame(turn) : 0;
    };
    this.frame = requestAnimationFrame(turn);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.setPlaying(false);
  }

  setPlaying(on) {
    this.playing = on;
    this.playButton.dataset.playing = on;
    this.playButton.setAttribute('aria-pressed', String(on));
  }

  setTheme(theme) {
    this.theme = theme;
    if (this.figures.length) this.show(this.track.index);
  }

  destroy() {
    this.stop();
    this.track.destroy();
    this.figure.destroy();
  }
}
