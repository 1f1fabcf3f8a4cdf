// The bar of a comparison: whose controls are in the hand, what differs, and the numbers of both arms.

import { h, icon, keepFocus, write } from '../base/dom.js';
import { brief, count, told } from '../base/format.js';
import { say } from '../base/labels.js';

const HANDS = ['a', 'b', 'both'];
const LISTED = 4; // differing parameters that stand in the sentence

/** Compare button and bar of the player. */
export class TwinsBar {
  /**
   * @param {object} labels
   * @param {(message: object) => void} send
   * @param {() => void} begin
   */
  constructor(labels, send, begin) {
    this.say = (key, values) => say(labels, key, values);
    this.button = keepFocus(h('button', { type: 'button', class: 'button slim compare', title: this.say('compareHint'), 'aria-label': this.say('compare'), onclick: begin }, icon('twins'), h('span', { text: this.say('compare') })));
    const names = { a: this.say('armA'), b: this.say('armB'), both: this.say('armBoth') };
    this.hands = new Map(HANDS.map((arm) => [arm, keepFocus(h('button', {
      type: 'button', class: `hand ${arm}`, title: this.say('handHint'), onclick: () => send({ type: 'hand', arm }),
    }, arm === 'both' ? null : h('span', { class: `arm ${arm}` }), h('span', { text: names[arm] })))]));
    this.text = h('span', { class: 'twins-text' });
    this.rows = h('tbody', {});
    const head = ['twinQuantity', 'armA', 'armB', 'twinGap'].map((key) => h('th', { scope: 'col', text: this.say(key) }));
    this.table = h('details', { class: 'twins-numbers' }, keepFocus(h('summary', { text: this.say('twinNumbers') })),
      h('div', { class: 'twins-scroll', tabindex: '0' }, h('table', {}, h('thead', {}, h('tr', {}, ...head)), this.rows)));
    this.table.addEventListener('toggle', () => this.paintNumbers());
    const keep = (arm, key) => keepFocus(h('button', { type: 'button', class: 'button slim', title: this.say('keepHint'), onclick: () => send({ type: 'end', keep: arm }) },
      h('span', { class: `arm ${arm}` }), h('span', { text: this.say(key) })));
    this.element = h('div', { class: 'twins', role: 'group', 'aria-label': this.say('compare'), hidden: true },
      h('div', { class: 'twins-row' }, h('div', { class: 'hands', role: 'group', 'aria-label': this.say('handHint') }, ...this.hands.values()), this.text,
        h('div', { class: 'keeps' }, keep('a', 'keepA'), keep('b', 'keepB'))), this.table);
  }

  /** News from the server; `alive`: the run can be given a twin. */
  update({ twins = null, state }, alive) {
    this.button.hidden = Boolean(twins);
    this.button.disabled = !alive;
    this.element.hidden = !twins;
    // The page's own columns make room for two pictures beside each other.
    document.documentElement.toggleAttribute('data-lab-twins', Boolean(twins));
    this.news = twins;
    if (!twins) return;
    for (const [arm, node] of this.hands) node.setAttribute('aria-pressed', String(arm === twins.hand));
    write(this.text, this.sentence(twins, state));
    this.text.classList.toggle('same', twins.same && !twins.different.length);
    this.paintNumbers();
  }

  sentence({ different, steps, same, compared, parted, leftAt }, state) {
    if (state === 'opening') return this.say('twinOpening');
    const parts = [];
    if (different.length) {
      const list = different.slice(0, LISTED).map(({ symbol, title, values }) => `${symbol || title} ${values.map(told).join(' | ')}`);
      if (different.length > LISTED) list.push('…');
      parts.push(this.say('twinDifferent', { list: list.reduce((list, next) => this.say('twinListed', { list, next })) }));
    } else if (same) parts.push(this.say('twinSame', { step: count(compared) }));
    if (parted !== null) parts.push(this.say(different.length ? 'twinParted' : 'twinSettings', { step: count(parted) }));
    if (leftAt) parts.push(this.say('twinLeft', { step: count(leftAt) }));
    if (steps[0] !== steps[1]) parts.push(['A', 'B'].map((arm, i) => this.say('armAt', { arm, step: count(steps[i]) })).join(', '));
    return parts.join(' ');
  }

  paintNumbers() {
    if (!this.table.open || !this.news) return;
    const { numbers } = this.news;
    while (this.rows.children.length > numbers.length) this.rows.lastChild.remove();
    while (this.rows.children.length < numbers.length) this.rows.append(h('tr', {}, h('th', { scope: 'row' }), h('td'), h('td'), h('td')));
    numbers.forEach(({ meaning, values: [a, b] }, i) => {
      const [head, ...cells] = this.rows.children[i].children;
      write(head, meaning);
      [brief(a, 4), brief(b, 4), a === b ? '0' : brief(b - a, 3)].forEach((text, column) => write(cells[column], text));
      cells[2].classList.toggle('equal', a === b);
    });
  }

  /** The page's columns go back to where they were. */
  destroy() {
    document.documentElement.removeAttribute('data-lab-twins');
  }
}
