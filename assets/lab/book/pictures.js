// All pictures of a chapter, as engine/book/packing.py packs them: what is equal is there once, numbers lie in layers of bytes.

import { decode } from '../figure/wire.js';
import { placed, together } from '../figure/quantised.js';
import { still, unpacked } from '../history/packed.js';

export class ChapterPictures {
  /** @param {string} packed as base64 */
  static async of(packed) {
    return new ChapterPictures(decode(await unpacked(packed)));
  }

  constructor({ header, arrays }) {
    this.header = header;
    this.made = new Array(header.nodes.length);
    this.arrays = [];
    const layers = Object.fromEntries(header.arrays.map(({ name }, i) => [name, arrays[i]]));
    this.kinds = { fixed: together(layers.fixed, Uint16Array), floats: together(layers.floats, Float32Array), bytes: layers.bytes };
  }

  /** An array, made when it is first asked for. */
  array(number) {
    if (!this.arrays[number]) {
      const entry = this.header.table[number];
      const { kind, at, shape } = entry;
      const own = this.kinds[kind].subarray(at, at + shape.reduce((a, b) => a * b, 1));
      const array = kind === 'fixed' ? placed(own, entry) : own;
      if (shape.length > 1) array.shape = shape;
      this.arrays[number] = array;
    }
    return this.arrays[number];
  }

  /** A figure; null where the settings have no such view. @param {string} variant as "en-dark" */
  figure(view, arm, place, variant) {
    const figures = this.header.pictures[view]?.[arm]?.[place];
    return figures ? still(this.resolved(figures[variant])) : null;
  }

  /** A part of a figure with everything it refers to; what is shared is made once. */
  resolved(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.some((item) => item !== null && typeof item === 'object') ? value.map((item) => this.resolved(item)) : value;
    if ('$array' in value) return this.array(value.$array);
    if ('$' in value) return (this.made[value.$] ??= this.resolved(this.header.nodes[value.$]));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolved(item)]));
  }
}
