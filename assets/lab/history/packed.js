// Packed pictures that lie in a page: each is unpacked when it is asked for.

import { decode, inflate, resolve } from '../figure/wire.js';

const REMEMBERED = 60; // decoded pictures: enough for a hand that goes to and fro

/** The bytes of base64 text that zlib has packed. @returns {Promise<ArrayBuffer>} */
export function unpacked(packed) {
  return inflate(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)));
}

/** A figure without what only a live run can do (handles to drag); changed in place. */
export function still(figure) {
  for (const { meta } of figure.data) {
    delete meta?.handle;
    delete meta?.handles;
  }
  return figure;
}

/** A view's pictures, each packed by itself with both themes. */
export class Packed {
  /** @param {?string[][]} arms of each arm in the order of its steps (null where its settings have no such view) */
  constructor(arms) {
    this.arms = arms;
    this.kept = new Map();
  }

  async figure(arm, place, theme) {
    const packed = this.arms[arm]?.[place];
    if (!packed) return null;
    const found = this.kept.get(packed) || this.unpack(packed);
    this.kept.delete(packed);
    this.kept.set(packed, found); // the newest stands last
    if (this.kept.size > REMEMBERED) this.kept.delete(this.kept.keys().next().value);
    return (await found)[theme];
  }

  async unpack(packed) {
    const { header, arrays } = decode(await unpacked(packed));
    const figures = resolve(header.figures, arrays);
    Object.values(figures).forEach(still);
    return figures;
  }
}
