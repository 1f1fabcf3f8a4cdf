// The sweep's place on the page: nothing of it is loaded or connected before somebody looks at it.

/** Many trained models under one slider (kind "sweep"). */
export class Glide {
  constructor(root, stream, data) {
    this.root = root;
    this.stream = stream;
    this.data = data;
    this.theme = root.dataset.theme || 'light';
    this.sight = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.open();
    });
    // A closed fold has no size; an element of one line has one as soon as it is open.
    root.style.minHeight = '1px';
    this.sight.observe(root);
  }

  async open() {
    this.sight.disconnect();
    const { Panel } = await import('./panel.js');
    if (!this.gone) this.panel = new Panel(this.root, this.stream, this.data, this.theme);
  }

  /** New data from the page: built again only when the words changed. */
  update(data) {
    const same = JSON.stringify(data) === JSON.stringify(this.data);
    this.data = data;
    if (same || !this.panel) return;
    this.panel.destroy();
    this.open();
  }

  setTheme(theme) {
    this.theme = theme;
    this.panel?.setTheme(theme);
  }

  destroy() {
    this.gone = true;
    this.sight.disconnect();
    this.panel?.destroy();
    this.root.replaceChildren();
  }
}
