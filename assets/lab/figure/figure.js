// Live figures: a fast canvas renderer for a part of the Plotly figure schema.
//
//   const figure = new Figure(element, {onPointer: (m) => ..., onReset: () => ...});
//   const {header, arrays} = decode(bytes);
//   figure.update(resolve(header.figure, arrays), {theme});
//
// One canvas serves for the whole life of a figure. An update is drawn on the next animation frame; several
// before it count as one. A figure that makes no sense is reported once and the picture stays.
import { rgba } from '../base/colors.js';
import { drawBars } from './marks/bars.js';
import { drawCells } from './marks/cells.js';
import { drawContour } from './marks/contour.js';
import { drawAxis, drawColorbar, drawGrid, drawShapes, drawTitle } from './axes/decor.js';
import { arrange } from './layout.js';
import { drawLegend } from './axes/legend.js';
import { drawFill, drawLines, errorBars } from './marks/lines.js';
import { drawMarkers, drawTexts, markerColors } from './marks/markers.js';
import { drawAnnotations } from './axes/notes.js';
import { obstacles } from './obstacles.js';
import { Pointer } from './pointer/pointer.js';
import { drawRaster } from './marks/raster.js';
import { complaints, compose } from './scene.js';
import { drawSpace } from './marks/surface.js';
import { forgetMeasures } from './text.js';

export { decode, resolve } from './wire.js';

const LIGHT = { dark: false, text: '#26282d', background: '#ffffff', grid: '#e6e8ec', font: 'system-ui, sans-serif', accent: '#2f7fc1' };
const DARK = { dark: true, text: '#e8eaed', background: '#0e1117', grid: '#2b303a', font: 'system-ui, sans-serif', accent: '#6db3f2' };

function themed(theme, container) {
  // 'dark' and 'light' stand for our colours under those that the page sets for its components.
  if (typeof theme !== 'object' || theme === null) {
    const css = getComputedStyle(container);
    const of = (name) => css.getPropertyValue(`--st-${name}`).trim() || undefined;
    theme = { dark: theme === 'dark', text: of('text-color'), background: of('background-color'), font: of('font'), accent: of('primary-color') };
  }
  const base = theme.dark ? DARK : LIGHT;
  const out = { ...base };
  for (const key of Object.keys(base)) if (theme[key] !== undefined && theme[key] !== null && theme[key] !== '') out[key] = theme[key];
  // What text is mixed with must be opaque, even where the figure lets the page shine through.
  out.solid = rgba(out.background)[3] === 1 ? out.background : base.background;
  return out;
}

export class Figure {
  #container;
  #canvas;
  #ctx;
  #pointer;
  #observer;
  #density = null;
  #frame = 0;
  #next = null;       // {spec, theme} waiting for a frame
  #shown = null;      // {spec, theme} on the canvas
  #scene = null;
  #memory = { zoom: {}, auto: {}, held: new Map(), nudges: new Map(), cameras: {} };
  #warned = new Set();
  #size = [0, 0, 0];

  /** Number of completed draws. */
  drawCount = 0;

  /** Milliseconds the last draw took. */
  drawTime = 0;

  /**
   * @param {HTMLElement} container filled entirely; its size is the figure's size
   * @param {{onPointer?: (message: {kind: 'drag'|'hover'|'click', values: object, final: boolean}) => void, onReset?: () => void}} [listeners]
   */
  constructor(container, { onPointer, onReset } = {}) {
    this.#container = container;
    if (getComputedStyle(container).position === 'static') container.style.position = 'relative';
    if (container.hasAttribute('aria-label')) container.setAttribute('role', 'img');
    if (!container.hasAttribute('tabindex')) container.tabIndex = 0;
    this.#canvas = document.createElement('canvas');
    Object.assign(this.#canvas.style, { position: 'absolute', left: '0', top: '0', width: '100%', height: '100%', display: 'block', touchAction: 'pan-x pan-y' });
    container.append(this.#canvas);
    this.#ctx = this.#canvas.getContext('2d');
    this.#pointer = new Pointer(
      { container, canvas: this.#canvas, memory: this.#memory, scene: () => this.#scene, redraw: () => this.#request() },
      { onPointer, onReset },
    );
    this.#observer = new ResizeObserver(() => this.resize());
    this.#observer.observe(container);
    this.#watchDensity();
    document.fonts?.addEventListener?.('loadingdone', this.#fontsArrived);
  }

  /**
   * Can everything in this figure be drawn here?
   * @param {object} spec {data, layout}
   * @param {string[]} [reasons] filled with what cannot
   */
  static supports(spec, reasons = []) {
    reasons.push(...complaints(spec));
    return reasons.length === 0;
  }

  /**
   * Show a figure on the next animation frame.
   * @param {{data: object[], layout?: object}} spec arrays already resolved; do not change them afterwards
   * @param {{theme?: 'dark'|'light'|{dark?: boolean, text?: string, background?: string, grid?: string, font?: string, accent?: string}}} [options]
   */
  update(spec, { theme } = {}) {
    this.#next = { spec, theme: theme ?? this.#next?.theme ?? this.#shown?.theme };
    this.#request();
  }

  /** Redraw at the container's present size, at once. */
  resize() {
    if (!this.#shown) {
      if (this.#next) this.#request();
      return;
    }
    const [w, h, dpr] = this.#measured();
    if (w === this.#size[0] && h === this.#size[1] && dpr === this.#size[2]) return;
    // Setting a canvas's size empties it: draw in the same task, before anybody can see that.
    this.#draw();
  }

  /** Back to the whole picture, as a double click does. */
  resetZoom() {
    this.#pointer.reset();
  }

  /** Take the figure off the page and stop listening. */
  destroy() {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#density?.();
    document.fonts?.removeEventListener?.('loadingdone', this.#fontsArrived);
    this.#pointer.destroy();
    this.#canvas.remove();
    this.#next = this.#shown = this.#scene = null;
  }

  /**
   * The axes as they are drawn: for each, its range as in the layout (exponents on a log axis), whether the
   * person has zoomed it, and its pixels; of a space, its camera (turn and rise in radians, zoom).
   * @returns {Record<string, {range: [number, number], zoomed: boolean, pixels: [number, number]}>}
   */
  get state() {
    const out = {};
    for (const a of this.#scene?.axes.values() || []) {
      out[`${a.letter}axis${a.id.slice(1)}`] = { range: [...a.range], zoomed: a.root.id in this.#memory.zoom, pixels: [a.from, a.to] };
    }
    for (const { id, camera } of this.#scene?.spaces || []) out[id] = { ...camera };
    return out;
  }

  /**
   * Paint the picture on the canvas once more, on another context.
   * @param {(w: number, h: number) => CanvasRenderingContext2D} open gives the context for a sheet of this size (CSS pixels);
   *   not called while there is no picture
   */
  paintOn(open) {
    if (this.#scene) this.#layers({ ...this.#scene, nudges: new Map(this.#memory.nudges), ctx: open(this.#scene.w, this.#scene.h) });
  }

  #fontsArrived = () => {
    forgetMeasures();
    this.#request();
  };

  #watchDensity() {
    const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = () => {
      this.#watchDensity();
      this.resize();
    };
    this.#density?.();
    query.addEventListener('change', changed, { once: true });
    this.#density = () => query.removeEventListener('change', changed);
  }

  #measured() {
    return [this.#container.clientWidth, this.#container.clientHeight, window.devicePixelRatio || 1];
  }

  #request() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #warn(error) {
    const text = String(error?.message || error);
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    console.warn(`figure not drawn: ${text}`);
  }

  #draw() {
    const [w, h, dpr] = this.#measured();
    // Hidden tabs have no size; the observer calls again when they get one.
    if (w < 10 || h < 10) return;
    const begun = performance.now();
    const next = this.#next;
    this.#next = null;
    if (!(next && this.#try(next, w, h, dpr)) && this.#shown) this.#try(this.#shown, w, h, dpr);
    this.drawTime = performance.now() - begun;
    this.#pointer.refresh();
  }

  // Compose, place and paint one figure; on failure leave all memory as it was.
  #try(candidate, w, h, dpr) {
    const { spec } = candidate;
    const m = this.#memory;
    const before = { zoom: m.zoom, auto: m.auto, cameras: m.cameras, margins: m.margins, size: m.size, revision: m.revision };
    try {
      m.zoom = { ...m.zoom };
      m.auto = { ...m.auto };
      const revision = spec?.layout?.uirevision;
      if (this.#shown && revision !== m.revision) {
        m.zoom = {};
        m.auto = {};
        m.nudges.clear();
        m.cameras = {};
        m.margins = null;
      }
      m.revision = revision;
      const scene = compose(spec, m);
      const theme = (candidate.colors ??= themed(candidate.theme, this.#container));
      const family = scene.layout.font?.family || theme.font;
      Object.assign(scene, { w, h, dpr, ctx: this.#ctx, theme, family, rgba, nudges: m.nudges, colorsOf: (t, n) => markerColors(t, scene, n) });
      this.#hold(scene, spec !== this.#shown?.spec);
      arrange(scene, m);
      scene.crossed = obstacles(scene);
      this.#paint(scene);
      this.#scene = scene;
      this.#shown = candidate;
      this.drawCount += 1;
      this.#describe(scene.layout);
      for (const c of complaints(spec)) this.#warn(c);
      return true;
    } catch (error) {
      Object.assign(m, before);
      this.#warn(error);
      return false;
    }
  }

  #describe(layout) {
    const alt = layout.meta?.alt ?? (typeof layout.title === 'string' ? layout.title : layout.title?.text);
    if (alt === undefined || alt === null) return;
    if (!this.#container.hasAttribute('role')) this.#container.setAttribute('role', 'img');  // not before it has a name
    if (this.#container.getAttribute('aria-label') !== String(alt)) this.#container.setAttribute('aria-label', String(alt));
  }

  // Handles in the hand, or just let go, stand where the person put them until the data agree.
  #hold(scene, isNew) {
    const { held } = this.#memory;
    for (const t of scene.shown) {
      t.handles?.forEach((_, i) => {
        const hold = held.get(`${t.index}:${i}`);
        if (!hold || i >= t.n) return;
        const near = (a, b, axis) => Math.abs(a - b) <= 0.005 * Math.abs(axis.range[1] - axis.range[0]);
        const agreed = near(t.u[i], hold.at[0], t.x) && near(t.v[i], hold.at[1], t.y);
        // Only new data may take it back: a zoom draws the old ones again.
        if (isNew && hold.until !== Infinity && (agreed || performance.now() > hold.until)) {
          held.delete(`${t.index}:${i}`);
          return;
        }
        t.u = Float64Array.from(t.u);
        t.v = Float64Array.from(t.v);
        t.u[i] = hold.at[0];
        t.v[i] = hold.at[1];
      });
    }
  }

  #paint(scene) {
    const { w, h, dpr } = scene;
    const canvas = this.#canvas;
    const ctx = this.#ctx;
    const [cw, ch] = [Math.round(w * dpr), Math.round(h * dpr)];
    if (canvas.width !== cw || canvas.height !== ch) {
      canvas.width = cw;
      canvas.height = ch;
    }
    this.#size = [w, h, dpr];
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    ctx.globalAlpha = 1;
    ctx.clearRect(0, 0, w, h);
    this.#layers(scene);
  }

  // Everything of the picture, from the ground up.
  #layers(scene) {
    const { ctx, w, h, layout, theme } = scene;
    ctx.fillStyle = layout.paper_bgcolor || theme.background;
    ctx.fillRect(0, 0, w, h);
    for (const s of scene.subplots) {
      if (layout.plot_bgcolor && !s.y.over && !s.x.over) {
        ctx.fillStyle = layout.plot_bgcolor;
        ctx.fillRect(s.box.l, s.box.t, s.box.r - s.box.l, s.box.b - s.box.t);
      }
      drawGrid(ctx, s, scene);
    }
    drawShapes(ctx, scene, true);
    for (const s of scene.subplots) this.#paintTraces(ctx, s, scene);
    for (const s of scene.spaces) drawSpace(ctx, s, scene);
    for (const a of scene.axes.values()) drawAxis(ctx, a, scene);
    drawShapes(ctx, scene, false);
    drawAnnotations(ctx, scene);
    this.#paintHandles(ctx, scene);
    for (const t of scene.bars) drawColorbar(ctx, t, scene);
    drawLegend(ctx, scene);
    drawTitle(ctx, scene);
  }

  #paintTraces(ctx, s, scene) {
    const { box } = s;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.l, box.t, box.r - box.l, box.b - box.t);
    ctx.clip();
    const of = (...kinds) => s.traces.filter((t) => kinds.includes(t.kind));
    for (const t of of('heatmap', 'image')) drawRaster(ctx, t, scene);
    for (const t of of('heatmap')) drawCells(ctx, t, scene);
    for (const t of of('contour')) drawContour(ctx, t, scene);
    for (const t of of('bar')) drawBars(ctx, t, scene);
    let before = null;
    for (const t of of('scatter')) {
      if (t.spec.fill && t.spec.fill !== 'none') drawFill(ctx, t, scene, before);
      before = t;
      errorBars(ctx, t, scene, (i) => [t.u[i], t.v[i]], t.color);
      if (t.mode.includes('lines')) drawLines(ctx, t, scene);
      if (t.mode.includes('markers') && !t.handles) drawMarkers(ctx, t, scene);
    }
    ctx.restore();
    for (const t of of('scatter')) if (t.mode.includes('text') && !t.handles) drawTexts(ctx, t, scene);
  }

  // Handles lie above everything and are not cut at the edge: one can always take hold of them.
  #paintHandles(ctx, scene) {
    const previous = this.#scene;
    this.#scene = scene;
    const marked = this.#pointer.marked();
    this.#scene = previous;
    for (const t of scene.shown) {
      if (!t.handles || t.kind !== 'scatter') continue;
      for (let i = 0; i < Math.min(t.n, t.handles.length); i++) {
        const [x, y] = [t.x.px(t.u[i]), t.y.px(t.v[i])];
        if (!Number.isFinite(x + y)) continue;
        const on = marked === `${t.index}:${i}`;
        const size = typeof t.marker.size === 'number' ? t.marker.size : 12;
        ctx.beginPath();
        ctx.arc(x, y, (size / 2 + 5) * scene.unit, 0, 2 * Math.PI);
        ctx.fillStyle = t.markerColor;
        ctx.globalAlpha = 0.22;
        ctx.fill();
        ctx.globalAlpha = on ? 1 : 0.6;
        ctx.strokeStyle = on ? scene.theme.accent : t.markerColor;
        ctx.lineWidth = (on ? 2.5 : 1) * scene.unit;
        ctx.stroke();
        ctx.globalAlpha = 1;
      }
      drawMarkers(ctx, t, scene);
      if (t.mode.includes('text')) drawTexts(ctx, t, scene);
    }
  }
}
