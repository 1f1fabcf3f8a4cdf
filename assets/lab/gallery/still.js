// A still picture for the gallery and the list of saved runs: fetched once per theme when it comes into sight, drawn by the same code as the live figures.

import { h } from '../base/dom.js';
import { stats } from '../base/stats.js';
import { Figure, decode, resolve } from '../figure/figure.js';

async function fetched(theme, url) {
  const answer = await fetch(new URL(`${url}&theme=${theme}`, document.baseURI));
  if (!answer.ok) return null;
  const { header, arrays } = decode(await answer.arrayBuffer());
  return resolve(header.figures.cover, arrays);
}

/** A picture without a run, in a root that says which theme it has; from `data.url`, or from `data.load(theme)` where there is no server. */
export class Still {
  constructor(root, stream, data) {
    this.root = root;
    this.data = data;
    this.theme = root.dataset.theme || 'light';
    this.plot = h('div', { class: 'plot' });
    this.plot.style.height = `${data.height}px`;
    this.root.replaceChildren(h('div', { class: 'figure' }, h('div', { class: 'stage' }, this.plot)));
    this.figure = new Figure(this.plot, {});
    this.seen = false;
    this.watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.watcher.disconnect();
      this.seen = true;
      this.load();
    }, { rootMargin: '200px' });
    this.watcher.observe(this.plot);
  }

  async load() {
    if (!this.seen) return;
    const { theme, data } = this;
    const picture = await (data.load ?? fetched)(theme, data.url);
    if (!picture || theme !== this.theme || data.url !== this.data.url) return;
    this.figure.update(picture, { theme });
    stats.stills += 1;
  }

  update(data) {
    const again = data.url !== this.data.url;
    this.data = data;
    if (again) this.load();
  }

  setTheme(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    this.load();
  }

  destroy() {
    this.watcher.disconnect();
    this.figure.destroy();
  }
}
