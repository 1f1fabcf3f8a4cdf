// How long a recorded WebM lasts. A browser that records does not know it beforehand and leaves it out: a player then has no scale to seek on.

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = 0x4489;

/** An element's number (with its marker) or size (without) at a place. @returns {[number, number]} it, and the place behind it */
function vint(bytes, at, marked) {
  const length = Math.clz32(bytes[at]) - 23;
  let value = marked ? bytes[at] : bytes[at] & (0xff >> length);
  for (let i = 1; i < length; i += 1) value = value * 256 + bytes[at + i];
  return [value, at + length];
}

/** Where an element lies among those from `at` on: {head, body, end}; nothing where it is not there. */
function find(bytes, wanted, at, end) {
  let head = at;
  while (head < end) {
    const [id, after] = vint(bytes, head, true);
    const [size, body] = vint(bytes, after, false);
    if (id === wanted) return { head, after, body, end: body + size };
    head = body + size;
  }
  return null;
}

/**
 * The same video with its duration in it; as it is where it says one, or is not what browsers record.
 * @param {ArrayBuffer} buffer a WebM whose segment has no size yet @param {number} ms
 * @returns {ArrayBuffer}
 */
export function timed(buffer, ms) {
  const bytes = new Uint8Array(buffer);
  const segment = find(bytes, SEGMENT, 0, bytes.length);
  const open = segment && bytes[segment.after] === 0x01 && bytes.subarray(segment.after + 1, segment.body).every((byte) => byte === 0xff);
  const info = open && find(bytes, INFO, segment.body, bytes.length);
  if (!info || find(bytes, DURATION, info.body, info.end)) return buffer;
  const added = new DataView(new ArrayBuffer(11)); // number, size 8, a double of milliseconds, which is what such a file counts in
  added.setUint16(0, DURATION);
  added.setUint8(2, 0x88);
  added.setFloat64(3, ms);
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(info.end - info.body + added.byteLength) | (1n << 56n));
  const pieces = [bytes.subarray(0, info.after), new Uint8Array(size.buffer), bytes.subarray(info.body, info.end), new Uint8Array(added.buffer), bytes.subarray(info.end)];
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out.buffer;
}
