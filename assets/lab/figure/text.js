// Text on the canvas: a small markup (<br> <b> <i> <sub> <sup> <span style="color:...">), measured once and kept.
// Text goes to fillText only; a tag that is not in the list is drawn as the characters it is made of. What a person wrote comes
// with & and < as entities, which are read once: their own "<b>" and "&lt;" are shown as they were typed.

const TAG = /<(\/?)(br|b|i|em|strong|sub|sup|span)\b([^<>]*)>/gi;
const COLOR = /(?:^|[;"'\s])color\s*:\s*([^;"']+)/i;
const ENTITY = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };
const unescape = (s) => s.replace(/&(lt|gt|amp);/g, (e) => ENTITY[e]);

/** The text without its markup; <br> becomes a line break. */
export function plain(text) {
  return unescape(String(text ?? '').replace(TAG, (m, close, tag) => (tag.toLowerCase() === 'br' ? '\n' : '')));
}

function parse(text) {
  const lines = [[]];
  const style = { bold: 0, italic: 0, sub: 0, sup: 0, color: null };
  const outer = [];   // colours around the open spans
  const push = (s) => {
    unescape(s).split('\n').forEach((part, i) => {
      if (i) lines.push([]);
      if (part) lines[lines.length - 1].push({ text: part, ...style });
    });
  };
  let from = 0;
  for (const m of text.matchAll(TAG)) {
    push(text.slice(from, m.index));
    from = m.index + m[0].length;
    const tag = m[2].toLowerCase();
    const step = m[1] ? -1 : 1;
    if (tag === 'br') lines.push([]);
    else if (tag === 'b' || tag === 'strong') style.bold += step;
    else if (tag === 'i' || tag === 'em') style.italic += step;
    else if (tag !== 'span') style[tag] += step;
    else if (m[1]) style.color = outer.pop() ?? null;
    else {
      outer.push(style.color);
      style.color = COLOR.exec(m[3])?.[1].trim() || style.color;
    }
  }
  push(text.slice(from));
  return lines;
}

const kept = new Map();

/**
 * Lay out a text.
 * @param {CanvasRenderingContext2D} ctx used for measuring
 * @param {string} text
 * @param {{family: string, size: number, bold?: boolean}} font
 * @returns {{w: number, h: number, step: number, size: number, lines: Array}}
 */
export function measure(ctx, text, font) {
  const key = `${font.size}|${font.bold ? 1 : 0}|${font.family}|${text}`;
  let out = kept.get(key);
  if (out) return out;
  const step = font.size * 1.25;
  out = { w: 0, h: 0, step, size: font.size, lines: [] };
  for (const runs of parse(String(text ?? ''))) {
    const line = { w: 0, runs: [] };
    for (const r of runs) {
      const small = r.sub > 0 || r.sup > 0;
      const size = small ? font.size * 0.72 : font.size;
      const face = `${r.italic > 0 ? 'italic ' : ''}${font.bold || r.bold > 0 ? '600 ' : ''}${size}px ${font.family}`;
      ctx.font = face;
      line.runs.push({ text: r.text, face, color: r.color, x: line.w, y: r.sup > 0 ? -0.38 * font.size : r.sub > 0 ? 0.2 * font.size : 0 });
      line.w += ctx.measureText(r.text).width;
    }
    out.w = Math.max(out.w, line.w);
    out.lines.push(line);
  }
  out.h = out.lines.length * step;
  if (kept.size > 3000) kept.clear();
  kept.set(key, out);
  return out;
}

// Where a text may be broken: after spaces, and between the characters of scripts without spaces.
const PIECES = /<[^>]*>|[\u3000-\u9fff\uff00-\uffef]|[^\s<\u3000-\u9fff\uff00-\uffef]+\s*|\s+|</g;
const CLOSING = /^[\u3001\u3002\u300b\u300d\uff01\uff09\uff0c\uff1a\uff1b\uff1f]/;   // never begins a line

/**
 * Lay out a text so that it is no wider than its room: a little smaller first, then in several lines.
 * @param {{family: string, size: number, bold?: boolean}} font
 * @param {number} room pixels
 */
export function fitted(ctx, text, font, room) {
  const whole = measure(ctx, text, font);
  if (whole.w <= room || !(room > 0)) return whole;
  const size = Math.max(11, Math.min(font.size, font.size * 0.86));
  const smaller = measure(ctx, text, { ...font, size });
  if (smaller.w <= room) return smaller;
  const key = `${size}|${font.bold ? 1 : 0}|${font.family}|${Math.round(room)}|fit|${text}`;
  let out = kept.get(key);
  if (out) return out;
  let [done, line] = ['', ''];
  const widthOf = (words) => measure(ctx, words.trimEnd(), { ...font, size }).w;
  for (const [piece] of String(text).matchAll(PIECES)) {
    if (/^<br/i.test(piece)) { done += line + piece; line = ''; continue; }
    if (plain(line).trim() && plain(piece).trim() && !CLOSING.test(piece) && widthOf(line + piece) > room) {
      done += `${line.trimEnd()}<br>`;
      line = '';
    }
    line += piece;
  }
  out = measure(ctx, done + line, { ...font, size });
  kept.set(key, out);
  return out;
}

/** Forget all measurements: a web font has arrived, widths are no longer true. */
export function forgetMeasures() {
  kept.clear();
}

/**
 * Draw a laid-out text with its box anchored at (x, y).
 * @param {object} box from `measure`
 * @param {{ax?: number, ay?: number, angle?: number, align?: number, color: string}} how
 *   ax, ay: which point of the box is at (x, y), 0..1 from the left and the top; angle in degrees; align of lines 0..1;
 *   halo: a colour around the letters that keeps lines under the text away from them
 */
export function drawText(ctx, box, x, y, { ax = 0, ay = 0.5, angle = 0, align = ax, color, halo = null }) {
  ctx.fillStyle = color;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  if (angle) {
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate((angle * Math.PI) / 180);
    x = 0;
    y = 0;
  }
  const left = x - ax * box.w;
  ctx.textBox?.(box, left, y - ay * box.h, Boolean(halo));   // a context that keeps an account of texts (boxes.js) is told
  let base = y - ay * box.h + box.step / 2 + box.size * 0.35;
  for (const line of box.lines) {
    const from = left + (box.w - line.w) * align;
    for (const run of line.runs) {
      ctx.font = run.face;   // the browser knows at once that it is the same; to ask it first costs more
      if (halo) {
        Object.assign(ctx, { strokeStyle: halo, lineWidth: box.size * 0.36, lineJoin: 'round' });
        ctx.strokeText(run.text, from + run.x, base + run.y);
      }
      if (run.color) ctx.fillStyle = run.color;
      ctx.fillText(run.text, from + run.x, base + run.y);
      if (run.color) ctx.fillStyle = color;
    }
    base += box.step;
  }
  if (angle) ctx.restore();
}
