// A figure as an SVG document: a drawing context that writes down what the renderer draws, as shapes and as text.
//
// It knows the part of CanvasRenderingContext2D that this folder uses, no more (a missing method is an error, never a
// picture with a hole). A path is taken under the transformation that is in force when it is filled or stroked.
import { rgba } from '../base/colors.js';

const TAU = 2 * Math.PI;
const STATE = {
  fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, lineJoin: 'miter', lineCap: 'butt', globalAlpha: 1,
  font: '10px sans-serif', textAlign: 'left', textBaseline: 'alphabetic', imageSmoothingEnabled: true,
  dash: [], matrix: [1, 0, 0, 1, 0, 0], groups: 0,
};
// What XML cannot hold at all, not even escaped.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(FORBIDDEN, '').replace(/[&<>"]/g, (c) => ESCAPES[c]);
const short = (v) => String(Math.round(v * 100) / 100);
const hex = (channels) => `#${channels.map((c) => Math.round(c).toString(16).padStart(2, '0')).join('')}`;

function attributes(values) {
  return Object.entries(values).filter(([, v]) => v !== null && v !== undefined).map(([name, v]) => ` ${name}="${escape(v)}"`).join('');
}

/** A colour that changes along a line; SVG's own, so that a colour bar stays one shape. */
class Gradient {
  constructor(...line) {
    this.line = line;
    this.stops = [];
  }

  addColorStop(offset, color) {
    const [r, g, b, a] = rgba(color);
    this.stops.push(`<stop${attributes({ offset: short(offset * 100) + '%', 'stop-color': hex([r, g, b]), 'stop-opacity': a < 1 ? a : null })}/>`);
  }
}

/** A context for one sheet. `svg(title)` gives what was drawn on it. */
export class SvgContext {
  /** Markers are to be shapes, however many; the renderer may otherwise paint a cloud into one image. */
  vector = true;

  #size;
  #body = [];
  #defs = [];
  #shades = new Map();
  #stack = [];
  #path = '';
  #measure = new OffscreenCanvas(1, 1).getContext('2d');

  /** @param {string} [prefix] before the names of what is defined, which must differ between the parts of one document */
  constructor(width, height, prefix = '') {
    this.#size = [width, height];
    this.prefix = prefix;
    Object.assign(this, STATE);
  }

  save() {
    this.#stack.push(Object.fromEntries(Object.keys(STATE).map((key) => [key, this[key]])));
  }

  restore() {
    const before = this.#stack.pop();
    if (!before) return;
    for (; this.groups > before.groups; this.groups--) this.#body.push('</g>');
    Object.assign(this, before);
  }

  #turn(a, b, c, d, e, f) {
    const [m0, m1, m2, m3, m4, m5] = this.matrix;
    this.matrix = [m0 * a + m2 * b, m1 * a + m3 * b, m0 * c + m2 * d, m1 * c + m3 * d, m0 * e + m2 * f + m4, m1 * e + m3 * f + m5];
  }

  translate(x, y) { this.#turn(1, 0, 0, 1, x, y); }

  scale(x, y) { this.#turn(x, 0, 0, y, 0, 0); }

  rotate(angle) { this.#turn(Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0); }

  setLineDash(list) { this.dash = [...list]; }

  // --- paths: places that are no numbers are left out, as on a canvas

  beginPath() { this.#path = ''; }

  #to(letter, ...places) {
    if (places.every(Number.isFinite)) this.#path += letter + places.map(short).join(' ');
  }

  moveTo(x, y) { this.#to('M', x, y); }

  lineTo(x, y) { this.#to(this.#path ? 'L' : 'M', x, y); }

  closePath() { if (this.#path) this.#path += 'Z'; }

  rect(x, y, w, h) {
    if (![x, y, w, h].every(Number.isFinite)) return;
    this.#to('M', x, y);
    this.#path += `h${short(w)}v${short(h)}h${short(-w)}Z`;
  }

  arc(x, y, r, from, to) { this.ellipse(x, y, r, r, 0, from, to); }

  ellipse(x, y, rx, ry, turned, from, to) {
    if (![x, y, rx, ry, turned, from, to].every(Number.isFinite)) return;
    const at = (angle) => {
      const [u, v] = [rx * Math.cos(angle), ry * Math.sin(angle)];
      return [x + u * Math.cos(turned) - v * Math.sin(turned), y + u * Math.sin(turned) + v * Math.cos(turned)];
    };
    // An arc of SVG must end elsewhere than it began: a whole turn takes two.
    const ends = Math.abs(to - from) >= TAU - 1e-9 ? [from + Math.PI, from + TAU] : [to];
    this.lineTo(...at(from));
    let before = from;
    for (const end of ends) {
      const flags = `${Math.abs(end - before) > Math.PI + 1e-9 ? 1 : 0} ${end > before ? 1 : 0}`;
      this.#path += `A${short(rx)} ${short(ry)} ${short((turned * 360) / TAU)} ${flags} ${at(end).map(short).join(' ')}`;
      before = end;
    }
  }

  clip() {
    this.#defs.push(`<clipPath id="${this.prefix}clip${this.#defs.length}"><path${attributes({ d: this.#path || 'M0 0', transform: this.#transform() })}/></clipPath>`);
    this.#body.push(`<g clip-path="url(#${this.prefix}clip${this.#defs.length - 1})">`);
    this.groups += 1;
  }

  // --- shapes

  #transform() {
    return this.matrix.every((v, i) => v === STATE.matrix[i]) ? null : `matrix(${this.matrix.map((v) => +v.toFixed(6)).join(' ')})`;
  }

  #paint(style, kind) {
    if (!(style instanceof Gradient)) {
      const [r, g, b, a] = rgba(style);
      return { [kind]: hex([r, g, b]), [`${kind}-opacity`]: a < 1 ? a : null };
    }
    let name = this.#shades.get(style);
    if (!name) {
      this.#shades.set(style, name = `${this.prefix}shade${this.#defs.length}`);
      const [x1, y1, x2, y2] = style.line.map(short);
      this.#defs.push(`<linearGradient${attributes({ id: name, gradientUnits: 'userSpaceOnUse', x1, y1, x2, y2 })}>${style.stops.join('')}</linearGradient>`);
    }
    return { [kind]: `url(#${name})` };
  }

  #put(tag, values, content) {
    const opacity = this.globalAlpha < 1 ? +this.globalAlpha.toFixed(4) : null;
    const text = attributes({ ...values, opacity, transform: this.#transform() });
    if (opacity !== 0) this.#body.push(content === undefined ? `<${tag}${text}/>` : `<${tag}${text}>${escape(content)}</${tag}>`);
  }

  #pen() {
    return {
      fill: 'none', ...this.#paint(this.strokeStyle, 'stroke'), 'stroke-width': short(this.lineWidth),
      'stroke-linejoin': this.lineJoin === 'miter' ? null : this.lineJoin,
      'stroke-linecap': this.lineCap === 'butt' ? null : this.lineCap,
      'stroke-dasharray': this.dash.length ? this.dash.map(short).join(' ') : null,
    };
  }

  fill() { if (this.#path) this.#put('path', { d: this.#path, ...this.#paint(this.fillStyle, 'fill') }); }

  stroke() { if (this.#path) this.#put('path', { d: this.#path, ...this.#pen() }); }

  #box(x, y, w, h, how) {
    if (![x, y, w, h].every(Number.isFinite)) return;
    const [left, top, width, height] = [Math.min(x, x + w), Math.min(y, y + h), Math.abs(w), Math.abs(h)].map(short);
    this.#put('rect', { x: left, y: top, width, height, ...how });
  }

  fillRect(x, y, w, h) { this.#box(x, y, w, h, this.#paint(this.fillStyle, 'fill')); }

  strokeRect(x, y, w, h) { this.#box(x, y, w, h, this.#pen()); }

  createLinearGradient(...line) { return new Gradient(...line); }

  // --- text and images

  measureText(text) {
    this.#measure.font = this.font;
    return this.#measure.measureText(text);
  }

  fillText(text, x, y) { this.#letters(text, x, y, this.#paint(this.fillStyle, 'fill')); }

  strokeText(text, x, y) { this.#letters(text, x, y, this.#pen()); }

  #letters(text, x, y, how) {
    const face = /^(italic )?(\d+ )?([\d.]+)px (.+)$/.exec(this.font);
    if (!face) throw new TypeError(`a font that is not of the renderer's form: ${this.font}`);
    this.#put('text', {
      x: short(x), y: short(y), 'font-family': face[4], 'font-size': short(+face[3]), 'font-weight': face[2]?.trim() ?? null,
      'font-style': face[1] ? 'italic' : null, 'xml:space': 'preserve', ...how,
    }, text);
  }

  /** Texts are already written one by one. */
  textBox() {}

  /** An image becomes a PNG inside the document, cell for cell. */
  drawImage(image, ...at) {
    const crop = at.length === 8 ? at.slice(0, 4) : [0, 0, image.width, image.height];
    const [x, y, width = image.width, height = image.height] = at.length === 8 ? at.slice(4) : at;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = crop.slice(2);
    copy.getContext('2d').drawImage(image, ...crop, 0, 0, copy.width, copy.height);
    this.#put('image', {
      x: short(x), y: short(y), width: short(width), height: short(height), preserveAspectRatio: 'none',
      style: this.imageSmoothingEnabled ? null : 'image-rendering:pixelated', href: copy.toDataURL('image/png'),
    });
  }

  /** The document. */
  svg(title = '') {
    const [width, height] = this.#size.map(short);
    return asDocument(width, height, title, this.content());
  }

  /** What was drawn, without the element around it. */
  content() {
    return `<defs>${this.#defs.join('')}</defs>\n${this.#body.join('\n')}${'</g>'.repeat(this.groups)}`;
  }

  /** The same as a part of a larger document, at that place. */
  part(left, top) {
    const [width, height] = this.#size.map(short);
    return `<svg${attributes({ x: short(left), y: short(top), width, height, viewBox: `0 0 ${width} ${height}` })}>\n${this.content()}\n</svg>`;
  }

  get width() {
    return this.#size[0];
  }

  get height() {
    return this.#size[1];
  }
}

/** A whole SVG document. */
function asDocument(width, height, title, content) {
  const head = attributes({ xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg${head}>\n<title>${escape(title)}</title>\n${content}\n</svg>\n`;
}

/** A figure drawn on a sheet of its own; null while it shows nothing. */
function drawn(figure, ground, prefix = '') {
  let sheet = null;
  figure.paintOn((width, height) => {
    sheet = new SvgContext(width, height, prefix);
    sheet.fillStyle = ground;
    sheet.fillRect(0, 0, width, height);
    return sheet;
  });
  return sheet;
}

/**
 * The picture that a figure shows, as an SVG document of the figure's size.
 * @param {import('./figure.js').Figure} figure
 * @param {{title?: string, ground?: string}} [how] what the picture shows, in words; the colour of the page under it
 * @returns {string|null} null while the figure shows nothing
 */
export function toSvg(figure, { title = '', ground = '#fff' } = {}) {
  return drawn(figure, ground)?.svg(title) ?? null;
}

/**
 * The pictures of two arms side by side, as one SVG document; above each a strip of its arm's colour, and its name.
 * @param {import('./figure.js').Figure[]} figures
 * @param {{title?: string, ground?: string, strips: {color: string, name: string}[], strip: {bar: number, height: number, font: string}}} how
 *   as for one figure; each arm's colour and name, and the sizes of both
 * @returns {string|null} null while one of them shows nothing
 */
export function toSvgBeside(figures, { title = '', ground = '#fff', strips, strip }) {
  const sheets = figures.map((figure, index) => drawn(figure, ground, `part${index}-`));
  if (!sheets.every(Boolean)) return null;
  let left = 0;
  const parts = sheets.map((sheet, index) => {
    const { color, name } = strips[index];
    const bar = `<rect${attributes({ x: short(left), y: 0, width: short(sheet.width), height: strip.bar, fill: color })}/>`;
    const words = `<text${attributes({ x: short(left + 4), y: strip.height - 7, fill: color, style: `font: ${strip.font}` })}>${escape(name)}</text>`;
    const text = `${bar}${words}${sheet.part(left, strip.height)}`;
    left += sheet.width;
    return text;
  });
  const height = strip.height + Math.max(...sheets.map((sheet) => sheet.height));
  return asDocument(short(left), short(height), title, parts.join('\n'));
}
