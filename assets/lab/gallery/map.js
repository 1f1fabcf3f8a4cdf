// The map of the labs: which builds on which, drawn; every node is a link.

import { layout } from './layout.js';

const [LEFT, NODE, HIGH, ROW, GAP, PAD] = [118, 168, 30, 42, 52, 10];
const CJK = /[\u2e80-\uffff]/;

function s(tag, props, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(props)) if (value !== null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A name cut to the width of a node. */
function fitted(text) {
  let room = NODE - 26;
  let kept = '';
  for (const sign of text) {
    room -= CJK.test(sign) ? 13.5 : 7.1;
    if (room < 0) return `${kept.trimEnd()}…`;
    kept += sign;
  }
  return kept;
}

export class LabMap {
  /** @param {Object[]} cards @param {Object} page as in card.js */
  constructor(cards, page) {
    const { cells, lanes, columns, rows } = layout(cards);
    const x = (slug) => LEFT + cells.get(slug).column * (NODE + GAP);
    const y = (slug) => PAD + cells.get(slug).row * ROW + (ROW - HIGH) / 2;
    const [width, height] = [LEFT + columns * (NODE + GAP) - GAP + PAD, 2 * PAD + rows * ROW];
    this.edges = [];
    const lines = s('g', {});
    for (const card of cards) {
      for (const before of card.after.filter((name) => cells.has(name))) {
        const [x0, y0, x1, y1] = [x(before) + NODE, y(before) + HIGH / 2, x(card.slug) - 7, y(card.slug) + HIGH / 2];
        const bend = Math.max(18, (x1 - x0) / 2);
        const line = s('path', { class: 'edge', d: `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`, 'marker-end': 'url(#arrow)' });
        this.edges.push({ from: before, to: card.slug, line });
        lines.append(line);
      }
    }
    this.nodes = new Map(cards.map((card) => [card.slug, this.node(card, x(card.slug), y(card.slug), page)]));
    this.root = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': page.say('galleryMapHint') },
      s('defs', {}, s('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 1, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto' }, s('path', { class: 'arrow', d: 'M0 0L8 4L0 8z' }))),
      ...lanes.flatMap((lane) => [
        s('rect', { class: 'lane', x: 4, y: PAD + lane.top * ROW + 2, width: width - 8, height: lane.rows * ROW - 4, rx: 8, style: `--own: var(--g${lane.color})` }),
        s('text', { class: 'lane-name', x: 16, y: PAD + (lane.top + lane.rows / 2) * ROW, 'dominant-baseline': 'central' }, lane.title)]),
      lines, ...this.nodes.values());
    this.root.style.minWidth = `${Math.min(width, 900)}px`;
    this.root.style.maxWidth = `${Math.round(width * 1.25)}px`;
  }

  node(card, x, y, page) {
    const href = page.href(card.slug);
    const held = page.held(card);
    const done = card.chapters.filter(({ name }) => held.includes(name)).length;
    const part = card.chapters.length ? done / card.chapters.length : 0;
    const link = s('a', { href, 'aria-label': `${card.short}. ${card.groupTitle}`, style: `--own: var(--g${card.color})` },
      s('title', {}, card.title),
      s('rect', { class: 'node', x, y, width: NODE, height: HIGH, rx: 7 }),
      ...(part ? [s('rect', { class: 'share', x: x + 8, y: y + HIGH - 5, width: (NODE - 16) * part, height: 2.5, rx: 1 })] : []),
      s('text', { class: 'node-name', x: x + 12, y: y + HIGH / 2, 'dominant-baseline': 'central' }, fitted(card.short)));
    link.addEventListener('click', (event) => page.open(event, href));
    for (const [name, on] of [['pointerenter', true], ['pointerleave', false], ['focus', true], ['blur', false]]) {
      link.addEventListener(name, () => this.stress(on ? card.slug : null));
    }
    return link;
  }

  /** All labs on the paths through one stand out; none: all alike. */
  stress(slug) {
    const follow = (from, to) => {
      const found = new Set([slug]);
      for (let size = 0; size < found.size;) {
        size = found.size;
        for (const edge of this.edges) if (found.has(edge[from])) found.add(edge[to]);
      }
      return found;
    };
    const [up, down] = slug ? [follow('to', 'from'), follow('from', 'to')] : [null, null];
    for (const [name, node] of this.nodes) node.toggleAttribute('data-pale', Boolean(slug) && !up.has(name) && !down.has(name));
    for (const { from, to, line } of this.edges) {
      const on = slug && ((up.has(from) && up.has(to)) || (down.has(from) && down.has(to)));
      line.toggleAttribute('data-strong', Boolean(on));
      line.toggleAttribute('data-pale', Boolean(slug) && !on);
    }
  }

  /** Only these labs at full strength; null for all. @param {?Set<string>} slugs */
  show(slugs) {
    for (const [name, node] of this.nodes) node.toggleAttribute('data-pale', Boolean(slugs) && !slugs.has(name));
  }
}
