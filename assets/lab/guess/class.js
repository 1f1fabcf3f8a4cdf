// A guess in a lesson. The teacher asks the class, sees how many have guessed, and shows what; a follower's guess counts, with a
// name if they type one. What is in here are only the hands: the server keeps, counts, closes and draws.

import { h, keepFocus, write } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { kept, signed } from './kept.js';

const VIEW = 'guess:class/';
const LONGEST = 24; // characters of a name
const ALL = '*'; // names are kept for all topics

/** The part of a guess that belongs to a class. */
export class ClassPart {
  /** @param {Guess} guess whose bar and panel these stand beside */
  constructor(guess) {
    this.guess = guess;
    this.stream = guess.stream;
    this.state = null;
    this.open = false;
    this.watched = null; // the guess whose picture is in the panel
    this.awaited = false; // the panel is open already, the server has yet to show
    this.greeted = ''; // the question that this follower's page has turned to
    const { say } = guess;
    const button = (key, hint, act, kind = 'button slim') => keepFocus(h('button', {
      type: 'button', class: kind, text: say(key), title: hint && say(hint), onclick: act,
    }));
    const tell = (what) => this.stream.send({ type: 'class', do: what, name: this.guess.name });
    this.ask = button('classAsk', 'classAskHint', () => tell('ask'), 'button slim class-go');
    this.count = h('strong', { class: 'class-count', role: 'status' });
    this.show = button('classShow', 'classShowHint', () => { tell('show'); this.awaited = true; this.toggle(true); }, 'button slim class-go');
    this.stop = button('classStop', '', () => tell('stop'), 'guess-link');
    this.see = button('classShown', '', () => this.toggle(!this.open));
    this.see.setAttribute('aria-haspopup', 'dialog');
    /** The teacher's, in the line of the question. */
    this.tools = h('span', { class: 'class-tools', hidden: true }, this.count, this.show, this.stop, this.ask, this.see);

    this.notice = h('span', { class: 'class-notice', role: 'status' });
    this.field = h('input', {
      type: 'text', maxlength: LONGEST, autocomplete: 'off', spellcheck: 'false', placeholder: say('className'), 'aria-label': say('className'),
      onchange: () => this.sign(),
    });
    this.field.value = signed.read(ALL);
    /** A follower's, below it. */
    this.row = h('div', { class: 'class-row', hidden: true }, this.notice, this.field);

    this.forget = button('classForget', '', () => { // twice: a class's work is not lost by one slip
      if (!this.sure) this.doubt(true);
      else {
        tell('forget');
        this.toggle(false);
      }
    });
    this.question = h('p', { class: 'class-question' });
    this.plot = h('div', { class: 'plot' });
    this.said = h('p', { class: 'class-said', role: 'status' });
    this.panel = h('div', { class: 'class-panel', popover: 'manual', role: 'dialog', 'aria-label': say('classShown') },
      h('div', { class: 'guess-head' },
        this.question,
        button('classAgain', 'classAgainHint', () => { tell('ask'); this.toggle(false); }),
        this.forget,
        button('guessClose', '', () => this.toggle(false))),
      this.plot, this.said);
    this.panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.toggle(false);
    });
    this.figure = new Figure(this.plot);
  }

  // ---- what the server tells

  news(status) {
    this.state = status.lesson ?? null;
    const { state, guess } = this;
    if (state && !state.teaches) this.follow(state, status.guesses);
    if (this.open && !(this.shown && this.watched === guess.name) && !this.awaited) this.toggle(false);
    if (this.shown) this.awaited = false;
    this.paint();
    if (guess.pad.inert !== this.closed) guess.pad.inert = this.closed;
  }

  /** A follower's page turns to the question once, and sends what was guessed there before. */
  follow(state, { offered, made }) {
    if (!state.open) {
      this.greeted = '';
      return;
    }
    if (state.asked === this.greeted || !offered.includes(state.asked)) return;
    this.greeted = state.asked;
    if (this.guess.name !== state.asked) this.guess.choose(state.asked);
    this.guess.unfold(true);
    const points = kept.read(this.guess.data.topic)[state.asked];
    if (!state.mine && points && made.includes(state.asked)) this.guess.send(points);
  }

  get asked() {
    return this.state?.asked === this.guess.name;
  }

  /** Whether this page's student is asked and has not guessed yet. */
  get calls() {
    return Boolean(this.state && !this.state.teaches && this.asked && this.state.open && !this.state.mine);
  }

  /** Whether the guess of this page can no longer be changed. */
  get closed() {
    return Boolean(this.state && !this.state.teaches && this.asked && this.state.closed);
  }

  /** Whether the class's guesses may be seen on this page. */
  get shown() {
    return Boolean(this.state?.teaches && this.state.shown.includes(this.guess.name));
  }

  // ---- a follower's name

  get signed() {
    return this.field.value.trim();
  }

  sign() {
    signed.write(ALL, this.signed);
    const points = kept.read(this.guess.data.topic)[this.guess.name];
    if (points && this.asked && !this.closed) this.guess.send(points);
  }

  // ---- what is shown

  paint() {
    const { state, guess } = this;
    const teaches = Boolean(state?.teaches && guess.name), follows = Boolean(state && !state.teaches && this.asked);
    this.tools.hidden = !teaches;
    guess.bar.classList.toggle('teaching', teaches);
    this.row.hidden = !follows;
    if (teaches) {
      const { guessed = 0, of = 0 } = state.counted[guess.name] ?? {};
      const open = this.asked && !this.shown;
      write(this.count, open ? guess.say('classCount', { n: guessed, all: of }) : '');
      this.count.hidden = this.show.hidden = this.stop.hidden = !open;
      this.ask.hidden = open || this.shown || !state.followers;
      this.see.hidden = !this.shown;
      this.see.setAttribute('aria-expanded', String(this.open));
      write(this.question, guess.guess?.question ?? '');
    }
    if (follows) {
      const problem = this.stream.status?.guesses?.problem;
      write(this.notice, state.closed || problem || guess.say(state.mine ? 'classTaken' : 'classAsked'));
      this.notice.classList.toggle('problem', Boolean(problem && !state.closed));
      this.field.hidden = Boolean(state.closed);
    }
  }

  doubt(sure) {
    this.sure = sure;
    write(this.forget, this.guess.say(sure ? 'classSure' : 'classForget'));
  }

  toggle(open) {
    if (open === this.open) return;
    this.doubt(false);
    this.open = open;
    this.panel.togglePopover(open);
    this.watch?.stop();
    this.watch = null;
    if (open) {
      this.watched = this.guess.name;
      this.watch = this.stream.watch(VIEW + this.watched, (picture) => this.draw(picture));
      this.watch.show(true);
    }
    this.paint();
  }

  draw(picture) {
    this.picture = picture;
    if (!this.open) return;
    write(this.said, (picture.layout.meta?.said ?? []).join(' '));
    this.figure.update(picture, { theme: this.guess.theme });
  }

  setTheme() {
    if (this.picture) this.draw(this.picture);
  }

  destroy() {
    this.toggle(false);
    this.figure.destroy();
  }
}
