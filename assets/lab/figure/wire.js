// The wire format of a figure: a JSON header followed by raw little-endian arrays.

const KINDS = {
  float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int32: Int32Array, int64: BigInt64Array,
};

// The short names plotly itself uses for arrays written as base64.
const SHORT = {
  f4: Float32Array, f8: Float64Array, u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array,
  u4: Uint32Array, i4: Int32Array,
};

const up8 = (n) => Math.ceil(n / 8) * 8;

function shaped(array, shape) {
  if (shape && shape.length > 1) array.shape = shape;
  return array;
}

/**
 * Read one message: uint32 header length, UTF-8 JSON header, zeros up to a multiple of 8, array bytes.
 * Arrays are views into the message, not copies, except where the bytes are not aligned; int64 becomes
 * float64, as nothing downstream can draw a BigInt.
 * @param {ArrayBuffer|Uint8Array} buffer
 * @returns {{header: object, arrays: Array<ArrayLike<number>>}} arrays in the order of header.arrays
 */
export function decode(buffer) {
  let bytes = buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : buffer;
  // A view that begins off a multiple of 8 cannot carry typed arrays: move it once.
  if (bytes.byteOffset % 8) bytes = new Uint8Array(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  if (4 + length > bytes.byteLength) throw new RangeError(`header of ${length} bytes in a message of ${bytes.byteLength}`);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const start = up8(4 + length);
  const arrays = (header.arrays || []).map(({ name, dtype, shape, offset }) => {
    const Kind = KINDS[dtype];
    if (!Kind) throw new TypeError(`array ${name}: unknown dtype ${dtype}`);
    const count = shape.reduce((a, b) => a * b, 1);
    const from = start + offset;
    if (offset % 8 || from + count * Kind.BYTES_PER_ELEMENT > bytes.byteLength) {
      throw new RangeError(`array ${name}: offset ${offset} is unaligned or past the end`);
    }
    const raw = new Kind(bytes.buffer, bytes.byteOffset + from, count);
    return shaped(Kind === BigInt64Array ? Float64Array.from(raw, Number) : raw, shape);
  });
  return { header, arrays };
}

/** Bytes that zlib has packed. @param {Uint8Array} packed @returns {Promise<ArrayBuffer>} */
export function inflate(packed) {
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer();
}

/**
 * The parts of a bundle: uint32 zero, then for each its length as uint32 and its bytes. Null for what is none.
 * @param {ArrayBuffer} buffer
 * @returns {?Uint8Array[]}
 */
export function unbundle(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < 4 || view.getUint32(0, true)) return null;
  const parts = [];
  for (let at = 4; at < view.byteLength;) {
    const length = view.getUint32(at, true);
    parts.push(new Uint8Array(buffer, at + 4, length));
    at += 4 + length;
  }
  return parts;
}

function fromBase64({ dtype, bdata, shape }) {
  const Kind = SHORT[dtype];
  if (!Kind) throw new TypeError(`unknown dtype ${dtype}`);
  const raw = Uint8Array.from(atob(bdata), (c) => c.charCodeAt(0));
  const sizes = typeof shape === 'string' ? shape.split(',').map(Number) : shape;
  return shaped(new Kind(raw.buffer, 0, raw.byteLength / Kind.BYTES_PER_ELEMENT), sizes);
}

/**
 * Replace every `{"$array": i}` by arrays[i] (and plotly's `{dtype, bdata}` by its array). The input is
 * left as it was. Lists of plain numbers or strings are passed through without a walk.
 * @param {*} json a figure, or any part of one
 * @param {Array<ArrayLike<number>>} arrays as `decode` returns them
 */
export function resolve(json, arrays) {
  if (json === null || typeof json !== 'object' || ArrayBuffer.isView(json)) return json;
  if (Array.isArray(json)) {
    return json.some((v) => v !== null && typeof v === 'object') ? json.map((v) => resolve(v, arrays)) : json;
  }
  if ('$array' in json) {
    const array = arrays[json.$array];
    if (!array) throw new RangeError(`the figure refers to array ${json.$array}, the message has ${arrays.length}`);
    return array;
  }
  if (typeof json.bdata === 'string') return fromBase64(json);
  const out = {};
  for (const key of Object.keys(json)) {
    // Assigning to __proto__ would change the object instead of adding a key.
    if (key !== '__proto__') out[key] = resolve(json[key], arrays);
  }
  return out;
}
