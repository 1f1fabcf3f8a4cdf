// Keeps the address bar in step with the run, so that copying it shares exactly what is seen.

// Keys that are not the run's own: they survive every change.
const FOREIGN = new Set(['lang', 'hide', 'embed', 'embed_options', 'theme', 'view']);
const QUIET_MS = 300;

/** Writes a run's query into the address bar of the page it was opened on. */
export class Address {
  constructor() {
    this.path = location.pathname;
    this.query = null;
    this.held = false;
    this.timer = 0;
  }

  /** Note the run's query; it is written after a moment of quiet. */
  update(query) {
    if (typeof query !== 'string' || query === this.query) return;
    this.query = query;
    this.plan();
  }

  /** While a person drags, nothing is written; afterwards the last state is. */
  hold(on) {
    this.held = on;
    if (!on) this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (!this.held && this.query !== null) this.timer = setTimeout(() => this.write(), QUIET_MS);
  }

  write() {
    // The person may have gone to another page already: its address is not ours.
    if (location.pathname !== this.path) return;
    const now = new URLSearchParams(location.search);
    const next = new URLSearchParams(this.query);
    for (const [key, value] of now) if (FOREIGN.has(key) && !next.has(key)) next.append(key, value);
    const same = (p) => [...p].map(([k, v]) => `${k}=${v}`).sort().join('&');
    if (same(now) === same(next)) return;
    const search = next.toString();
    try {
      history.replaceState(history.state, '', `${location.pathname}${search ? `?${search}` : ''}${location.hash}`);
    } catch {
      // Some browsers limit how often the address may change; the next status tries again.
      this.query = null;
    }
  }

  /** Stop; a planned write is dropped. */
  stop() {
    clearTimeout(this.timer);
    this.path = null;
  }
}
