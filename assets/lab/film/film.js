// Pictures one after the other as a short WebM video for slides. The browser itself records what is drawn on a canvas.

import { Figure } from '../figure/figure.js';

const [WIDTH, HEIGHT] = [1280, 720];
const HEAD = 62; // pixels above the pictures: the title, and where in the run one is
const LINE = 34; // above each picture: its own title
const EDGE = 18;
const MOST = 90; // pictures
const LONGEST_MS = 9000; // of all of them
const SLOWEST_MS = 250; // of one
const HOLD_MS = 800; // the last one stands
const BITS = 6_000_000; // a second
const HIDDEN_MS = 300; // a page that is not looked at draws nothing: no frame is waited for longer
const KINDS = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];

/** What this browser calls the video that it can record; nothing where it cannot. */
export function recordable() {
  if (!globalThis.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return '';
  return KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? '';
}

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
const frame = () => Promise.race([new Promise((done) => { requestAnimationFrame(done); }), wait(HIDDEN_MS)]);

/** At most `most` of `count` places, evenly, the first and the last among them. */
export function spread(count, most) {
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, i) => (shown > 1 ? Math.round((i * (count - 1)) / (shown - 1)) : count - 1));
}

/** The canvas of a video, and a figure out of sight for each of its pictures. */
class Sheet {
  constructor({ title, panels, colors }) {
    Object.assign(this, { title, panels, colors });
    this.canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
    this.ctx = this.canvas.getContext('2d');
    const across = Math.ceil(Math.sqrt(panels.length));
    const down = Math.ceil(panels.length / across);
    const [wide, tall] = [(WIDTH - EDGE * (across + 1)) / across, (HEIGHT - HEAD - EDGE) / down];
    this.aside = document.createElement('div');
    Object.assign(this.aside.style, { position: 'fixed', left: '-9999px', top: '0', pointerEvents: 'none' });
    this.aside.setAttribute('aria-hidden', 'true');
    this.aside.inert = true;
    document.body.append(this.aside);
    this.places = panels.map((panel, i) => {
      const element = document.createElement('div');
      const [w, h] = [Math.floor(wide), Math.floor(tall - LINE)];
      Object.assign(element.style, { position: 'relative', width: `${w}px`, height: `${h}px` });
      this.aside.append(element);
      const row = Math.floor(i / across);
      return { panel, element, figure: new Figure(element), w, h, left: EDGE + (i % across) * (wide + EDGE), top: HEAD + row * tall };
    });
  }

  /** Have all pictures of a moment drawn, out of sight. */
  async ready(moment) {
    await Promise.all(this.places.map(async (place) => {
      const picture = await place.panel.figure(moment);
      place.there = Boolean(picture);
      if (!picture) return;
      const { drawCount } = place.figure;
      place.figure.update(picture, { theme: this.colors });
      for (let tries = 0; tries < 3 && place.figure.drawCount === drawCount; tries += 1) await frame();
    }));
    this.text = moment.text;
  }

  /** Put them on the canvas, below the title. */
  paint() {
    const { ctx, text, colors: { background, text: ink, font = 'system-ui, sans-serif' } } = this;
    ctx.fillStyle = background || '#ffffff';
    ctx.fillRect(0, 0, WIDTH, HEIGHT);
    ctx.fillStyle = ink || '#26282d';
    ctx.textBaseline = 'middle';
    const write = (words, weight, size, x, y, align, room) => {
      ctx.font = `${weight} ${size}px ${font}`;
      ctx.textAlign = align;
      ctx.fillText(words, x, y, room);
    };
    write(text, 400, 24, WIDTH - EDGE, HEAD / 2, 'right', WIDTH / 3);
    write(this.title, 600, 26, EDGE, HEAD / 2, 'left', WIDTH - ctx.measureText(text).width - 4 * EDGE);
    for (const { panel, element, w, h, left, top, there } of this.places) {
      write(panel.title, 500, 18, left, top + LINE / 2, 'left', w);
      if (there) for (const layer of element.querySelectorAll('canvas')) if (layer.width) ctx.drawImage(layer, left, top + LINE, w, h);
    }
  }

  close() {
    for (const { figure } of this.places) figure.destroy();
    this.aside.remove();
  }
}

/**
 * Record a video.
 * @param {{title: string, moments: {text: string}[], panels: {title: string, figure: (moment: object) => Promise<?object>}[], colors: object, slowest?: number}} what
 *   the moments in their order; of each panel its picture at a moment; what figures take as a theme; milliseconds of one at most
 * @param {(done: number, total: number) => void} [told]
 * @returns {Promise<Blob>} rejects where the browser cannot record
 */
export async function film({ title, moments, panels, colors, slowest = SLOWEST_MS }, told = () => {}) {
  const mimeType = recordable();
  if (!mimeType || !moments.length) throw new Error('MediaRecorder');
  const shown = spread(moments.length, MOST).map((place) => moments[place]);
  const each = Math.min(slowest, LONGEST_MS / shown.length);
  const sheet = new Sheet({ title, panels, colors });
  try {
    const stream = sheet.canvas.captureStream(0);
    const [track] = stream.getVideoTracks();
    const take = () => { // what is not painted anew is not recorded
      sheet.paint();
      track.requestFrame();
    };
    const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const ended = new Promise((done, failed) => {
      recorder.onstop = done;
      recorder.onerror = ({ error }) => failed(error);
    });
    await sheet.ready(shown[0]);
    recorder.start();
    const begun = performance.now();
    for (const [i, moment] of shown.entries()) {
      if (i) await sheet.ready(moment);
      await wait(Math.max(0, begun + i * each - performance.now())); // real time is what is recorded
      take();
      told(i + 1, shown.length);
    }
    await wait(each + HOLD_MS);
    take();
    await wait(each);
    recorder.stop();
    await ended;
    track.stop();
    return new Blob(pieces, { type: 'video/webm' });
  } finally {
    sheet.close();
  }
}
