// Mouse, touch and keyboard: which gesture begins, goes on and ends, and what is told to the outside.
import { choiceAt } from './choice.js';
import { Handles } from './handles.js';
import { inspect, subplotAt } from './hover.js';
import { Teller } from './teller.js';
import { Tip } from './tip.js';
import { Turning } from './turn.js';
import { Zooming } from './zoom.js';

const CLICK = 4;       // px a click may wander
const REACH = { mouse: 15, touch: 26 };   // px from its middle at which a handle is taken

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
    this.gesture = null;
    this.over = null;        // last place of the pointer, if it is here
    this.tip = new Tip(layer(host.container, { zIndex: 2, whiteSpace: 'pre-line', overflowWrap: 'anywhere', maxWidth: 'min(28em, 80%)', padding: '5px 9px', borderRadius: '6px', lineHeight: '1.35', fontVariantNumeric: 'tabular-nums' }));
    this.turning = new Turning(host);
    this.zooming = new Zooming(host, layer(host.container, { zIndex: 1 }));
    this.handles = new Handles(host, this.drags, tell);
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
    on(canvas, 'touchstart', (e) => { const p = this.place(e.touches[0]); if (this.handles.at(p.x, p.y, REACH.touch) || (this.scene && this.turning.at(p))) e.preventDefault(); }, { passive: false });
    on(container, 'keydown', this.key);
    on(container, 'keyup', this.keyUp);
    on(container, 'focus', () => { if (!this.gesture) this.handles.take(); host.redraw(); });
    on(container, 'blur', () => { this.settle(); host.redraw(); });
  }

  destroy() {
    this.stopper.abort();
    this.drags.stop();
    this.hovers.stop();
    this.tip.element.remove();
    this.zooming.frame.remove();
  }

  get scene() {
    return this.host.scene();
  }

  place(e) {
    const r = this.host.canvas.getBoundingClientRect();
    // A page scaled by CSS: back to the figure's own pixels.
    return { x: ((e.clientX - r.left) * this.host.canvas.clientWidth) / (r.width || 1), y: ((e.clientY - r.top) * this.host.canvas.clientHeight) / (r.height || 1) };
  }

  // --- a gesture ---------------------------------------------------------------------------------------------------
  down(e) {
    if (!this.scene || e.button !== 0 || this.gesture) return;
    const p = this.place(e);
    const { layout } = this.scene;
    const touch = e.pointerType === 'touch';
    const handle = this.handles.at(p.x, p.y, touch ? REACH.touch : REACH.mouse);
    const sub = subplotAt(this.scene, p.x, p.y);
    this.tip.hide();
    if (handle) this.gesture = this.handles.begin(handle, p);
    else if (this.turning.at(p)) this.gesture = this.turning.begin(this.turning.at(p));
    else if (sub && !touch) {
      const pan = e.shiftKey || layout.dragmode === 'pan';
      this.gesture = this.zooming.begin(layout.dragmode === false && !e.shiftKey ? 'tap' : pan ? 'pan' : 'zoom', sub);
    } else if (sub) this.gesture = { kind: 'tap', sub: sub.id };
    else return;
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
    if (g.kind === 'handle') this.handles.drag(g, p, false);
    else if (g.kind === 'turn') this.turning.drag(g, p);
    else if (g.kind === 'pan') this.zooming.pan(g, p);
    else if (g.kind === 'zoom') this.zooming.drawFrame(g);
  }

  up(e) {
    const { gesture: g } = this;
    if (!g || g.id !== e.pointerId) return;
    this.gesture = null;
    this.zooming.hideFrame();
    const p = this.place(e);
    if (g.kind === 'handle') {
      if (g.moved) this.handles.drag(g, p, true);
    } else if (!g.moved) this.click(p);
    else if (g.kind === 'zoom') this.zooming.box(g);
  }

  cancel() {
    if (this.gesture?.kind === 'handle' && this.gesture.moved) this.settle();
    this.gesture = null;
    this.zooming.hideFrame();
  }

  leave() {
    this.over = null;
    this.tip.hide();
  }

  /** End a move made by keys, or one broken off: the last value is final. */
  settle() {
    this.handles.settle(this.handles.typed || (this.gesture?.kind === 'handle' ? this.gesture.handle : null));
  }

  // --- what is told ------------------------------------------------------------------------------------------------
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
    const { scene, handles } = this;
    const meta = scene.layout.meta || {};
    const chosen = choiceAt(scene, p);
    if (chosen) {
      this.tell({ kind: 'click', values: chosen, final: true });
      return;
    }
    if (!Array.isArray(meta.click) || !scene.subplots.length) return;
    const sub = scene.subplots.find((s) => s.id === (meta.click_axes || meta.hover_axes || 'xy')) || scene.subplots[0];
    // If the click sets what a handle shows, the handle goes there at once.
    const twin = handles.all().find((h) => h.names[0] === meta.click[0] && h.names[1] === meta.click[1] && h.t.sub.id === sub.id);
    if (twin) {
      const { box } = sub;
      if (p.x >= box.l && p.x <= box.r && p.y >= box.t && p.y <= box.b) handles.put(twin, sub.x.at(p.x), sub.y.at(p.y), true, 'click');
    } else this.tellPlace(this.drags, 'click', meta.click, sub, p, true);
  }

  // --- wheel and keys ----------------------------------------------------------------------------------------------
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
    else this.zooming.by(sub, factor, p.x, p.y);
  }

  reset() {
    const { memory } = this.host;
    memory.zoom = {};
    memory.auto = {};
    memory.cameras = {};
    this.host.redraw();
    this.onReset?.();
  }

  key(e) {
    const { scene } = this;
    if (!scene || e.altKey || e.metaKey || e.target !== this.host.container || !this.pressed(e, scene)) return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** What a key does here; false for one that belongs to the page. */
  pressed(e, scene) {
    const { handles, zooming } = this;
    const space = (this.over && this.turning.at(this.over)) || (scene.subplots.length ? null : scene.spaces[0]);
    if (space && this.turning.key(space, e)) return true;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    const sub = (this.over && subplotAt(scene, this.over.x, this.over.y)) || scene.subplots[0];
    // One step is a hundredth of the axis; with Ctrl a fifth of that.
    if (sub && arrow && !e.shiftKey && handles.nudge(arrow, e.ctrlKey ? 0.002 : 0.01)) return true;
    if (e.ctrlKey) return false;
    if (sub && arrow) zooming.step(sub, arrow);
    else if (sub && (e.key === '+' || e.key === '=')) zooming.by(sub, 0.8);
    else if (sub && (e.key === '-' || e.key === '_')) zooming.by(sub, 1.25);
    else if (e.key === '0') this.reset();
    else if (e.key === 'h' && handles.all().length) { handles.next(); if (!this.gesture) handles.take(); }
    else if (e.key === 'Escape' && handles.all().length) { this.settle(); handles.release(); }
    else return false;
    return true;
  }

  keyUp(e) {
    if (/^Arrow/.test(e.key)) this.settle();
  }

  // --- for the figure ----------------------------------------------------------------------------------------------
  /** The handle that shows the keys' mark. */
  marked() {
    return this.handles.marked();
  }

  /** After a redraw the data under a resting pointer are others. */
  refresh() {
    if (this.tip.shown && this.over && !this.gesture) this.showTip(this.over);
    if (this.gesture?.kind === 'zoom' && this.gesture.moved) this.zooming.drawFrame(this.gesture);
  }

  showTip(p) {
    const { scene } = this;
    const onHandle = this.handles.at(p.x, p.y, REACH.mouse);
    const inside = subplotAt(scene, p.x, p.y);
    this.host.canvas.style.cursor = onHandle ? 'grab' : choiceAt(scene, p) ? 'pointer' : this.turning.at(p) ? 'grab' : inside ? 'crosshair' : '';
    this.tip.show(inspect(scene, p.x, p.y), scene);
  }
}
