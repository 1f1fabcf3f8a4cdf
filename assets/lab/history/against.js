// Of a sweep: one number of every trained model against the parameter, beside their pictures; a mark follows the slider.

import { Summary } from '../sweep/summary.js';
import { Places } from '../sweep/track.js';

export class Against {
  /**
   * @param {Object} page what it belongs to
   * @param {(name: string) => {figure: (arm: number, place: number, theme: string) => Promise<Object>}} pictures of a quantity
   */
  constructor(page, pictures) {
    Object.assign(this, { page, pictures, shown: '' });
    const { part, data } = page;
    this.places = new Places(part.axis.places);
    this.summary = new Summary(data.labels, { choose: () => page.draw(), glide: (index) => page.take(index) });
    this.summary.offer(part.against, part.beside);
    this.element = this.summary.element;
  }

  /** The chosen quantity, in a theme. */
  async show(theme, colors) {
    const name = this.summary.choice.value;
    if (this.shown === `${name} ${theme}`) return;
    const picture = await this.pictures(`against:${name}`).figure(0, 0, theme);
    if (this.closed) return;
    this.shown = `${name} ${theme}`;
    this.summary.draw(picture, this.page.part.axis, colors);
  }

  /** Where the slider stands. */
  mark() {
    this.summary.mark(this.places.of(this.page.armAt));
  }

  close() {
    this.closed = true;
    this.summary.destroy();
  }
}
