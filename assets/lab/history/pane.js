// One view of a run, of a run beside its twin, or of an arm of a sweep: figures whose pictures lie in the page itself.

import { h, save } from '../base/dom.js';
import { Figure, decode, resolve } from '../figure/figure.js';
import { toSvg } from '../figure/svg.js';

const REMEMBERED = 60; // decoded pictures: enough for a hand that goes to and fro

/** A packed picture as its two figures, { light, dark }, without what only a live run can do (handles to drag). */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const { header, arrays } = decode(await new Response(stream).arrayBuffer());
  const figures = resolve(header.figures, arrays);
  for (const { data } of Object.values(figures)) {
    for (const { meta } of data) {
      delete meta?.handle;
      delete meta?.handles;
    }
  }
  return figures;
}

/** A place for pictures: a figure, and the note that stands in its stead where the settings have no such view. */
class Place {
  constructor(view, absent, second) {
    this.plot = h('div', { class: second ? 'plot second' : 'plot', 'aria-label': view.title });
    this.note = h('div', { class: 'waiting', text: absent, hidden: true });
    this.element = h('div', { class: 'cell' }, this.plot, this.note);
    this.kept = new Map();
    this.figure = null;
  }

  async picture(packed) {
    let found = this.kept.get(packed);
    this.kept.delete(packed);
    found ||= unpack(packed);
    this.kept.set(packed, found); // the newest stands last
    if (this.kept.size > REMEMBERED) this.kept.delete(this.kept.keys().next().value);
    return found;
  }

  async show(packed, theme, colors) {
    this.note.hidden = Boolean(packed);
    const picture = packed && (await this.picture(packed));
    if (!picture || !this.plot.isConnected) return; // closed meanwhile
    this.figure ||= new Figure(this.plot);
    this.figure.update(picture[theme], { theme: colors });
  }

  close() {
    this.figure?.destroy();
    this.figure = null;
  }
}

/** A view: one place, or two side by side for twins. */
export class Pane {
  /**
   * @param {Object} page what it belongs to: its words, colours and the name for a file
   * @param {{name: string, title: string, help: string}} view
   * @param {string[][]} pictures of each arm, packed, in the order of its steps (null where its settings have no such view)
   * @param {boolean} twins whether both arms are shown
   */
  constructor(page, view, pictures, twins) {
    Object.assign(this, { page, view, pictures });
    this.places = (twins ? [false, true] : [false]).map((second) => new Place(view, page.words.absent, second));
    this.element = h('section', { class: 'figure', 'data-view': view.name },
      h('div', { class: 'figure-head' }, h(page.part.told ? 'h3' : 'h2', { class: 'figure-title', text: view.title, title: view.help }),
        h('button', { type: 'button', class: 'button', text: page.words.saveSvg, onclick: () => this.save() })),
      h('div', { class: twins ? 'stage two' : 'stage' }, ...this.places.map((place) => place.element)));
  }

  get figures() {
    return this.places.flatMap(({ figure }) => figure ?? []);
  }

  /** Show the frames at a place, of an arm or from it on; settles when the figures have them (they are drawn on the next animation frame). */
  async show(arm, place, theme, colors) {
    await Promise.all(this.places.map((one, i) => one.show(this.pictures[arm + i]?.[place], theme, colors)));
  }

  close() {
    for (const place of this.places) place.close();
    this.element.remove();
  }

  save() {
    this.places.forEach(({ figure, plot }, i) => {
      const text = toSvg(figure, { title: plot.getAttribute('aria-label') || '', ground: this.page.colors.background });
      const stem = `${this.page.stem}-${this.view.name}-step${this.page.step}`;
      if (text) save(new Blob([text], { type: 'image/svg+xml' }), `${stem}${this.places.length > 1 ? `-${'ab'[i]}` : ''}.svg`);
    });
  }
}
