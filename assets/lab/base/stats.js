// Page-wide counts, open to tests and the bench at window.latentLab.

const KEEP = 2000;

/** {framesReceived, draws, lastStatus, dragLatencies: ms from a value being sent to the first picture made with it} */
export const stats = (window.latentLab ||= { framesReceived: 0, draws: 0, stills: 0, lastStatus: null, dragLatencies: [] });

const near = (a, b) => a === b || (typeof a === 'number' && typeof b === 'number'
  && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)));

/** Measures how long a changed value takes to come back as a picture. */
export class DragClock {
  constructor() {
    this.sent = new Map();
  }

  /** Values have just been sent. */
  start(values) {
    const now = performance.now();
    for (const [name, value] of Object.entries(values)) {
      const list = this.sent.get(name) || [];
      if (!list.length || !near(list[list.length - 1].value, value)) list.push({ value, at: now });
      this.sent.set(name, list.slice(-200));
    }
  }

  /** A picture made with `params` has just been drawn; values sent before the one in it were skipped for good. */
  drawn(params) {
    const now = performance.now();
    for (const [name, list] of this.sent) {
      const hit = list.findLastIndex((entry) => near(entry.value, params?.[name]));
      if (hit < 0) continue;
      stats.dragLatencies.push(now - list[hit].at);
      if (stats.dragLatencies.length > KEEP) stats.dragLatencies.shift();
      this.sent.set(name, list.slice(hit + 1));
    }
  }
}
