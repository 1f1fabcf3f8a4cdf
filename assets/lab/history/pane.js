// One view of a run, of a run beside its twin, or of an arm of a sweep: figures, wherever their pictures lie.

import { h, save } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { toSvg } from '../figure/svg.js';

/** A place for pictures: a figure, and the note that stands in its stead where the settings have no such view. */
class Place {
  constructor(view, absent, second) {
    this.plot = h('div', { class: second ? 'plot second' : 'plot', 'aria-label': view.title });
    this.note = h('div', { class: 'waiting', text: absent, hidden: true });
    this.element = h('div', { class: 'cell' }, this.plot, this.note);
    this.figure = null;
  }

  show(picture, colors) {
    this.note.hidden = Boolean(picture);
    if (!picture || !this.plot.isConnected) return; // closed meanwhile
    this.figure ||= new Figure(this.plot);
    this.figure.update(picture, { theme: colors });
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
   * @param {{figure: (arm: number, place: number, theme: string) => Promise<?Object>}} pictures null where the settings have no such view
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
    await Promise.all(this.places.map(async (one, i) => one.show(await this.pictures.figure(arm + i, place, theme), colors)));
  }

  /** The view's pictures as a video takes them: its title, and its figure at a moment. */
  panels() {
    const names = this.places.length > 1 ? this.page.part.arms.map(({ name }, i) => `${'AB'[i]}: ${name} · `) : [''];
    return names.map((name, i) => ({
      title: `${name}${this.view.title}`,
      figure: ({ at, place }) => this.pictures.figure(at + i, place, this.page.theme),
    }));
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
