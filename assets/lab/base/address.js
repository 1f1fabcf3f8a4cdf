// What the browser keeps of a run: its query in the address bar, so that copying it shares exactly what is seen,
// and its token in the memory of the tab, so that the run outlives a reload.

// Keys that are not the run's own: they survive every change.
const FOREIGN = new Set(['lang', 'hide', 'embed', 'embed_options', 'theme', 'view', 'data-formula']);
const QUIET_MS = 300;
const RECHECK_MS = 1000;

/** Writes a run's query into the address bar of the page it was opened on. */
export class Address {
  constructor() {
    this.page = null;
    this.query = null;
    this.written = null;
    this.held = false;
    this.timer = 0;
  }

  /**
   * Note the run's query; it is written after a moment of quiet.
   * @param {string} query
   * @param {string} page last part of the path of the page that the run belongs to
   */
  update(query, page) {
    if (typeof query !== 'string' || this.stopped) return;
    // Streamlit writes the address too, when it changes pages: what it took away is put back.
    if (query === this.query && (location.search === this.written || this.timer)) return;
    this.query = query;
    this.page = page;
    this.plan();
  }

  /** While a person drags, nothing is written; afterwards the last state is. */
  hold(on) {
    this.held = on;
    if (!on) this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    this.timer = this.held || this.query === null ? 0 : setTimeout(() => this.write(), QUIET_MS);
  }

  write() {
    this.timer = 0;
    // The person may have gone to another page already: its address is not ours.
    if (location.pathname.split('/').pop() !== this.page) return;
    const now = new URLSearchParams(location.search);
    const next = new URLSearchParams(this.query);
    for (const [key, value] of now) if (FOREIGN.has(key) && !next.has(key)) next.append(key, value);
    const same = (p) => [...p].map(([k, v]) => `${k}=${v}`).sort().join('&');
    if (same(now) === same(next)) {
      this.written = location.search;
      return;
    }
    const search = next.toString();
    try {
      history.replaceState(history.state, '', `${location.pathname}${search ? `?${search}` : ''}${location.hash}`);
      this.written = location.search;
      setTimeout(() => this.update(this.query, this.page), RECHECK_MS);
    } catch {
      // Some browsers limit how often the address may change; the next status tries again.
      this.query = null;
    }
  }

  /** Stop; a planned write is dropped. */
  stop() {
    clearTimeout(this.timer);
    this.stopped = true;
  }
}

// ---- the tab's memory: the run of each page, by its token

const KEY = 'latent-lab:runs';

const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) || {};
  } catch {
    return {}; // no storage here, or not ours: a reload begins anew
  }
};
const page = () => location.pathname.split('/').pop();

const found = read(); // as the page before this one left it
const given = {}; // the first run of each page since: only that one may be the old one's place

/**
 * The run that this page had before it was loaded again; '' where there was none.
 * @param {string} run the run that the page has now
 */
export function former(run) {
  const name = page();
  given[name] ??= run;
  return given[name] === run && found[name] !== run ? found[name] || '' : '';
}

/** @param {string} run the run that the page has now */
export function remember(run) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...read(), [page()]: run }));
  } catch {
    // as above
  }
}
