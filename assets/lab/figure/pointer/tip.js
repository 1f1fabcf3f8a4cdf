// The words beside the pointer.

export class Tip {
  /** @param {HTMLElement} element a layer over the canvas */
  constructor(element) {
    this.element = element;
  }

  get shown() {
    return this.element.style.display !== 'none';
  }

  hide() {
    this.element.style.display = 'none';
  }

  /** @param {{text?: string, color?: string, px: number, py: number}|null} found what stands at the pointer, and where */
  show(found, scene) {
    const { element: tip } = this;
    if (!found || !found.text) {
      this.hide();
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
