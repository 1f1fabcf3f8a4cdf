// "Guess first": one line with the question that is asked before a run. A choice is answered in the line; a curve is drawn, or
// a threshold placed, in a panel that stays open beside the run until it is closed. The server keeps the guess and scores it.

import { h, keepFocus, write } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { brief, count } from '../base/format.js';
import { ClassPart } from './class.js';
import { kept, seen } from './kept.js';
import { Sketch } from './sketch.js';
import { say } from '../base/labels.js';
import { stats } from '../base/stats.js';

const ECHO_MS = 1500; // what was just drawn stands until the server's picture has it, at most this long
const KEY_REST_MS = 350;
const VIEW = 'guess:';

/** The guess (kind "guess"). */
export class Guess {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.theme = root.dataset.theme || 'light';
    this.made = this.offered = [];
    this.seen = seen.read(data.topic);
    this.build(data);
    this.leave = stream.subscribe({ status: (status) => this.news(status), shown: () => this.rather() });
    this.sight = new IntersectionObserver((entries) => {
      this.inView = entries[entries.length - 1].isIntersecting;
      this.tell();
    });
    this.sight.observe(root);
    stats.guess = this;
  }

  build(data) {
    this.data = data;
    this.say = (key, values) => say(data.labels, key, values);
    const button = (key, act, kind = 'button slim') => keepFocus(h('button', { type: 'button', class: kind, text: this.say(key), onclick: act }));
    this.button = keepFocus(h('button', {
      type: 'button', class: 'button slim guess-open', title: this.say('guessHint'), 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
      text: this.say('guessDraw'), onclick: () => this.toggle(!this.open),
    }));
    this.choice = h('select', { 'aria-label': this.say('guessWhat'), onchange: () => this.choose(this.choice.value) });
    this.asked = h('span', { class: 'guess-asked', id: 'guess-asked' });
    this.options = h('span', { class: 'guess-options', role: 'group', 'aria-labelledby': 'guess-asked' });
    this.verdict = h('span', { class: 'guess-verdict', role: 'status' });
    this.skip = button('guessSkip', () => this.rather(), 'guess-link');
    this.again = button('guessAgain', () => this.clear(), 'guess-link');
    // On a phone the line stays one line, cut off at its end, until it is unfolded.
    this.fold = keepFocus(h('button', { type: 'button', class: 'button slim guess-fold', 'aria-expanded': 'false', onclick: () => this.unfold(!this.unfolded) }));
    this.bar = h('div', { class: 'guess-bar', hidden: true },
      this.choice, this.asked, this.options, this.button, this.verdict, this.skip, this.again, this.fold);
    this.unfolded = false;
    this.question = h('p', { class: 'guess-question', id: 'guess-question' });
    this.hint = h('p', { class: 'guess-hint', id: 'guess-hint' });
    this.plot = h('div', { class: 'plot', inert: true });
    this.cursor = h('div', { class: 'guess-cursor', hidden: true });
    this.pad = h('div', { class: 'guess-pad', tabindex: '0', role: 'slider', 'aria-labelledby': 'guess-question', 'aria-describedby': 'guess-hint guess-said' }, this.cursor);
    this.said = h('p', { class: 'guess-said', id: 'guess-said', role: 'status' });
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.panel = h('div', { class: 'guess-panel', popover: 'manual', role: 'dialog', 'aria-label': this.say('guessMine') },
      h('div', { class: 'guess-head' }, button('guessClear', () => this.clear()), button('guessClose', () => this.toggle(false))),
      this.question, h('div', { class: 'stage' }, this.plot, this.pad), this.said, this.problem, this.hint);
    this.panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.toggle(false);
    });
    this.listen();
    this.class = new ClassPart(this);
    this.bar.append(this.class.tools);
    this.root.replaceChildren(this.bar, this.class.row, this.panel, this.class.panel);
    this.figure = new Figure(this.plot);
    this.open = false;
    this.name = null;
  }

  // ---- which guess

  get guess() {
    return this.data.guesses.find(({ name }) => name === this.name);
  }

  news({ guesses, state, topic }) {
    if (!guesses || topic !== this.data.topic) return;
    this.made = guesses.made;
    this.chosen = guesses.chosen;
    this.asks = guesses.asks;
    this.restore();
    this.said.setAttribute('aria-live', state === 'playing' ? 'off' : 'polite');
    write(this.problem, guesses.problem || '');
    this.problem.hidden = !guesses.problem;
    if (guesses.offered.join() !== this.offered.join()) {
      this.offered = guesses.offered;
      const titles = this.data.guesses.filter(({ name }) => this.offered.includes(name));
      this.choice.replaceChildren(...titles.map(({ name, question }) => h('option', { value: name, text: question })));
      this.choice.hidden = titles.length < 2;
      this.bar.hidden = !titles.length;
      if (!titles.length) this.toggle(false);
    }
    if (!this.offered.includes(this.name)) this.choose(this.offered.find((name) => this.made.includes(name)) ?? this.offered[0] ?? null);
    this.tell();
    this.cover();
    this.class.news(this.stream.status);
    this.paintBar();
  }

  /** A page that was loaded again has a new run: it gets the guesses of the one before. */
  restore() {
    if (this.restored) return;
    this.restored = true;
    if (this.made.length) return;
    for (const [name, points] of Object.entries(kept.read(this.data.topic))) {
      if (this.data.guesses.some((guess) => guess.name === name)) this.stream.send({ type: 'guess', name, points, signed: this.class.signed });
    }
  }

  choose(name) {
    this.commitSoon(0);
    this.name = name;
    this.watch?.stop();
    this.watch = this.picture = this.local = null;
    if (!name) return;
    const { guess } = this;
    this.choice.value = name;
    this.short = '';
    if (guess.kind === 'choice') this.toggle(false);
    this.sketch = new Sketch({ ...guess, curve: guess.kind === 'curve' });
    write(this.asked, guess.question);
    write(this.question, guess.question);
    write(this.hint, this.say(guess.kind === 'curve' ? 'guessCurveHint' : 'guessPlaceHint'));
    this.options.replaceChildren(...guess.options.map(([option, text]) => keepFocus(h('button', {
      type: 'button', class: 'button slim', value: option, text, 'aria-pressed': 'false', onclick: () => this.send(option),
    }))));
    this.paintBar();
    this.watch = this.stream.watch(VIEW + name, (picture) => this.draw(picture));
    this.tell();
  }

  unfold(open) {
    this.unfolded = open;
    this.paintBar();
  }

  /** The server draws the panel while it is open, and what was guessed while the button with its score is in sight. */
  tell() {
    this.watch?.show(this.open || (this.inView && this.made.includes(this.name)));
  }

  toggle(open) {
    if (open === this.open) return;
    this.open = open;
    // Who came by keyboard goes on from the button; after a mouse, the next press of Space shall play.
    const byKeys = this.panel.querySelector(':focus-visible');
    this.panel.togglePopover(open);
    this.button.setAttribute('aria-expanded', String(open));
    if (open) this.pad.focus({ focusVisible: false });
    else {
      this.commitSoon(0);
      if (byKeys) this.button.focus();
      else this.root.getRootNode().activeElement?.blur();
    }
    this.tell();
    this.cover();
    this.paintBar();
  }

  // ---- what would give the answer away

  /** The pictures that answer the question are covered until it was answered, played, or the reader would rather see. */
  cover() {
    const { guess, stream: { status } } = this;
    if (!status) return;
    if (!guess) { // a chapter that asks nothing, after one whose question is still open
      this.stream.veil([]);
      return;
    }
    const begun = !status.recorded && (status.state === 'playing' || status.step > 0 || Boolean(status.part));
    if (begun && this.asks && !this.open && !this.made.includes(guess.name)) this.rather();
    const covered = this.asks && guess.hides.length && !this.made.includes(guess.name) && !this.seen.has(guess.name);
    this.stream.veil(covered ? guess.hides : []);
  }

  /** The reader would rather see than guess. */
  rather() {
    if (!this.name || this.seen.has(this.name)) return;
    this.seen.add(this.name);
    seen.write(this.data.topic, this.seen);
    this.stream.veil([]);
    this.paintBar();
  }

  // ---- drawing

  /** Where the pointer is, in the numbers of the axes (exponents on a logarithmic one). */
  place(event) {
    const box = this.pad.getBoundingClientRect();
    const of = ({ range: [a, b], pixels: [from, to] }, pixel) => a + ((pixel - from) / (to - from)) * (b - a);
    const { xaxis, yaxis } = this.figure.state;
    return { x: of(xaxis, event.clientX - box.left), height: of(yaxis, event.clientY - box.top) };
  }

  listen() {
    let before = null;
    const { pad } = this;
    pad.addEventListener('pointerdown', (event) => {
      if (event.button || !this.drawable) return;
      pad.setPointerCapture(event.pointerId);
      this.begin();
      before = this.place(event);
      this.sketch.stroke(null, before);
      this.paint();
    });
    pad.addEventListener('pointermove', (event) => {
      if (!before) return;
      for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
        const next = this.place(part);
        this.sketch.stroke(before, next);
        before = next;
      }
      this.paint();
    });
    const end = () => {
      if (before) this.commit();
      before = null;
    };
    pad.addEventListener('pointerup', end);
    pad.addEventListener('pointercancel', end);
    pad.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.drawable) return;
      const held = this.local;
      this.begin();
      const done = this.sketch.key(event.key);
      if (done !== 'drawn') this.local = held;
      if (!done) return;
      event.preventDefault();
      this.paint();
      if (done === 'drawn') this.commitSoon(KEY_REST_MS);
    });
    pad.addEventListener('focus', () => this.paint());
    pad.addEventListener('blur', () => {
      this.commitSoon(0);
      this.paint();
    });
  }

  /** Go on from what the server has, unless something newer is in hand. */
  begin() {
    if (this.local) return;
    const [{ x, y }] = this.picture.data;
    const points = this.sketch.curve ? Array.from(x, (step, i) => [step, y[i]]) : Array.from(x).slice(0, 1).map((value) => [value]);
    this.sketch.load(points, this.picture.layout.xaxis.range[1]);
    this.local = { until: Infinity };
  }

  commitSoon(wait) {
    const waiting = this.timer;
    clearTimeout(this.timer);
    this.timer = 0;
    if (wait) this.timer = setTimeout(() => this.commit(), wait);
    else if (waiting) this.commit();
  }

  commit() {
    clearTimeout(this.timer);
    this.timer = 0;
    const points = this.sketch.points();
    if (!points && !this.sketch.empty) return; // one point is no curve yet
    this.send(points);
  }

  clear() {
    if (!this.name) return;
    this.sketch.clear();
    this.send(null);
    this.paint();
    this.paintBar();
  }

  send(points) {
    if (this.guess.kind !== 'choice') this.local = { until: performance.now() + ECHO_MS };
    else this.unfold(!points); // what was chosen is done with
    const all = kept.read(this.data.topic);
    if (points) all[this.name] = points;
    else delete all[this.name];
    kept.write(this.data.topic, all);
    this.stream.send({ type: 'guess', name: this.name, points, signed: this.class.signed });
  }

  // ---- what is shown

  /** Whether there is a picture to draw in: under settings that do not go with the guess there are only words. */
  get drawable() {
    return Boolean(this.picture?.data.length);
  }

  draw(picture) {
    this.picture = picture;
    if (this.local && this.drawable && (performance.now() > this.local.until || (this.local.until < Infinity && this.agrees()))) this.local = null;
    const { said = [], short = '', right } = picture.layout.meta ?? {};
    write(this.said, said.join('\n'));
    Object.assign(this, { short, right, sentence: said.join(' ') });
    this.paintBar();
    this.paint();
  }

  /** Whether the server's picture holds what was drawn here. */
  agrees() {
    const [xs, ys] = this.sketch.trace();
    const [{ x, y }] = this.picture.data;
    const near = (a, b) => Math.abs(a - b) <= 1e-4 * Math.max(1e-9, Math.abs(a));
    return x.length === xs.length && xs.every((value, i) => near(value, x[i]) && near(ys[i], y[i]));
  }

  paint() {
    const { picture } = this;
    if (!picture || !this.open || this.guess.kind === 'choice') return;
    if (this.local && this.drawable) {
      const [x, y] = this.sketch.trace();
      const [mine, ...others] = picture.data;
      // The label of a mark on the move would stay behind.
      const annotations = this.sketch.curve ? picture.layout.annotations : [];
      this.figure.update({ data: [{ ...mine, x, y }, ...others], layout: { ...picture.layout, annotations } }, { theme: this.theme });
    } else this.figure.update(picture, { theme: this.theme });
    if (this.drawable) this.paintCursor();
  }

  /** The keyboard's cursor, and what it stands on in words. */
  paintCursor() {
    const { sketch } = this;
    if (!this.local) {
      this.begin();
      this.local = null;
    }
    const { xaxis, yaxis } = this.figure.state;
    const height = sketch.knots[sketch.curve ? sketch.at : 0];
    const value = height === null ? null : brief(sketch.value(height));
    const step = count(sketch.step(sketch.at));
    const words = sketch.curve ? this.say(value === null ? 'guessNothingAt' : 'guessAt', { step, value }) : value ?? this.say('guessNothing');
    const now = sketch.curve ? sketch.step(sketch.at) : sketch.value(height ?? sketch.low);
    for (const [name, text] of Object.entries({ valuetext: words, valuemin: sketch.curve ? 0 : sketch.value(sketch.low), valuemax: sketch.curve ? sketch.last : sketch.value(sketch.high), valuenow: now })) {
      if (this.pad.getAttribute(`aria-${name}`) !== String(text)) this.pad.setAttribute(`aria-${name}`, text);
    }
    this.cursor.hidden = !sketch.curve || !xaxis || !this.pad.matches(':focus-visible');
    if (this.cursor.hidden) return;
    const to = ({ range: [a, b], pixels: [from, end] }, u) => from + ((u - a) / (b - a)) * (end - from);
    this.cursor.style.transform = `translate(${to(xaxis, sketch.step(sketch.at))}px, ${to(yaxis, height ?? sketch.around(sketch.at))}px)`;
  }

  /** The one line: the question with its options, and once the run has told, the verdict in their place. */
  paintBar() {
    const { guess } = this;
    if (!guess) return;
    const made = this.made.includes(this.name), choice = guess.kind === 'choice', told = choice && made && Boolean(this.short);
    const late = choice && !made && this.asks && !this.class.state?.open && Boolean(this.stream.status?.chapter?.reached); // the answer is on screen
    this.button.hidden = choice;
    const scored = made && this.short && !this.open;
    write(this.button, scored ? this.say('guessScore', { score: this.short }) : this.say(made ? 'guessMine' : guess.kind === 'place' ? 'guessMark' : 'guessDraw'));
    this.hint.hidden = made; // who has drawn knows how, and the score needs the room
    this.options.hidden = !choice || told || late;
    this.asked.hidden = told || !this.choice.hidden; // in its place stands the verdict, or the choice of questions
    const chosen = made ? this.chosen?.[this.name] : null;
    for (const option of this.options.children) {
      option.setAttribute('aria-pressed', String(option.value === chosen));
      option.disabled = this.class.closed;
    }
    const text = guess.options.find(([name]) => name === chosen)?.[1] ?? '';
    write(this.verdict, choice && made && this.sentence ? (told ? this.say('guessVerdict', { said: text, verdict: this.sentence }) : this.sentence) : late ? this.say('guessLate') : '');
    this.verdict.hidden = !this.verdict.textContent;
    this.verdict.dataset.right = told ? String(this.right) : '';
    this.skip.hidden = made || this.seen.has(this.name) || !guess.hides.length || !this.asks;
    this.again.hidden = !told || this.class.closed;
    this.fold.hidden = !choice;
    this.bar.classList.toggle('folded', !(choice ? this.unfolded : this.class.calls)); // who is asked sees the whole question
    this.fold.setAttribute('aria-expanded', String(this.unfolded));
    write(this.fold, this.say(this.unfolded ? 'guessFold' : made ? 'guessUnfold' : 'guessNow'));
  }

  setTheme(theme) {
    this.theme = theme;
    this.paint();
    this.class.setTheme();
  }

  /** New data from the page: another language begins again, with what is drawn at hand on the server. */
  update(data) {
    if (JSON.stringify([data.labels, data.guesses]) === JSON.stringify([this.data.labels, this.data.guesses])) return;
    const { open, name } = this;
    this.toggle(false);
    this.takeDown();
    this.offered = [];
    this.build(data);
    if (this.stream.status) this.news(this.stream.status);
    if (this.offered.includes(name)) this.choose(name);
    this.toggle(open);
  }

  takeDown() {
    this.class.destroy();
    this.watch?.stop();
    this.figure.destroy();
  }

  destroy() {
    this.commitSoon(0);
    this.stream.veil([]);
    this.leave();
    this.sight.disconnect();
    this.takeDown();
    if (stats.guess === this) delete stats.guess;
    this.root.replaceChildren();
  }
}
