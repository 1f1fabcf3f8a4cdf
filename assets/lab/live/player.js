// The player in one row: play, step, slow motion, back in time, where it stands, a twin; the rest behind two buttons.

import { h, icon, keepFocus, popover, write } from '../base/dom.js';
import { count, duration, rate } from '../base/format.js';
import { takeKeys } from '../base/keys.js';
import { say } from '../base/labels.js';
import { Fold } from './fold.js';
import { Messages, PATIENCE_MS } from './messages.js';
import { RunSettings } from './run_settings.js';
import { Scrubber } from './scrubber.js';
import { TwinsBar } from './twins_bar.js';

// A click shows at once; the server's older news may still be on its way for this long.
const ECHO_MS = 1000;
const SHORTCUTS = [['keySpace', 'keyPlay'], ['→', 'keyForward'], ['←', 'keyBack'], ['R', 'keyReset'], ['[ ]', 'keyChapters'], ['↑ ↓', 'keySlider'], ['Home End', 'keyEnds']];
const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** The player (kind "player"). */
export class Player {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.assumed = null;
    this.build(data);
    this.fold = new Fold();
    this.leave = stream.subscribe({
      status: () => this.paint(),
      link: (link) => {
        this.paint();
        if (link === 'reconnecting') setTimeout(() => this.paint(), PATIENCE_MS + 20);
      },
    });
    this.freeKeys = takeKeys({
      toggle: () => this.toggle(),
      reset: () => this.reset(),
      forward: () => (this.scrubber.index === null ? this.step() : this.scrubber.forward()),
      backward: () => this.scrubber.back(),
    });
  }

  build(data) {
    this.data = data;
    const { labels = {} } = data;
    this.say = (key, values) => say(labels, key, values);
    const send = (message) => this.stream.send(message);
    this.settings = new RunSettings(labels, send);
    this.scrubber = new Scrubber(labels, (index) => send({ type: 'seek', index }), (index) => this.compare(index));
    this.twins = new TwinsBar(labels, send, () => this.compare(null));
    this.messages = new Messages(labels, { back: () => this.back(), reload: () => location.reload(), rescue: () => this.stream.send({ type: 'rescue' }) });

    const keyed = (text, key) => (key ? `${text} (${key})` : text);
    const button = (name, key, act) => keepFocus(h('button', {
      type: 'button', class: `button ${name}`, title: keyed(this.say(`${name}Hint`), key), 'aria-label': this.say(name),
      'aria-keyshortcuts': { '→': 'ArrowRight' }[key] || key, onclick: act,
    }, icon(name), h('span', { class: 'word', text: this.say(name) })));
    this.playIcon = h('span', { class: 'play-icon' }, icon('play'), icon('pause'));
    this.playWord = h('span', { class: 'word' });
    this.playButton = keepFocus(h('button', { type: 'button', class: 'button play', 'aria-keyshortcuts': 'Space', onclick: () => this.toggle() }, this.playIcon, this.playWord));
    this.stepButton = button('step', '→', () => this.step());
    this.partButton = button('part', '', () => this.part());
    this.resetButton = button('reset', 'R', () => this.reset());

    this.stateText = h('span', { class: 'state-text' });
    this.stateBox = h('div', { class: 'state', role: 'status' }, h('span', { class: 'lamp' }), this.stateText);
    this.stepText = h('span', { class: 'step-text' });
    this.rateText = h('span', { class: 'rate-text' });
    this.etaText = h('span', { class: 'eta-text' });
    this.bar = h('div', { class: 'bar' });
    this.progress = h('div', { class: 'progress', role: 'progressbar', 'aria-label': this.say('progress'), 'aria-valuemin': 0 }, this.bar);
    this.chain = h('ol', { class: 'chain', 'aria-label': this.say('parts'), hidden: true });

    this.panel = h('section', { class: `player${data.embed ? ' embed' : ''}`, 'aria-label': this.say('player') },
      this.progress,
      h('div', { class: 'row' },
        h('div', { class: 'buttons' }, this.playButton, this.stepButton, this.partButton, this.resetButton),
        h('div', { class: 'course' }, this.scrubber.element, this.chain),
        h('div', { class: 'numbers' },
          h('div', { class: 'numbers-top' }, this.stepText),
          h('div', { class: 'numbers-under' }, this.stateBox, this.rateText, this.etaText),
          h('div', { class: 'numbers-past' }, this.scrubber.text, this.scrubber.live)),
        // A twin of the present, or of the past that is on screen: one place for both.
        h('div', { class: 'beside' }, this.twins.button, this.scrubber.branch),
        h('div', { class: 'behind' }, ...this.behind())),
      this.messages.element, this.twins.element, this.settings.problem);
    this.root.replaceChildren(this.panel);
    this.paint();
  }

  /** What stands behind a button: speed, stop and seed; the shortcuts. */
  behind() {
    const { speed, seedBox, stopBox } = this.settings;
    const opener = (key, role, inside, ...panel) => {
      const button = keepFocus(h('button', { type: 'button', class: `icon-button ${key}`, 'aria-label': this.say(key), 'aria-haspopup': role, title: this.say(key) }, inside));
      const bubble = h('div', { class: `bubble ${key}-panel`, role, 'aria-label': this.say(key) }, ...panel);
      popover(button, bubble);
      return [button, bubble];
    };
    const shortcuts = h('dl', {}, ...SHORTCUTS.flatMap(([keys, key]) => [
      h('dt', {}, ...(keys === 'keySpace' ? [this.say(keys)] : keys.split(' ')).map((text) => h('kbd', { text }))), h('dd', { text: this.say(key) })]));
    return [
      ...opener('settings', 'dialog', icon('dots'), h('label', { class: 'group' }, h('span', { class: 'caption', text: this.say('speed') }), speed), stopBox, seedBox),
      ...opener('shortcuts', 'dialog', '?', shortcuts),
    ];
  }

  /** New data from the page: rebuilt only when the words changed. */
  update(data) {
    const same = (key) => JSON.stringify(data[key]) === JSON.stringify(this.data[key]);
    if (!['labels', 'embed'].every(same)) this.build(data);
  }

  // ---- what a person does

  get state() {
    const state = this.stream.status?.state || 'opening';
    if (this.assumed && (this.assumed.state === state || performance.now() > this.assumed.until || !['playing', 'paused', 'finished'].includes(state))) this.assumed = null;
    return this.assumed?.state || state;
  }

  act(message, state) {
    if (state && ['playing', 'paused', 'finished'].includes(this.state)) {
      this.assumed = { state, until: performance.now() + ECHO_MS };
      // When the server thinks otherwise, say so even if no news comes.
      setTimeout(() => this.paint(), ECHO_MS + 20);
    }
    this.stream.send(message);
    this.paint();
  }

  toggle() {
    if (this.playButton.disabled) return;
    if (this.state === 'playing') this.act({ type: 'pause' }, 'paused');
    else if (this.state === 'opening') this.wish(!this.wished); // the run plays as soon as it is there
    else {
      this.scrubber.leave();
      this.act({ type: 'play' }, 'playing');
    }
  }

  /** Play, pressed while the run is being prepared; pressed again it is taken back. */
  wish(play) {
    this.wished = play;
    this.act({ type: play ? 'play' : 'pause' });
  }

  step() {
    if (this.stepButton.disabled) return;
    this.scrubber.leave();
    this.act({ type: 'step', count: 1 }, 'paused');
  }

  part() {
    if (this.partButton.disabled) return;
    this.scrubber.leave();
    this.act({ type: 'part' }, 'paused');
  }

  reset() {
    if (this.resetButton.disabled) return;
    this.scrubber.leave();
    this.act({ type: 'reset' });
  }

  back() {
    this.act({ type: 'back' });
  }

  /** A twin of the run: where it stands, or branching off at a kept frame. */
  compare(index) {
    this.scrubber.leave();
    this.act({ type: 'compare', index });
  }

  // ---- what is shown

  paint() {
    const { status, link } = this.stream;
    const { state } = this;
    const down = link === 'reconnecting' || link === 'gone';
    const s = status || {};
    this.scrubber.update(s);
    this.settings.update(s);
    this.twins.update(s, link === 'open' && ['playing', 'paused', 'finished', 'diverged'].includes(state));
    this.messages.update(status, link);
    const past = this.scrubber.index !== null;
    const look = down ? 'reconnecting' : past && state !== 'diverged' ? 'past' : state;
    if (this.panel.dataset.state !== look) this.panel.dataset.state = look;
    if (state !== 'opening') this.wished = false;
    this.panel.dataset.playing = state === 'playing' || Boolean(this.wished);
    this.panel.classList.toggle('past', past);
    this.twins.button.hidden ||= past;
    write(this.stateText, link === 'gone' ? this.say('stateLost') : this.say(`state${capital(look)}`));

    const word = state === 'playing' || this.wished ? 'pause' : state === 'finished' ? 'continue' : 'play';
    write(this.playWord, this.say(word));
    const title = `${this.say(word)} (${this.say('keySpace')})`;
    if (this.playButton.title !== title) {
      this.playButton.title = title;
      this.playButton.setAttribute('aria-label', this.say(word));
    }
    const alive = link !== 'gone' && ['playing', 'paused', 'finished', 'following'].includes(state);
    this.playButton.disabled = !alive && !(link === 'open' && state === 'opening');
    this.stepButton.disabled = !alive;
    this.partButton.disabled = !alive;
    this.resetButton.disabled = link === 'gone' || state === 'opening';
    this.paintNumbers(s, state);
    this.paintParts(s, state);
  }

  paintNumbers(s, state) {
    const step = s.step || 0;
    const total = s.stop?.steps;
    const beyond = total && step > total; // a drag goes on after the end: nothing is left, and nothing to count towards
    write(this.stepText, total && !beyond ? this.say('stepOf', { step: count(step), total: count(total) }) : this.say('stepNow', { step: count(step) }));
    const running = state === 'playing';
    write(this.rateText, running && s.stepsPerSecond > 0 ? this.say('stepsPerSecond', { rate: rate(s.stepsPerSecond) }) : '');
    const unit = (n) => this.say('seconds', { n });
    write(this.etaText, running && !(total && step >= total) && typeof s.eta === 'number' ? this.say('remaining', { time: duration(s.eta, unit) }) : '');
    // Whichever limit is nearer fills the bar.
    const parts = [total ? step / total : 0, s.stop?.seconds ? (s.elapsed || 0) / s.stop.seconds : 0];
    const done = Math.min(1, Math.max(...parts));
    this.bar.style.transform = `scaleX(${done})`;
    this.progress.classList.toggle('endless', running && !total && !s.stop?.seconds);
    this.progress.setAttribute('aria-valuemax', String(total || 100));
    this.progress.setAttribute('aria-valuenow', String(total ? Math.min(step, total) : Math.round(done * 100)));
  }

  paintParts({ parts = [], partLabels = {}, part = '' }, state) {
    this.partButton.hidden = !parts.length;
    // Between the parts of a step there is nothing to go back to: the chain takes the history's place.
    this.chain.hidden = !parts.length || !part || state === 'playing';
    this.scrubber.element.classList.toggle('under', !this.chain.hidden);
    const key = JSON.stringify([parts, partLabels]);
    if (key !== this.chainKey || !this.chain.children.length) {
      this.chainKey = key;
      this.chain.replaceChildren(...parts.map((name) => h('li', { class: 'link', 'data-part': name, text: partLabels[name] ?? name })));
    }
    const at = parts.indexOf(part);
    [...this.chain.children].forEach((node, i) => {
      node.classList.toggle('now', i === at);
      node.classList.toggle('done', i < at);
      if (i === at) node.setAttribute('aria-current', 'step');
      else node.removeAttribute('aria-current');
    });
  }

  destroy() {
    this.leave();
    this.fold.destroy();
    this.freeKeys();
    this.twins.destroy();
    this.root.replaceChildren();
  }
}
