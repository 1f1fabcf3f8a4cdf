// A picture that comes as what has changed in it since the one before: the other end of engine/plot/differences.py.

import { decode, resolve } from './wire.js';
import { readArray } from './quantised.js';

/** The value to which a change leads; the old one stays as it was. */
export function changed(old, change) {
  if (change === null) return old;
  if ('=' in change) return change['='];
  const inner = Object.entries(change.$ ?? change['#'] ?? {});
  if (Array.isArray(old)) {
    const next = [...old.slice(0, change.n), ...(change['+'] ?? [])];
    for (const [place, told] of inner) next[place] = changed(next[place], told);
    return next;
  }
  const next = { ...old };
  for (const name of change['-'] ?? []) delete next[name];
  for (const [name, told] of inner) if (name !== '__proto__') next[name] = changed(next[name], told);
  return next;
}

function* numbersIn(json) {
  if (json === null || typeof json !== 'object') return;
  if ('$array' in json) yield json.$array;
  else for (const part of Object.values(json)) yield* numbersIn(part);
}

/** What is known of one picture (or of any JSON), and how it goes on. */
export class Received {
  constructor() {
    this.version = null;
    this.tree = null;
    this.arrays = {};
  }

  /**
   * Go on to the version to which a message leads.
   * @param {ArrayBuffer} message
   * @returns {*} what is to be seen now, with its arrays in place
   */
  take(message) {
    const { header, arrays: [raw] } = decode(message);
    const { base, version, change, table } = header;
    if (base !== null && base !== this.version) throw new RangeError(`a change of version ${base}; known is ${this.version}`);
    const arrays = base === null ? {} : { ...this.arrays };
    for (const entry of table) arrays[entry.number] = readArray(entry, raw);
    const tree = changed(this.tree, change);
    const whole = resolve(tree, arrays);
    this.arrays = {};
    for (const number of numbersIn(tree)) this.arrays[number] = arrays[number];
    Object.assign(this, { tree, version });
    return whole;
  }
}
