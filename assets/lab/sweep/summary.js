// One number of every trained model against the parameter, beside the closed form's; a mark follows the glide.

import { h, help, write } from '../base/dom.js';
import { Figure } from '../figure/figure.js';
import { say } from '../base/labels.js';

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
    this.cursor = h('div', { class: 'glide-cursor', hidden: true });
    this.element = h('div', { class: 'figure', role: 'figure', 'aria-label': this.say('glideSummary') },
      h('div', { class: 'figure-head' }, h('label', { class: 'figure-title', for: 'sweep-scalar', text: this.say('glideSummary') }),
        help(this.say('glideSummaryHelp'), this.say('helpFor', { title: this.say('glideSummary') })), this.choice),
      h('div', { class: 'stage' }, this.plot, this.cursor));
    this.figure = new Figure(this.plot, { onPointer: ({ values }) => this.clicked(values.place) });
    this.place = null;
    this.size = new ResizeObserver(() => this.after());
    this.size.observe(this.plot);
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
      const { value } = this.choice;
      this.choice.replaceChildren(...group('claim', 'glideClaims'), ...group('scalar', 'glideScalars'));
      if (quantities.some(({ name }) => name === value)) this.choice.value = value; // also in a list that is just being used
    }
    if (chosen && this.choice.value !== chosen && this.element.getRootNode().activeElement !== this.choice) this.choice.value = chosen;
  }

  /** @param {object} picture as the server drew it @param {{places: number[], log: boolean}} plan */
  draw(picture, plan, theme) {
    this.plan = plan;
    this.figure.update(picture, { theme });
    this.after();
  }

  /** The mark belongs where the axis is once the figure has been drawn. */
  after() {
    requestAnimationFrame(() => requestAnimationFrame(() => this.mark(this.place)));
  }

  /** Where the glide stands, as a line over the curve: moving it redraws nothing. */
  mark(place) {
    this.place = place;
    const { xaxis, yaxis } = this.figure.state;
    this.cursor.hidden = !this.plan || !xaxis || place === null;
    if (this.cursor.hidden) return;
    const [from, to] = xaxis.pixels;
    const x = from + ((place - xaxis.range[0]) / (xaxis.range[1] - xaxis.range[0])) * (to - from);
    const [bottom, top] = yaxis.pixels;
    this.cursor.style.transform = `translate(${x}px, ${top}px)`;
    this.cursor.style.height = `${bottom - top}px`;
  }

  clicked(value) {
    if (!this.plan || !Number.isFinite(value)) return;
    const place = this.plan.log ? Math.log10(value) : value;
    const { places } = this.plan;
    let best = 0;
    places.forEach((p, i) => { if (Math.abs(p - place) < Math.abs(places[best] - place)) best = i; });
    this.acts.glide(best);
  }

  clear(theme) {
    this.plan = null;
    this.cursor.hidden = true;
    this.figure.update({ data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false } } }, { theme });
  }

  destroy() {
    this.size.disconnect();
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
