// Points that a hand or the arrow keys can move: where they stand, which one the keys move, and what is told of them.

const HOLD = 700;      // ms a released handle stays where it was put, waiting for data that agree

export class Handles {
  /**
   * @param {object} host as of the Pointer: container, memory ({held}), scene() and redraw()
   * @param {import('./teller.js').Teller} moves tells where a handle goes, at a bounded rate
   * @param {Function} tell tells at once
   */
  constructor(host, moves, tell) {
    Object.assign(this, { host, moves, tell });
    this.active = 0;         // which one the arrow keys move; -1: none
    this.typed = null;       // the one that they are moving now
  }

  /** All handles of the scene: the trace, the point in it, and the names of its two values. */
  all() {
    const out = [];
    for (const t of this.host.scene()?.shown || []) {
      t.handles?.forEach((names, i) => { if (Array.isArray(names) && i < (t.n || 0)) out.push({ t, i, names, key: `${t.index}:${i}` }); });
    }
    return out;
  }

  /** Where a handle stands now: two moves may come between two redraws. */
  where({ t, i, key }) {
    return this.host.memory.held.get(key)?.at ?? [t.u[i], t.v[i]];
  }

  /** The nearest one within `reach` pixels of a place. */
  at(x, y, reach) {
    let best = null;
    for (const h of this.all()) {
      const [u, v] = this.where(h);
      const d = Math.hypot(h.t.x.px(u) - x, h.t.y.px(v) - y);
      if (d <= reach && (!best || d < best.d)) best = { ...h, d };
    }
    return best;
  }

  /** The latest scene's version of a handle: new data replace the trace objects while a drag goes on. */
  fresh(h) {
    return this.all().find((k) => k.key === h.key) || h;
  }

  /** Put a handle at a place on the linear scales and tell of it. */
  put(h, u, v, final, kind = 'drag') {
    const [uName, vName] = h.names;
    const keep = (w, axis) => Math.min(Math.max(w, Math.min(...axis.range)), Math.max(...axis.range));
    const stand = this.where(h);
    const at = [uName ? keep(u, h.t.x) : stand[0], vName ? keep(v, h.t.y) : stand[1]];
    this.host.memory.held.set(h.key, { at, until: final ? performance.now() + HOLD : Infinity });
    const values = {};
    if (uName) values[uName] = h.t.x.value(at[0]);
    if (vName) values[vName] = h.t.y.value(at[1]);
    this.moves.say({ kind, values, final });
    this.host.redraw();
  }

  /** The gesture of a drag of this one. A finger rarely hits the middle: the distance is kept, so that the handle does not jump. */
  begin(h, p) {
    this.active = this.all().findIndex((k) => k.key === h.key);
    const [u, v] = this.where(h);
    return { kind: 'handle', handle: h, dx: h.t.x.px(u) - p.x, dy: h.t.y.px(v) - p.y, moved: false };
  }

  drag(g, p, final) {
    const h = this.fresh(g.handle);
    this.put(h, h.t.x.at(p.x + g.dx), h.t.y.at(p.y + g.dy), final);
  }

  /** Tell which handle the arrow keys move now, if any. */
  take() {
    const h = this.all()[this.active];
    if (!h) return;
    const [u, v] = this.where(h);
    const [uName, vName] = h.names;
    this.tell({ kind: 'take', values: { ...(uName && { [uName]: h.t.x.value(u) }), ...(vName && { [vName]: h.t.y.value(v) }) }, final: true });
  }

  /** The keys move the next one. */
  next() {
    this.active = (this.active + 1) % this.all().length;
    this.host.redraw();
  }

  /** The keys move none. */
  release() {
    this.active = -1;
    this.host.redraw();
  }

  /** An arrow key moves the active one by `step` of its axes; false where there is none. */
  nudge(arrow, step) {
    const all = this.all();
    if (!all.length || this.active < 0) return false;
    const h = all[Math.min(this.active, all.length - 1)];
    const to = (axis, k) => k * step * (axis.range[1] - axis.range[0]);
    this.typed = h;
    const [u, v] = this.where(h);
    this.put(h, u + to(h.t.x, arrow[0]), v + to(h.t.y, arrow[1]), false);
    return true;
  }

  /** End a move made by keys, or one broken off: the last value is final. */
  settle(h = this.typed) {
    this.typed = null;
    if (!h) return;
    const now = this.fresh(h);
    this.put(now, ...this.where(now), true);
  }

  /** The one that shows the keys' mark, while the figure has the focus. */
  marked() {
    const root = this.host.container.getRootNode();
    return root.activeElement === this.host.container && this.active >= 0 ? this.all()[this.active]?.key : null;
  }
}
