// The connection of a page to its run: one websocket, shared by every component that shows this run.

import { Address, former, remember } from '../base/address.js';
import { Received } from '../figure/differences.js';
import { decode, inflate, resolve, unbundle } from '../figure/wire.js';
import { DragClock, stats } from '../base/stats.js';

const SET_EVERY_MS = 33;
const RETRY_FIRST_MS = 200;
const RETRY_MOST_MS = 3000;
const HELD_MS = 2000;
const OUTBOX_MS = 15000; // what a person did while the line was down is still meant, for a while
const BUFFER_MOST = 65536; // bytes not yet gone out: above this a dragged value waits for a newer one
const TWIN = '@b'; // what stands behind a view's name in the picture of the second arm
const LINGER_MS = 400; // Streamlit takes components down and up again within one redraw
const LOST_MS = 1000; // after a message that leads on from something else, before the whole is asked for
const HIDDEN_DRAW_MS = 250; // a hidden page has no animation frames, but its frames are acknowledged all the same

const shared = new Map();

/**
 * The connection to a run; the same one for every caller. Give it back with `release()`.
 * @param {string} run the run's token
 * @returns {Stream}
 */
export function connect(run) {
  let stream = shared.get(run);
  if (!stream) shared.set(run, stream = new Stream(run));
  stream.users += 1;
  return stream;
}

/** Use `connect` instead of the constructor. */
export class Stream {
  constructor(run) {
    this.run = run;
    this.users = 0;
    this.theme = 'light';
    /** @type {"connecting"|"open"|"reconnecting"|"gone"} */
    this.link = 'connecting';
    /** The newest status, or null. */
    this.status = null;
    this.listeners = new Set();
    this.veiled = []; // views that would answer a question which is still open
    this.awaited = null; // the chapter that was asked for, until its first picture is there
    this.watches = new Set();
    this.views = new Map(); // name -> whether the server was last told to show it
    this.pictures = new Map(); // name -> the newest picture, for figures that are mounted later
    this.courses = new Map(); // of a lesson that is followed: name -> what is known of it ('' for the status)
    this.own = null; // of the status, what only this follower's page knows
    this.turn = Promise.resolve(); // what has come is taken in one after the other
    this.waiting = 0;
    this.outbox = [];
    this.pending = {};
    this.lastSet = 0;
    this.setTimer = 0;
    this.retry = RETRY_FIRST_MS;
    this.resumed = false; // the page has the run it had before a reload, and does not know it yet
    this.address = new Address();
    this.clock = new DragClock();
    this.wake = () => this.onWake();
    document.addEventListener('visibilitychange', this.wake);
    window.addEventListener('online', this.wake);
    window.addEventListener('pageshow', this.wake);
    // The first component of the page tells its theme right after connecting: wait for it before saying hello.
    queueMicrotask(() => this.open());
  }

  // ---- the line

  open() {
    if (this.closed || this.socket) return;
    // Beside this module, so that a base path of the app needs no care here.
    const url = new URL('../stream', import.meta.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = this.socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    let opened = Infinity;
    socket.onopen = () => {
      opened = performance.now();
      this.raw({ type: 'hello', run: this.run, theme: this.theme, before: former(this.run) });
      remember(this.run);
      this.views.clear();
      this.leaveLesson();
      this.setLink('open');
      this.tellViews();
      const since = performance.now() - OUTBOX_MS;
      for (const { message, at } of this.outbox.splice(0)) if (at > since) this.send(message);
      this.flushSet();
    };
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.arrive(data);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (this.closed) return;
      // Only a line that held begins anew with short waits; one that breaks at once is not hammered.
      if (performance.now() - opened > HELD_MS) this.retry = RETRY_FIRST_MS;
      // 1008 and the application's own codes mean "do not come back"; everything else is an accident or a restart.
      if (this.link === 'gone' || code === 1008 || code >= 4000) this.setLink('gone');
      else this.reopen();
    };
  }

  reopen() {
    this.setLink('reconnecting');
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.open(), this.retry * (0.85 + 0.3 * Math.random()));
    this.retry = Math.min(RETRY_MOST_MS, this.retry * 1.7);
  }

  onWake() {
    this.tellViews();
    if (this.link === 'reconnecting' && !document.hidden) {
      clearTimeout(this.retryTimer);
      this.open();
    }
  }

  setLink(link) {
    if (this.link === link) return;
    this.link = link;
    this.tell('link', link);
  }

  /** One user less; the last one closes the line. */
  release() {
    this.users -= 1;
    setTimeout(() => { if (this.users <= 0) this.close(); }, LINGER_MS);
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    if (shared.get(this.run) === this) shared.delete(this.run);
    clearTimeout(this.retryTimer);
    clearTimeout(this.setTimer);
    document.removeEventListener('visibilitychange', this.wake);
    window.removeEventListener('online', this.wake);
    window.removeEventListener('pageshow', this.wake);
    this.address.stop();
    this.socket?.close(1000);
    this.socket = null;
  }

  // ---- listening

  /**
   * Hear about the run. Known facts are told at once.
   * @param {{status?: (s: object) => void, link?: (l: string) => void, awaits?: (chapter: ?string) => void, sweep?: (m: object, arrays: ?Array) => void}} listener
   * @returns {() => void} stop listening
   */
  subscribe(listener) {
    this.listeners.add(listener);
    listener.link?.(this.link);
    listener.veil?.(this.veiled);
    listener.awaits?.(this.awaited);
    if (this.status) listener.status?.(this.status);
    this.drawAgain(listener);
    return () => this.listeners.delete(listener);
  }

  /** What is on screen is not yet the chapter's that was asked for; null: it is. */
  awaits(chapter) {
    if (chapter === this.awaited) return;
    this.awaited = chapter;
    this.tell('awaits', chapter);
  }

  /** Cover these views with "guess first, or show", and no others. */
  veil(views) {
    if (views.join() === this.veiled.join()) return;
    this.veiled = views;
    this.tell('veil', views);
  }

  /** The page was drawn for another run than it has now: one of its parts asks for it to be drawn again. */
  drawAgain(listener) {
    if (!this.resumed || !listener.resumed) return;
    this.resumed = false;
    listener.resumed();
  }

  tell(what, ...values) {
    for (const listener of [...this.listeners]) {
      try {
        listener[what]?.(...values);
      } catch (error) {
        // One broken component must not silence the others.
        console.error(error);
      }
    }
  }

  /**
   * Show a view of the run in a figure.
   * @param {string} name
   * @param {(picture: {data: Array, layout: object}, twin: ?object) => void} draw draws on the next animation frame
   * @returns {{show: (on: boolean) => void, stop: () => void}}
   */
  watch(name, draw) {
    const watch = { name, draw, on: false };
    this.watches.add(watch);
    return {
      show: (on) => {
        const appeared = on && !watch.on;
        watch.on = on;
        this.tellViews();
        if (appeared && this.pictures.has(name)) draw(...this.pictures.get(name));
      },
      stop: () => {
        watch.on = false;
        this.watches.delete(watch);
        // A figure that is being replaced comes back within moments: do not switch its view off and on.
        setTimeout(() => this.tellViews(), LINGER_MS / 2);
      },
    };
  }

  tellViews() {
    if (this.link !== 'open' || this.closed) return;
    const wanted = new Map([...this.views.keys()].map((name) => [name, false]));
    for (const { name, on } of this.watches) wanted.set(name, wanted.get(name) || (on && !document.hidden));
    for (const [name, on] of wanted) {
      if (on === (this.views.get(name) ?? false)) continue;
      this.views.set(name, on);
      this.raw({ type: 'view', name, on });
    }
  }

  // ---- receiving

  /** A lesson's messages are unpacked first, which takes a moment: what comes meanwhile waits for its turn. */
  arrive(data) {
    const parts = typeof data === 'string' ? null : unbundle(data);
    if (!parts && !this.waiting) {
      this.receive(data);
      return;
    }
    const { socket } = this;
    const ready = parts ? Promise.all([parts[0], ...parts.slice(1).map(inflate)]) : data;
    this.waiting += 1;
    this.turn = this.turn.then(() => ready).then((one) => {
      if (this.socket !== socket || this.closed) return;
      if (parts) this.follow(one);
      else this.receive(one);
    }).catch((error) => {
      console.error(error);
      setTimeout(() => { if (this.socket === socket) this.raw({ type: 'lost' }); }, LOST_MS);
    }).finally(() => { this.waiting -= 1; });
  }

  receive(data) {
    if (typeof data !== 'string') {
      const { header, arrays } = decode(data);
      if (header.type === 'figures') {
        this.tell('sweep', header, arrays);
        return;
      }
      stats.framesReceived += 1;
      this.leaveLesson();
      this.picture(header.figures, (figure) => resolve(figure, arrays), header.status, { type: 'drawn', id: header.id });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'status') this.setStatus(message.status);
    else if (message.type === 'sweep' || message.type === 'file') this.tell('sweep', message);
    else if (message.type === 'resumed') {
      this.resumed = true;
      for (const listener of this.listeners) this.drawAgain(listener);
    } else if (message.type === 'gone') {
      this.setLink('gone');
      this.socket?.close(1000);
    }
  }

  /** What has changed in the lesson since what was drawn last: its first part says of what the others tell. */
  follow([head, ...messages]) {
    const { id, names, own } = JSON.parse(new TextDecoder().decode(head));
    const seen = names.map((name, i) => {
      if (!this.courses.has(name)) this.courses.set(name, new Received());
      return [name, this.courses.get(name).take(messages[i])];
    });
    const figures = Object.fromEntries(seen.filter(([name]) => name));
    stats.framesReceived += 1;
    this.shared = Object.fromEntries(seen)[''] ?? this.shared;
    this.own = own ?? this.own;
    const { guesses, problems, lesson } = this.own ?? {};
    const status = {
      ...this.shared,
      guesses: { ...this.shared.guesses, ...guesses },
      problems: { ...this.shared.problems, ...problems },
      lesson: lesson ?? this.shared.lesson,
    };
    this.picture(figures, (figure) => figure, status, { type: 'seen', id });
  }

  leaveLesson() {
    this.courses.clear();
    this.own = null;
  }

  nextPaint(work) {
    let done = false;
    const once = () => {
      if (done || this.closed) return;
      done = true;
      work();
    };
    requestAnimationFrame(once);
    setTimeout(once, HIDDEN_DRAW_MS);
  }

  /** Draw figures with the next paint, then show the status and answer. @param {(figure: object) => object} whole with its arrays in place */
  picture(figures = {}, whole, status, answer) {
    let drawn = 0;
    for (const [name, figure] of Object.entries(figures)) {
      if (name.endsWith(TWIN)) continue; // drawn together with its first arm's
      try {
        const twin = figures[name + TWIN];
        const pictures = [whole(figure), twin ? whole(twin) : null];
        this.pictures.set(name, pictures);
        for (const watch of this.watches) {
          if (watch.name !== name || !watch.on) continue;
          watch.draw(...pictures);
          drawn += 1;
        }
      } catch (error) {
        // A figure that makes no sense must not cost the others, nor the acknowledgement.
        console.error(error);
      }
    }
    // The figures have asked for the next paint before us: in it, they draw first, then the numbers change.
    const { socket } = this;
    this.nextPaint(() => {
      stats.draws += drawn;
      this.setStatus(status);
      if (drawn && status?.chapter?.name === this.awaited) this.awaits(null);
      if (drawn && status) this.clock.drawn(status.params);
      // An id means something only on the line it came by.
      if (this.socket === socket) this.raw(answer);
    });
  }

  setStatus(status) {
    if (!status) return;
    if (status.problems?.chapter || ['lost', 'diverged'].includes(status.state)) this.awaits(null);
    this.status = stats.lastStatus = status;
    this.address.update(status.query, status.topic);
    this.tell('status', status);
  }

  // ---- sending

  raw(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /**
   * Send what a person did. While the line is down it is kept, the newest of each kind.
   * @param {object} message
   */
  send(message) {
    if (this.link === 'open' && this.socket?.readyState === WebSocket.OPEN) {
      if (message.type === 'chapter') this.awaits(message.name);
      if (message.type === 'set') this.clock.start(message.values);
      this.raw(message);
      return;
    }
    if (this.link === 'gone') return;
    const kind = message.type === 'pause' ? 'play' : message.type;
    const old = this.outbox.findIndex((entry) => entry.kind === kind);
    if (old >= 0) {
      const [{ message: before }] = this.outbox.splice(old, 1);
      if (kind === 'set') message = { ...message, values: { ...before.values, ...message.values } };
    }
    this.outbox.push({ kind, message, at: performance.now() });
  }

  /**
   * Change parameters. Values of a drag go out at most every 33 ms, only the newest; a final one at once.
   * @param {Object<string, *>} values
   * @param {boolean} final
   */
  set(values, final) {
    if (final) {
      for (const name of Object.keys(values)) delete this.pending[name];
      this.lastSet = performance.now();
      this.send({ type: 'set', values });
      return;
    }
    Object.assign(this.pending, values);
    if (!this.setTimer) {
      const wait = Math.max(0, this.lastSet + SET_EVERY_MS - performance.now());
      if (wait) this.setTimer = setTimeout(() => this.flushSet(), wait);
      else this.flushSet();
    }
  }

  flushSet() {
    clearTimeout(this.setTimer);
    this.setTimer = 0;
    if (!Object.keys(this.pending).length || this.link !== 'open') return;
    if (this.socket.bufferedAmount > BUFFER_MOST) {
      this.setTimer = setTimeout(() => this.flushSet(), SET_EVERY_MS);
      return;
    }
    const values = this.pending;
    this.pending = {};
    this.lastSet = performance.now();
    this.send({ type: 'set', values });
  }

  /** A drag begins or ends: the address bar rests meanwhile. */
  dragging(on) {
    this.address.hold(on);
  }

  /** Tell the server which theme the page has. */
  setTheme(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    this.raw({ type: 'theme', value: theme });
  }
}
