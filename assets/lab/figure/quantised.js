// Numbers as engine/plot/quantised.py writes them: layers of bytes of like weight; places in a range, or the steps between them.

const NOTHING = 0x8000; // what a number that is none is written as
const TYPES = { fixed: Uint16Array, floats: Float32Array, bytes: Uint8Array };

/** Layers of bytes, the lowest first, as the numbers that they are. @param {Uint8Array} layers */
export function together(layers, Kind) {
  const size = Kind.BYTES_PER_ELEMENT;
  const count = layers.length / size;
  const bytes = new Uint8Array(layers.length);
  for (let layer = 0; layer < size; layer++) {
    for (let i = 0, from = layer * count; i < count; i++) bytes[size * i + layer] = layers[from + i];
  }
  return new Kind(bytes.buffer);
}

/** Places in a range, or the steps from one to the next, as the numbers that they stand for. */
export function placed(places, { low, unit, steps }) {
  const out = new Float32Array(places.length);
  let at = 0;
  places.forEach((place, i) => {
    at = steps ? (at + place) & 0xffff : place;
    out[i] = at === NOTHING ? NaN : low + at * unit;
  });
  return out;
}

/** An array that lies alone among others' bytes. @param {{kind: string, at: number, shape: number[]}} entry @param {Uint8Array} raw */
export function readArray(entry, raw) {
  const { kind, at, shape } = entry;
  const Kind = TYPES[kind];
  const size = Kind.BYTES_PER_ELEMENT * shape.reduce((a, b) => a * b, 1);
  if (at + size > raw.length) throw new RangeError(`array ${entry.number} lies past the end`);
  const numbers = together(raw.subarray(at, at + size), Kind);
  const array = kind === 'fixed' ? placed(numbers, entry) : numbers;
  if (shape.length > 1) array.shape = shape;
  return array;
}
