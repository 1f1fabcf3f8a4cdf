// All pictures of a chapter, as engine/book/reel.py packs them: what is equal is there once, numbers lie in layers of bytes.

import { decode } from '../figure/wire.js';
import { inflate, still } from '../history/packed.js';

/** Four layers of bytes as the numbers that they are. @param {Uint8Array} layers first the lowest byte of all, …, last the highest */
function numbers(layers) {
  const count = layers.length / 4;
  const bytes = new Uint8Array(layers.length);
  for (let layer = 0; layer < 4; layer++) {
    for (let i = 0, from = layer * count; i < count; i++) bytes[4 * i + layer] = layers[from + i];
  }
  return new Float32Array(bytes.buffer);
}

export class Reel {
  /** @param {string} packed as base64 */
  static async of(packed) {
    return new Reel(decode(await inflate(packed)));
  }

  constructor({ header, arrays }) {
    this.header = header;
    this.made = new Array(header.nodes.length);
    const kinds = { planes: numbers(arrays[0]), bytes: arrays[1] };
    this.arrays = header.table.map(({ kind, at, shape }) => {
      const array = kinds[kind].subarray(at, at + shape.reduce((a, b) => a * b, 1));
      if (shape.length > 1) array.shape = shape;
      return array;
    });
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
    if ('$array' in value) return this.arrays[value.$array];
    if ('$' in value) return (this.made[value.$] ??= this.resolved(this.header.nodes[value.$]));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolved(item)]));
  }
}
