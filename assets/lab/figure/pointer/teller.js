// Telling values to the outside at a bounded rate.

const PERIOD = 33;   // ms between two values told while something moves

/** Tells values at most every PERIOD ms, never dropping the last one. */
export class Teller {
  constructor(tell) {
    this.tell = tell;
    this.last = -Infinity;
    this.timer = 0;
    this.waiting = null;
  }

  say(message) {
    const wait = this.last + PERIOD - performance.now();
    this.waiting = message;
    if (message.final || wait <= 0) this.flush();
    else this.timer ||= setTimeout(() => this.flush(), wait);
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    const message = this.waiting;
    this.waiting = null;
    if (!message) return;
    this.last = performance.now();
    this.tell(message);
  }

  stop() {
    clearTimeout(this.timer);
    this.waiting = null;
  }
}
