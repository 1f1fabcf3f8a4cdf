// All pictures of a chapter, as engine/book/packing.py packs them: what is equal is there once, numbers lie in layers of bytes.

import { decode } from '../figure/wire.js';
import { inflate, still } from '../history/packed.js';

const NOTHING = 0x8000; // what a number that is none is written as

/** Layers of bytes, the lowest first, as the numbers that they are. @param {Uint8Array} layers */
function numbers(layers, Kind) {
  const size = Kind.BYTES_PER_ELEMENT;
  const count = layers.length / size;
  const bytes = new Uint8Array(layers.length);
  for (let layer = 0; layer < size; layer++) {
    for (let i = 0, from = layer * count; i < count; i++) bytes[size * i + layer] = layers[from + i];
  }
  return new Kind(bytes.buffer);
}

/** Places in a range, or the steps from one to the next, as the numbers that they stand for. */
function placed(places, { low, unit, steps }) {
  const out = new Float32Array(places.length);
  let at = 0;
  places.forEach((place, i) => {
    at = steps ? (at + place) & 0xffff : place;
    out[i] = at === NOTHING ? NaN : low + at * unit;
  });
  return out;
}

export class ChapterPictures {
  /** @param {string} packed as base64 */
  static async of(packed) {
    return new ChapterPictures(decode(await inflate(packed)));
  }

  constructor({ header, arrays }) {
    this.header = header;
    this.made = new Array(header.nodes.length);
    this.arrays = [];
    const layers = Object.fromEntries(header.arrays.map(({ name }, i) => [name, arrays[i]]));
    this.kinds = { fixed: numbers(layers.fixed, Uint16Array), floats: numbers(layers.floats, Float32Array), bytes: layers.bytes };
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
