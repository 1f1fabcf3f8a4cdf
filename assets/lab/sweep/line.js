// What a sweep says and hears over the page's connection. It is used for training and for fetching pictures, never while gliding.

import { resolve } from '../figure/wire.js';
import { stats } from '../base/stats.js';

/** When the connection comes back, it asks again for what was shown. */
export class SweepLine {
  /**
   * @param {import('../live/stream.js').Stream} stream the page's connection
   * @param {{status: (s: object) => void, figures: (f: object, header: object) => void, file: (m: object) => void, link: (l: string) => void}} listener
   */
  constructor(stream, listener) {
    Object.assign(this, { stream, listener, wishes: new Map(), acts: [], link: 'connecting' });
    this.stop = stream.subscribe({ link: (link) => this.setLink(link), sweep: (message, arrays) => this.receive(message, arrays) });
  }

  setLink(link) {
    this.link = link;
    if (link === 'open') for (const message of [{ type: 'look' }, ...this.wishes.values(), ...this.acts.splice(0)]) this.raw(message);
    this.listener.link(link);
  }

  receive(message, arrays) {
    if (message.type === 'file') this.listener.file(message);
    else if (message.type === 'sweep') this.listener.status(message.status);
    else {
      const figures = {};
      for (const [name, figure] of Object.entries(message.figures)) figures[name] = resolve(figure, arrays);
      this.listener.figures(figures, message);
      this.raw({ type: 'drawn', id: message.id });
    }
  }

  raw(message) {
    stats.sweepSent = (stats.sweepSent || 0) + 1;
    this.stream.raw({ to: 'sweep', ...message });
  }

  /** Ask for something once; while the line is down it waits until it is up again. */
  send(message) {
    if (this.link === 'open') this.raw(message);
    else this.acts.push(message);
  }

  /** Ask for something that is also wanted after the line was down: a view, a quantity. */
  wish(message) {
    this.wishes.set(message.type, message);
    if (this.link === 'open') this.raw(message);
  }

  close() {
    this.stop();
    if (this.link === 'open') this.raw({ type: 'leave' });
  }
}
