// One number of every trained model against the parameter, beside the closed form's; a mark follows the glide.

import { h, help, write } from './dom.js';
import { Figure } from './figure.js';
import { say } from './labels.js';

/** The summary's figure and the list of what it can show. */
export class Summary {
  /**
   * @param {object} labels
   * @param {{choose: (name: string) => void, glide: (index: number) => void}} acts
   */
  constructor(labels, acts) {
    this.say = (key, values) => say(labels, key, values);
    this.acts = acts;
    this.choice = h('select', { id: 'sweep-scalar', 'aria-label': this.say('glideQuantity'), onchange: () => acts.choose(this.choice.value) });
    this.plot = h('div', { class: 'plot glide-curve' });
    this.element = h('div', { class: 'figure', role: 'figure', 'aria-label': this.say('glideSummary') },
      h('div', { class: 'figure-head' }, h('label', { class: 'figure-title', for: 'sweep-scalar', text: this.say('glideSummary') }),
        help(this.say('glideSummaryHelp'), this.say('helpFor', { title: this.say('glideSummary') })), this.choice),
      h('div', { class: 'stage' }, this.plot));
    this.figure = new Figure(this.plot, { onPointer: ({ values }) => this.clicked(values.place) });
    this.picture = null;
    this.place = null;
  }

  /** What can be shown: numbers of the runs, and claims with a closed form. */
  offer(quantities, chosen) {
    const key = JSON.stringify(quantities);
    if (key !== this.offered) {
      this.offered = key;
      const group = (kind, label) => {
        const items = quantities.filter((item) => item.kind === kind);
        return items.length ? [h('optgroup', { label: this.say(label) }, ...items.map(({ name, title }) => h('option', { value: name, text: title })))] : [];
      };
      this.choice.replaceChildren(...group('claim', 'glideClaims'), ...group('scalar', 'glideScalars'));
    }
    if (chosen && this.choice.value !== chosen && this.element.getRootNode().activeElement !== this.choice) this.choice.value = chosen;
  }

  /** @param {object} picture as the server drew it @param {{places: number[], log: boolean}} plan */
  draw(picture, plan, theme) {
    Object.assign(this, { picture, plan, theme });
    this.mark(this.place ?? plan.places[0]);
  }

  /** Where the glide stands, as a line through the curve. */
  mark(place) {
    this.place = place;
    if (!this.picture) return;
    const { layout } = this.picture;
    const x = this.plan.log ? 10 ** place : place;
    const line = { type: 'line', x0: x, x1: x, y0: 0, y1: 1, yref: 'y domain', line: { color: this.theme.accent, width: 2 }, layer: 'below' };
    this.figure.update({ data: this.picture.data, layout: { ...layout, shapes: [...(layout.shapes || []), line] } }, { theme: this.theme });
  }

  clicked(value) {
    if (!this.plan || !Number.isFinite(value)) return;
    const place = this.plan.log ? Math.log10(value) : value;
    const { places } = this.plan;
    let best = 0;
    places.forEach((p, i) => { if (Math.abs(p - place) < Math.abs(places[best] - place)) best = i; });
    this.acts.glide(best);
  }

  clear() {
    this.picture = null;
    this.figure.update({ data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false } } }, { theme: this.theme });
  }

  destroy() {
    this.figure.destroy();
  }
}

/** The sentence of the model that differs most from the theory. */
export class Verdict {
  constructor() {
    this.element = h('p', { class: 'glide-verdict', role: 'status', hidden: true });
  }

  tell(text) {
    write(this.element, text || '');
    this.element.hidden = !text;
  }
}
