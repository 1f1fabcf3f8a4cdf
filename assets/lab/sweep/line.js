// The connection of a page to its sweep. It is used for training and for fetching pictures, never while gliding.

import { former } from '../base/address.js';
import { decode, resolve } from '../figure/wire.js';
import { stats } from '../base/stats.js';

const RETRY_FIRST_MS = 300;
const RETRY_MOST_MS = 4000;
const HELD_MS = 2000;

/** One websocket; it comes back by itself and then asks again for what was shown. */
export class SweepLine {
  /**
   * @param {string} run the token of the page's run
   * @param {{theme: string, status: (s: object) => void, figures: (f: object, header: object) => void, file: (m: object) => void, link: (l: string) => void}} listener
   */
  constructor(run, listener) {
    Object.assign(this, { run, listener, theme: listener.theme, wishes: new Map(), acts: [], retry: RETRY_FIRST_MS, link: 'connecting' });
    this.open();
  }

  open() {
    if (this.closed || this.socket) return;
    const url = new URL('../sweep', import.meta.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = this.socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    let opened = Infinity;
    socket.onopen = () => {
      opened = performance.now();
      this.raw({ type: 'hello', run: this.run, theme: this.theme, before: former(this.run) });
      for (const message of [...this.wishes.values(), ...this.acts.splice(0)]) this.raw(message);
      this.setLink('open');
    };
    socket.onmessage = ({ data }) => { if (this.socket === socket) this.receive(data); };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (this.closed || this.link === 'gone') return;
      if (code === 1008) {
        this.setLink('gone');
        return;
      }
      // Only a line that held begins anew with short waits; one that breaks at once is not hammered.
      if (performance.now() - opened > HELD_MS) this.retry = RETRY_FIRST_MS;
      this.setLink('reconnecting');
      this.timer = setTimeout(() => this.open(), this.retry);
      this.retry = Math.min(RETRY_MOST_MS, this.retry * 1.7);
    };
  }

  setLink(link) {
    this.link = link;
    this.listener.link(link);
  }

  receive(data) {
    if (typeof data !== 'string') {
      const { header, arrays } = decode(data);
      const figures = {};
      for (const [name, figure] of Object.entries(header.figures)) figures[name] = resolve(figure, arrays);
      this.listener.figures(figures, header);
      this.raw({ type: 'drawn', id: header.id });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'status') this.listener.status(message.status);
    else if (message.type === 'file') this.listener.file(message);
    else if (message.type === 'gone') this.setLink('gone');
  }

  raw(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    stats.sweepSent = (stats.sweepSent || 0) + 1;
    this.socket.send(JSON.stringify(message));
  }

  /** Ask for something once; while the line is down it waits until it is up again. */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.raw(message);
    else this.acts.push(message);
  }

  /** Ask for something that is also wanted after the line was down: a view, a quantity. */
  wish(message) {
    this.wishes.set(message.type, message);
    this.raw(message);
  }

  setTheme(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    this.raw({ type: 'theme', value: theme });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
    this.socket = null;
  }
}
