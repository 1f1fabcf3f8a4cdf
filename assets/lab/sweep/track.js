// The slider of a sweep: its ticks are the trained models, and it stops between them too.

import { h } from '../base/dom.js';

const LABEL_GAP = 10; // pixels between two tick labels
const FINE = 10; // arrow keys from one trained model to the next

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

/** Where the models stand: from a model's index (with fractions) to a place on the axis, and back. */
export class Places {
  /** @param {number[]} places ascending, one per model */
  constructor(places) {
    this.list = places;
    this.last = places.length - 1;
  }

  /** The place of model 2.5: half way from the place of 2 to that of 3. */
  of(index) {
    const from = clamp(Math.floor(index), 0, Math.max(0, this.last - 1));
    const to = Math.min(from + 1, this.last);
    return this.list[from] + (index - from) * (this.list[to] - this.list[from]);
  }

  index(place) {
    const { list } = this;
    if (place <= list[0]) return 0;
    if (place >= list[this.last]) return this.last;
    const to = list.findIndex((p) => p >= place);
    return to - 1 + (place - list[to - 1]) / (list[to] - list[to - 1]);
  }
}

/** A big slider over the models. Positions are indices with fractions. */
export class Track {
  /**
   * @param {string} label
   * @param {(index: number) => void} moved the person moved it
   */
  constructor(label, moved) {
    this.moved = moved;
    this.snap = false;
    this.index = 0;
    this.range = h('input', { type: 'range', class: 'glide-range', step: 'any', 'aria-label': label });
    this.ticks = h('div', { class: 'glide-ticks', 'aria-hidden': 'true' });
    this.element = h('div', { class: 'track' }, this.range, this.ticks);
    this.range.addEventListener('input', () => this.take(this.places.index(Number(this.range.value))));
    this.range.addEventListener('keydown', (event) => this.key(event));
    this.size = new ResizeObserver(() => this.thin());
    this.size.observe(this.ticks);
  }

  /**
   * @param {{places: number[], texts: string[]}} plan
   * @param {Set<number>} failed models that have nothing to show
   */
  set({ places, texts }, failed) {
    this.places = new Places(places);
    const [low, high] = [places[0], places[places.length - 1]];
    this.range.min = low;
    this.range.max = high;
    this.ticks.replaceChildren(...texts.map((text, i) => {
      const tick = h('span', { class: failed.has(i) ? 'tick failed' : 'tick' }, h('b', { text }));
      tick.style.left = `${((places[i] - low) / (high - low || 1)) * 100}%`;
      return tick;
    }));
    this.show(clamp(this.index, 0, this.places.last));
    this.thin();
  }

  /** Leave out labels that would run into their neighbours; the ticks stay. */
  thin() {
    let free = -Infinity;
    const ticks = [...this.ticks.children];
    // A long name at an end stands beside its tick, within the frame.
    const frame = this.element.getBoundingClientRect();
    for (const tick of ticks) tick.classList.remove('inward');
    for (const tick of [ticks[0], ticks[ticks.length - 1]]) {
      const box = tick?.firstChild.getBoundingClientRect();
      tick?.classList.toggle('inward', box.left < frame.left || box.right > frame.right);
    }
    const boxes = ticks.map((tick) => tick.firstChild.getBoundingClientRect());
    // The last one is always told: it says where the track ends.
    const end = boxes.length ? boxes[boxes.length - 1].left : 0;
    ticks.forEach((tick, i) => {
      const last = i === ticks.length - 1;
      const room = boxes[i].left >= free && (last || boxes[i].right + LABEL_GAP <= end);
      tick.classList.toggle('mute', !room && !last);
      if (room || last) free = boxes[i].right + LABEL_GAP;
    });
  }

  take(index) {
    this.show(this.snap ? Math.round(index) : index);
    this.moved(this.index);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const fine = this.snap ? 1 : 1 / FINE;
    const { index, places } = this;
    const to = {
      ArrowRight: index + fine, ArrowUp: index + fine, ArrowLeft: index - fine, ArrowDown: index - fine,
      PageUp: Math.floor(index + 1 + 1e-9), PageDown: Math.ceil(index - 1 - 1e-9), Home: 0, End: places.last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    // Many small steps must land on the trained models exactly.
    this.take(clamp(Math.round(to * FINE) / FINE, 0, places.last));
  }

  show(index) {
    this.index = index;
    const place = this.places.of(index);
    const [low, high] = [this.places.list[0], this.places.list[this.places.last]];
    this.range.value = String(place);
    this.range.style.setProperty('--at', String((place - low) / (high - low || 1)));
  }

  say(text) {
    if (this.range.getAttribute('aria-valuetext') !== text) this.range.setAttribute('aria-valuetext', text);
  }

  destroy() {
    this.size.disconnect();
  }
}
