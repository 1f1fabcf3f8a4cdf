// Which part of the plane is seen: a box drawn by hand, a plane that is pushed, the wheel and keys.

export class Zooming {
  /**
   * @param {object} host as of the Pointer: memory ({zoom}), scene() and redraw()
   * @param {HTMLElement} frame the box that is drawn while a hand zooms
   */
  constructor(host, frame) {
    Object.assign(this, { host, frame });
  }

  setRange(axis, a, b) {
    if (axis.opt.fixedrange || !Number.isFinite(a + b) || Math.abs(b - a) < 1e-12 * Math.max(1e-300, Math.abs(a), Math.abs(b))) return;
    this.host.memory.zoom[axis.root.id] = a < b ? [a, b] : [b, a];
  }

  subplot(id) {
    const { subplots } = this.host.scene();
    return subplots.find((s) => s.id === id) || subplots[0];
  }

  /** The gesture of a drag that begins on a subplot. */
  begin(kind, sub) {
    return { kind, sub: sub.id, start: { x: [...sub.x.range], y: [...sub.y.range] }, scale: [sub.x.scale, sub.y.scale] };
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
    const { theme } = this.host.scene();
    const { l, r, t, b } = this.extent(g);
    Object.assign(this.frame.style, { display: 'block', left: `${l}px`, top: `${t}px`, width: `${r - l}px`, height: `${b - t}px`, border: `1px solid ${theme.accent}`, background: theme.dark ? 'rgba(255,255,255,0.10)' : 'rgba(0,0,0,0.07)' });
  }

  hideFrame() {
    this.frame.style.display = 'none';
  }

  /** Show what the drawn box holds. */
  box(g) {
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

  /** Move on by a twentieth of the axes, along `arrow`. */
  step(sub, arrow) {
    for (const [axis, k] of [[sub.x, arrow[0]], [sub.y, arrow[1]]]) {
      const d = k * 0.05 * (axis.range[1] - axis.range[0]);
      if (d) this.setRange(axis, axis.range[0] + d, axis.range[1] + d);
    }
    this.host.redraw();
  }

  /** Zoom a subplot by a factor about a pixel; its middle where none is given. */
  by(sub, factor, px = (sub.box.l + sub.box.r) / 2, py = (sub.box.t + sub.box.b) / 2) {
    for (const [axis, at] of [[sub.x, px], [sub.y, py]]) {
      const c = axis.at(at);
      this.setRange(axis, c + (axis.range[0] - c) * factor, c + (axis.range[1] - c) * factor);
    }
    this.host.redraw();
  }
}
