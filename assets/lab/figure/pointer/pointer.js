// Mouse, touch and keyboard: tooltip, zoom, pan, handles, and the values told to the outside.
import { choiceAt } from './choice.js';
import { inspect, subplotAt } from './hover.js';
import { Teller } from './teller.js';
import { Turning } from './turn.js';

const CLICK = 4;       // px a click may wander
const HOLD = 700;      // ms a released handle stays where it was put, waiting for data that agree

function layer(container, style) {
  const div = document.createElement('div');
  div.setAttribute('aria-hidden', 'true');
  Object.assign(div.style, { position: 'absolute', pointerEvents: 'none', display: 'none', boxSizing: 'border-box', ...style });
  container.append(div);
  return div;
}

export class Pointer {
  /**
   * @param {object} host container, canvas, memory ({zoom, held}), scene() and redraw()
   * @param {{onPointer?: Function, onReset?: Function}} listeners
   */
  constructor(host, { onPointer, onReset }) {
    this.host = host;
    this.onReset = onReset;
    const tell = (message) => onPointer?.(message);
    this.drags = new Teller(tell);
    this.hovers = new Teller(tell);
    this.tell = tell;
    this.turning = new Turning(host);
    this.gesture = null;
    this.over = null;        // last place of the pointer, if it is here
    this.active = 0;         // which handle the arrow keys move; -1: none
    this.tip = layer(host.container, { zIndex: 2, whiteSpace: 'pre-line', overflowWrap: 'anywhere', maxWidth: 'min(28em, 80%)', padding: '5px 9px', borderRadius: '6px', lineHeight: '1.35', fontVariantNumeric: 'tabular-nums' });
    this.frame = layer(host.container, { zIndex: 1 });
    this.stopper = new AbortController();
    const on = (target, type, f, more) => target.addEventListener(type, (e) => f.call(this, e), { signal: this.stopper.signal, ...more });
    const { canvas, container } = host;
    on(canvas, 'pointerdown', this.down);
    on(canvas, 'pointermove', this.move);
    on(canvas, 'pointerup', this.up);
    on(canvas, 'pointercancel', this.cancel);
    on(canvas, 'pointerleave', this.leave);
    on(canvas, 'dblclick', this.reset);
    on(canvas, 'wheel', this.wheel, { passive: false });
    // A finger on a handle moves the handle; anywhere else it scrolls the page.
    on(canvas, 'touchstart', (e) => { const p = this.place(e.touches[0]); if (this.handleAt(p.x, p.y, 26) || (this.scene && this.turning.at(p))) e.preventDefault(); }, { passive: false });
    on(container, 'keydown', this.key);
    on(container, 'keyup', this.keyUp);
    on(container, 'focus', () => { this.take(); host.redraw(); });
    on(container, 'blur', () => { this.settle(); host.redraw(); });
  }

  destroy() {
    this.stopper.abort();
    this.drags.stop();
    this.hovers.stop();
    this.tip.remove();
    this.frame.remove();
  }

  get scene() {
    return this.host.scene();
  }

  place(e) {
    const r = this.host.canvas.getBoundingClientRect();
    // A page scaled by CSS: back to the figure's own pixels.
    return { x: ((e.clientX - r.left) * this.host.canvas.clientWidth) / (r.width || 1), y: ((e.clientY - r.top) * this.host.canvas.clientHeight) / (r.height || 1) };
  }

  // --- handles ---------------------------------------------------------------------------------------------------
  /** All handles of the scene: the trace, the point in it, and the names of its two values. */
  handles() {
    const out = [];
    for (const t of this.scene?.shown || []) {
      t.handles?.forEach((names, i) => { if (Array.isArray(names) && i < (t.n || 0)) out.push({ t, i, names, key: `${t.index}:${i}` }); });
    }
    return out;
  }

  /** Where a handle stands now: two moves may come between two redraws. */
  where({ t, i, key }) {
    return this.host.memory.held.get(key)?.at ?? [t.u[i], t.v[i]];
  }

  handleAt(x, y, reach) {
    let best = null;
    for (const h of this.handles()) {
      const [u, v] = this.where(h);
      const d = Math.hypot(h.t.x.px(u) - x, h.t.y.px(v) - y);
      if (d <= reach && (!best || d < best.d)) best = { ...h, d };
    }
    return best;
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
    this.drags.say({ kind, values, final });
    this.host.redraw();
  }

  /** Tell which handle the arrow keys move now, if any. */
  take() {
    const h = this.handles()[this.active];
    if (!h || this.gesture) return;
    const [u, v] = this.where(h);
    const [uName, vName] = h.names;
    this.tell({ kind: 'take', values: { ...(uName && { [uName]: h.t.x.value(u) }), ...(vName && { [vName]: h.t.y.value(v) }) }, final: true });
  }

  /** The latest scene's version of a handle: new data replace the trace objects while a drag goes on. */
  fresh(h) {
    return this.handles().find((k) => k.key === h.key) || h;
  }

  // --- pointer -----------------------------------------------------------------------------------------------------
  down(e) {
    if (!this.scene || e.button !== 0 || this.gesture) return;
    const p = this.place(e);
    const { layout } = this.scene;
    const touch = e.pointerType === 'touch';
    const handle = this.handleAt(p.x, p.y, touch ? 26 : 15);
    const sub = subplotAt(this.scene, p.x, p.y);
    this.hideTip();
    if (handle) {
      this.active = this.handles().findIndex((h) => h.key === handle.key);
      const [u, v] = this.where(handle);
      const { t } = handle;
      // The finger rarely hits the middle: keep the distance, so that the handle does not jump.
      this.gesture = { kind: 'handle', handle, dx: t.x.px(u) - p.x, dy: t.y.px(v) - p.y, moved: false };
    } else if (this.turning.at(p)) {
      this.gesture = this.turning.begin(this.turning.at(p));
    } else if (sub && !touch) {
      const pan = e.shiftKey || layout.dragmode === 'pan';
      const kind = layout.dragmode === false && !e.shiftKey ? 'tap' : pan ? 'pan' : 'zoom';
      this.gesture = { kind, sub: sub.id, start: { x: [...sub.x.range], y: [...sub.y.range] }, scale: [sub.x.scale, sub.y.scale] };
    } else if (sub) {
      this.gesture = { kind: 'tap', sub: sub.id };
    } else return;
    Object.assign(this.gesture, { id: e.pointerId, from: p, to: p });
    this.host.canvas.setPointerCapture(e.pointerId);
    this.host.container.focus({ preventScroll: true });
    // No text selection while dragging; focus was taken by hand above.
    e.preventDefault();
  }

  move(e) {
    const p = this.place(e);
    this.over = p;
    const { scene, gesture: g } = this;
    if (!scene) return;
    this.probe(p);
    if (!g || g.id !== e.pointerId) {
      if (e.pointerType !== 'touch') this.showTip(p);
      return;
    }
    g.to = p;
    g.moved ||= Math.hypot(p.x - g.from.x, p.y - g.from.y) > (g.kind === 'handle' ? 0 : CLICK);
    if (!g.moved) return;
    if (g.kind === 'handle') {
      const h = this.fresh(g.handle);
      this.put(h, h.t.x.at(p.x + g.dx), h.t.y.at(p.y + g.dy), false);
    } else if (g.kind === 'turn') this.turning.drag(g, p);
    else if (g.kind === 'pan') this.pan(g, p);
    else if (g.kind === 'zoom') this.drawFrame(g);
  }

  up(e) {
    const { gesture: g } = this;
    if (!g || g.id !== e.pointerId) return;
    this.gesture = null;
    this.frame.style.display = 'none';
    const p = this.place(e);
    if (g.kind === 'handle') {
      const h = this.fresh(g.handle);
      if (g.moved) this.put(h, h.t.x.at(p.x + g.dx), h.t.y.at(p.y + g.dy), true);
    } else if (!g.moved) this.click(p);
    else if (g.kind === 'zoom') this.zoomTo(g);
  }

  cancel() {
    if (this.gesture?.kind === 'handle' && this.gesture.moved) this.settle();
    this.gesture = null;
    this.frame.style.display = 'none';
  }

  leave() {
    this.over = null;
    this.hideTip();
  }

  /** Tell a hover over the axes named for it. */
  probe(p) {
    const { layout, subplots } = this.scene;
    const names = layout.meta?.hover;
    if (!Array.isArray(names) || !subplots.length) return;
    const sub = subplots.find((s) => s.id === (layout.meta.hover_axes || 'xy')) || (layout.meta.hover_axes ? null : subplots[0]);
    if (sub) this.tellPlace(this.hovers, 'hover', names, sub, p, false);
  }

  tellPlace(teller, kind, names, sub, p, final) {
    const { box, x, y } = sub;
    if (p.x < box.l || p.x > box.r || p.y < box.t || p.y > box.b) return;
    const values = {};
    if (names[0]) values[names[0]] = x.value(x.at(p.x));
    if (names[1]) values[names[1]] = y.value(y.at(p.y));
    teller.say({ kind, values, final });
  }

  click(p) {
    const { scene } = this;
    const meta = scene.layout.meta || {};
    const chosen = choiceAt(this.scene, p);
    if (chosen) {
      this.tell({ kind: 'click', values: chosen, final: true });
      return;
    }
    if (!Array.isArray(meta.click) || !scene.subplots.length) return;
    const sub = scene.subplots.find((s) => s.id === (meta.click_axes || meta.hover_axes || 'xy')) || scene.subplots[0];
    // If the click sets what a handle shows, the handle goes there at once.
    const twin = this.handles().find((h) => h.names[0] === meta.click[0] && h.names[1] === meta.click[1] && h.t.sub.id === sub.id);
    if (twin) {
      const { box } = sub;
      if (p.x >= box.l && p.x <= box.r && p.y >= box.t && p.y <= box.b) this.put(twin, sub.x.at(p.x), sub.y.at(p.y), true, 'click');
    } else this.tellPlace(this.drags, 'click', meta.click, sub, p, true);
  }

  // --- zoom ------------------------------------------------------------------------------------------------------
  setRange(axis, a, b) {
    if (axis.opt.fixedrange || !Number.isFinite(a + b) || Math.abs(b - a) < 1e-12 * Math.max(1e-300, Math.abs(a), Math.abs(b))) return;
    this.host.memory.zoom[axis.root.id] = a < b ? [a, b] : [b, a];
  }

  subplot(id) {
    return this.scene.subplots.find((s) => s.id === id) || this.scene.subplots[0];
  }

  /** Which directions a box zoom takes: a flat or narrow box zooms one axis only. */
  extent(g) {
    const { box, x, y } = this.subplot(g.sub);
    const inX = (v) => Math.min(box.r, Math.max(box.l, v));
    const inY = (v) => Math.min(box.b, Math.max(box.t, v));
    let [l, r] = [inX(g.from.x), inX(g.to.x)].sort((a, b) => a - b);
    let [t, b] = [inY(g.from.y), inY(g.to.y)].sort((a, c) => a - c);
    const flat = y.opt.fixedrange || (b - t < 12 && r - l > 24);
    const narrow = x.opt.fixedrange || (r - l < 12 && b - t > 24);
    if (flat) [t, b] = [box.t, box.b];
    if (narrow) [l, r] = [box.l, box.r];
    return { l, r, t, b, flat, narrow };
  }

  drawFrame(g) {
    const { theme } = this.scene;
    const { l, r, t, b } = this.extent(g);
    Object.assign(this.frame.style, { display: 'block', left: `${l}px`, top: `${t}px`, width: `${r - l}px`, height: `${b - t}px`, border: `1px solid ${theme.accent}`, background: theme.dark ? 'rgba(255,255,255,0.10)' : 'rgba(0,0,0,0.07)' });
  }

  zoomTo(g) {
    const { x, y } = this.subplot(g.sub);
    const { l, r, t, b, flat, narrow } = this.extent(g);
    if (r - l < 5 || b - t < 5) return;
    const [x0, x1, y0, y1] = [x.at(l), x.at(r), y.at(b), y.at(t)];
    if (!narrow) this.setRange(x, x0, x1);
    if (!flat) this.setRange(y, y0, y1);
    this.host.redraw();
  }

  pan(g, p) {
    const { x, y } = this.subplot(g.sub);
    const [dx, dy] = [(p.x - g.from.x) / g.scale[0], (p.y - g.from.y) / g.scale[1]];
    this.setRange(x, g.start.x[0] - dx, g.start.x[1] - dx);
    this.setRange(y, g.start.y[0] - dy, g.start.y[1] - dy);
    this.host.redraw();
  }

  /** Zoom a subplot by a factor about a pixel. */
  zoomBy(sub, factor, px, py) {
    for (const [axis, at] of [[sub.x, px], [sub.y, py]]) {
      const c = axis.at(at);
      this.setRange(axis, c + (axis.range[0] - c) * factor, c + (axis.range[1] - c) * factor);
    }
    this.host.redraw();
  }

  wheel(e) {
    const { scene } = this;
    const root = this.host.container.getRootNode();
    // Without focus or Ctrl the wheel belongs to the page.
    if (!scene || (!e.ctrlKey && root.activeElement !== this.host.container)) return;
    const p = this.place(e);
    const sub = subplotAt(scene, p.x, p.y);
    const space = this.turning.at(p);
    if (!sub && !space) return;
    e.preventDefault();
    const lines = e.deltaMode === 1 ? 20 : 1;
    const factor = Math.exp(Math.max(-0.5, Math.min(0.5, e.deltaY * lines * 0.0015)));
    if (space) this.turning.zoom(space, factor);
    else this.zoomBy(sub, factor, p.x, p.y);
  }

  reset() {
    const { memory } = this.host;
    memory.zoom = {};
    memory.auto = {};
    memory.cameras = {};
    this.host.redraw();
    this.onReset?.();
  }

  // --- keyboard ----------------------------------------------------------------------------------------------------
  key(e) {
    const { scene } = this;
    if (!scene || e.altKey || e.metaKey || e.target !== this.host.container) return;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    const handles = this.handles();
    const space = (this.over && this.turning.at(this.over)) || (scene.subplots.length ? null : scene.spaces[0]);
    if (space && this.turning.key(space, e)) {
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const sub = (this.over && subplotAt(scene, this.over.x, this.over.y)) || scene.subplots[0];
    const { box } = sub || space;
    if (sub && arrow && handles.length && this.active >= 0 && !e.shiftKey) {
      const h = handles[Math.min(this.active, handles.length - 1)];
      // One step is a hundredth of the axis; with Ctrl a fifth of that.
      const step = e.ctrlKey ? 0.002 : 0.01;
      const to = (axis, k) => k * step * (axis.range[1] - axis.range[0]);
      this.typed = h;
      const [u, v] = this.where(h);
      this.put(h, u + to(h.t.x, arrow[0]), v + to(h.t.y, arrow[1]), false);
    } else if (sub && arrow && !e.ctrlKey) {
      for (const [axis, k] of [[sub.x, arrow[0]], [sub.y, arrow[1]]]) {
        const d = k * 0.05 * (axis.range[1] - axis.range[0]);
        if (d) this.setRange(axis, axis.range[0] + d, axis.range[1] + d);
      }
      this.host.redraw();
    } else if (e.ctrlKey) return;
    else if (sub && (e.key === '+' || e.key === '=')) this.zoomBy(sub, 0.8, (box.l + box.r) / 2, (box.t + box.b) / 2);
    else if (sub && (e.key === '-' || e.key === '_')) this.zoomBy(sub, 1.25, (box.l + box.r) / 2, (box.t + box.b) / 2);
    else if (e.key === '0') this.reset();
    else if (e.key === 'h' && handles.length) { this.active = (this.active + 1) % handles.length; this.take(); this.host.redraw(); }
    else if (e.key === 'Escape' && handles.length) { this.settle(); this.active = -1; this.host.redraw(); }
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  keyUp(e) {
    if (/^Arrow/.test(e.key)) this.settle();
  }

  /** End a move made by keys, or one broken off: the last value is final. */
  settle() {
    const h = this.typed || (this.gesture?.kind === 'handle' ? this.gesture.handle : null);
    this.typed = null;
    if (!h) return;
    const now = this.fresh(h);
    this.put(now, ...this.where(now), true);
  }

  /** The handle that shows the keys' mark, while the figure has the focus. */
  marked() {
    const root = this.host.container.getRootNode();
    return root.activeElement === this.host.container && this.active >= 0 ? this.handles()[this.active]?.key : null;
  }

  // --- tooltip -----------------------------------------------------------------------------------------------------
  hideTip() {
    this.tip.style.display = 'none';
  }

  /** After a redraw the data under a resting pointer are others. */
  refresh() {
    if (this.tip.style.display !== 'none' && this.over && !this.gesture) this.showTip(this.over);
    if (this.gesture?.kind === 'zoom' && this.gesture.moved) this.drawFrame(this.gesture);
  }

  showTip(p) {
    const { scene, tip } = this;
    const onHandle = this.handleAt(p.x, p.y, 15);
    const inside = subplotAt(scene, p.x, p.y);
    this.host.canvas.style.cursor = onHandle ? 'grab' : choiceAt(this.scene, p) ? 'pointer' : this.turning.at(p) ? 'grab' : inside ? 'crosshair' : '';
    const found = inspect(scene, p.x, p.y);
    if (!found || !found.text) {
      this.hideTip();
      return;
    }
    const { theme } = scene;
    tip.textContent = found.text;
    Object.assign(tip.style, {
      display: 'block', left: '0px', top: '0px', font: `${Math.round(scene.base * 0.92)}px ${scene.family}`, lineHeight: '1.35',
      color: theme.text, background: theme.solid, border: `1px solid ${theme.grid}`, borderLeft: `3px solid ${found.color || theme.grid}`,
      boxShadow: '0 2px 8px rgba(0,0,0,0.18)',
    });
    const [w, h] = [tip.offsetWidth, tip.offsetHeight];
    const right = found.px + 14 + w < scene.w;
    tip.style.left = `${Math.max(0, right ? found.px + 14 : found.px - 14 - w)}px`;
    tip.style.top = `${Math.max(0, Math.min(scene.h - h, found.py - h - 10 < 0 ? found.py + 12 : found.py - h - 10))}px`;
  }
}
