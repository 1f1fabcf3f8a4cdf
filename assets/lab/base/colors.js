// Colours: parsing, transparency, and colour scales grown from a few anchor colours.

const probe = (typeof OffscreenCanvas === 'undefined' ? null : new OffscreenCanvas(1, 1))?.getContext('2d');
const parsed = new Map();

/** Trace colours in order; told apart in the common kinds of colour blindness, on light and on dark ground. */
export const COLORWAY = ['#2f7fc1', '#e07b1a', '#1d9a78', '#c4569a', '#8b6fd0', '#b79a12', '#3fb3d3', '#d1495b'];

// Evenly spaced anchors. Greys runs from white to black and RdBu from red to blue, as in plotly for Python.
const ANCHORS = {
  viridis: '440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725',
  cividis: '00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838',
  magma: '000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf',
  plasma: '0d0887 46039f 7201a8 9c179e bd3786 d8576b ed7953 fb9f3a fdca26 f0f921',
  rdbu: '67001f b2182b d6604d f4a582 fddbc7 f7f7f7 d1e5f0 92c5de 4393c3 2166ac 053061',
  blues: 'f7fbff c6dbef 6baed6 2171b5 08306b',
  reds: 'fff5f0 fcbba1 fb6a4a cb181d 67000d',
  greys: 'ffffff 000000',
  gray: '000000 ffffff',
};

/**
 * The parts of a CSS colour, 0..255 and alpha 0..1. The canvas does the parsing; what it cannot read is grey.
 * @param {string} color
 * @returns {[number, number, number, number]}
 */
export function rgba(color) {
  let hit = parsed.get(color);
  if (hit) return hit;
  probe.fillStyle = '#888888';
  probe.fillStyle = color;
  const text = probe.fillStyle;
  if (text[0] === '#') hit = [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16)).concat(1);
  else hit = (text.match(/[\d.]+/g) || [136, 136, 136, 1]).map(Number);
  if (parsed.size > 4000) parsed.clear();
  parsed.set(color, hit);
  return hit;
}

/** The same colour with its alpha multiplied by `f`. */
export function fade(color, f) {
  const [r, g, b, a] = rgba(color);
  return `rgba(${r},${g},${b},${+(a * f).toFixed(3)})`;
}

/** Colour `b` laid over colour `a` with strength `t` (0..1), opaque. */
export function mix(a, b, t) {
  const [p, q] = [rgba(a), rgba(b)];
  return `rgb(${[0, 1, 2].map((i) => Math.round(p[i] + (q[i] - p[i]) * t)).join(',')})`;
}

/** Black or white, whichever is read better on a colour. */
export function inkOn(color, ground = [255, 255, 255]) {
  const [r, g, b, a] = rgba(color);
  const over = [r, g, b].map((v, i) => v * a + ground[i] * (1 - a));
  const [R, G, B] = over.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  // Where both contrasts (WCAG 2) are equal the luminance is 0.179.
  return 0.2126 * R + 0.7152 * G + 0.0722 * B > 0.179 ? '#16181d' : '#ffffff';
}

function stops(scale) {
  if (Array.isArray(scale) && scale.length) {
    const at = (i) => i / Math.max(1, scale.length - 1);
    return scale.map((s, i) => (Array.isArray(s) ? [+s[0], rgba(s[1])] : [at(i), rgba(s)]));
  }
  const name = typeof scale === 'string' ? scale.toLowerCase() : 'viridis';
  const list = (ANCHORS[name.replace(/_r$/, '')] || ANCHORS.viridis).split(' ').map((c) => rgba(`#${c}`));
  if (name.endsWith('_r')) list.reverse();
  return list.map((c, i) => [i / (list.length - 1), c]);
}

const tables = new Map();

/**
 * 256 colours of a scale.
 * @param {string|Array} scale a name (Viridis, Cividis, Greys, gray, RdBu, Magma, ...; `_r` reverses) or [[position, colour], ...]
 * @param {boolean} [reverse]
 * @returns {{words: Uint32Array, css: string[]}} words: as in ImageData (red in the lowest byte)
 */
export function table(scale, reverse = false) {
  const key = `${reverse}${typeof scale === 'string' ? scale : JSON.stringify(scale)}`;
  let hit = tables.get(key);
  if (hit) return hit;
  const list = stops(scale);
  hit = { words: new Uint32Array(256), css: [] };
  let k = 0;
  for (let i = 0; i < 256; i++) {
    const t = reverse ? 1 - i / 255 : i / 255;
    if (reverse) k = 0;
    while (k < list.length - 2 && t > list[k + 1][0]) k++;
    const [p, a] = list[k];
    const [q, b] = list[Math.min(k + 1, list.length - 1)];
    const f = q > p ? Math.min(1, Math.max(0, (t - p) / (q - p))) : 0;
    const c = [0, 1, 2, 3].map((j) => a[j] + (b[j] - a[j]) * f);
    const [r, g, bl] = c.map(Math.round);
    hit.words[i] = (Math.round(c[3] * 255) << 24 | bl << 16 | g << 8 | r) >>> 0;
    hit.css.push(`rgba(${r},${g},${bl},${+c[3].toFixed(3)})`);
  }
  if (tables.size > 60) tables.clear();
  tables.set(key, hit);
  return hit;
}
