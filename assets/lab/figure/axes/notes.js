// Annotations: where they stand, how they keep apart and out of the way of lines, and their drawing.
import { tickBoxes } from './decor.js';
import { annotationBox, lifted, refPx, titledBox } from '../places.js';
import { drawText } from '../text.js';

// No text is cut by the edge of the figure: it moves inwards instead.
const within = (v, size, room) => Math.max(1, Math.min(room - size - 1, v));

/** Annotations that are in sight: their boxes, the pixel they speak of (px, py) and where their text goes (x, y). */
function placeAnnotations(scene) {
  const out = [];
  for (const an of scene.layout.annotations || []) {
    if (!an || an.visible === false || an.text === undefined || an.text === null) continue;
    const over = titledBox(scene, an);
    const px = (over ? over.x : refPx(scene, an.xref, 'x', an.x, true)) + (an.xshift || 0);
    const py = (over ? over.y : refPx(scene, an.yref, 'y', an.y, true)) - (an.yshift || 0) - lifted(scene, an);
    const axisOf = (ref, letter) => (ref === 'paper' || / domain/.test(ref || '') ? null : scene.axes.get(ref || letter));
    const [xAxis, yAxis] = [axisOf(an.xref, 'x'), axisOf(an.yref, 'y')];
    // An annotation whose point was zoomed away goes with it.
    const gone = (a, v) => a && (v < Math.min(a.from, a.to) - 2 || v > Math.max(a.from, a.to) + 2);
    if (!Number.isFinite(px + py) || gone(xAxis, px) || gone(yAxis, py)) continue;
    out.push({ an, ...annotationBox(scene, an), px, py, x: px, y: py, atValue: Boolean(yAxis), atAxis: Boolean(xAxis || yAxis) });
  }
  for (const p of out) if ((p.an.bgcolor || p.ax > 0) && xIn(p, scene)) keepInside(p, scene);
  stack(out);
  return out;
}

const xIn = (p, scene) => p.atAxis && !p.turned && !p.arrow && scene.axes.get(p.an.xref || 'x');

// Words on a ground, and words left of their point, stay in their panel, off the axis.
function keepInside(p, scene) {
  const axis = scene.axes.get(p.an.xref || 'x');
  const [l, r] = [axis.from + 2 + p.ax * p.w, axis.to - 2 - (1 - p.ax) * p.w];
  if (l <= r) p.x = Math.max(l, Math.min(r, p.x));
}

/** Remarks in one corner of a panel stand under each other, however many lines each has. */
function stack(placed) {
  const corners = new Map();
  for (const p of placed) {
    if (p.arrow || p.turned || !p.box.w || ![p.an.xref, p.an.yref].every((ref) => / domain$/.test(ref || ''))) continue;
    const key = [p.an.xref, p.an.yref, p.an.x, p.an.y].join();
    corners.set(key, [...(corners.get(key) || []), p]);
  }
  for (const list of corners.values()) {
    const down = list[0].ay === 0 ? 1 : -1;
    list.sort((a, b) => down * (a.y - b.y));
    list.forEach((p, i) => {
      const last = list[i - 1];
      if (last) p.y = down * Math.max(down * p.y, down * last.y + 0.92 * last.h);
    });
  }
}

/**
 * Move the direct labels of curves apart, those that begin at the same place: up or down, together as little as can be, in their order.
 * @param {object[]} placed from `placeAnnotations`; their `y` is changed
 * @param {object} scene placed
 */
function keepApart(placed, scene) {
  const columns = new Map();
  for (const p of placed) {
    if (!p.atValue || p.arrow || p.turned || p.ax !== 0 || p.an.bgcolor || !p.box.w) continue;
    const key = `${Math.round(p.px)} ${p.an.yref || 'y'}`;   // of one panel
    columns.set(key, [...(columns.get(key) || []), p]);
  }
  const row = (p) => 0.86 * p.h;   // letters fill less than their line
  const middle = (p) => p.y + (0.5 - p.ay) * p.h;
  for (const column of columns.values()) {
    for (const p of column) p.stays = column.length > 1;
    column.sort((a, b) => middle(a) - middle(b));
    // Less the room that the labels above need, no label may stand above the one before: neighbours in conflict share their mean.
    let above = 0;
    const blocks = [];
    column.forEach((p, i) => {
      above += i ? (row(column[i - 1]) + row(p)) / 2 : 0;
      p.above = above;
      let block = { sum: middle(p) - above, list: [p] };
      while (blocks.length && blocks.at(-1).sum / blocks.at(-1).list.length > block.sum / block.list.length) {
        const last = blocks.pop();
        block = { sum: last.sum + block.sum, list: [...last.list, ...block.list] };
      }
      blocks.push(block);
    });
    // Beside their panel where it is high enough: above it stands its heading, below it are the numbers of the axis.
    const all = (column[0].h + column.at(-1).h) / 2 + above;
    const axis = scene.axes.get(column[0].an.yref || 'y');
    const [top, bottom] = axis.from - axis.to + 8 > all ? [axis.to - 4, axis.from + 4] : [1, scene.h - 1];
    const low = bottom - column.at(-1).h / 2 - above;
    for (const { sum, list } of blocks) {
      const start = Math.max(top + column[0].h / 2, Math.min(low, sum / list.length));
      for (const p of list) p.y = start + p.above - (0.5 - p.ay) * p.h;
    }
  }
}

/** The rectangle of an annotation's letters, moved by (dx, dy). */
function lettersOf(p, scene, dx = 0, dy = 0) {
  const rim = p.box.step * 0.16;
  const l = within(p.x + dx - p.ax * p.w, p.w, scene.w);
  const t = within(p.y + dy - p.ay * p.h, p.h, scene.h);
  return { l: l + p.pad, r: l + p.w - p.pad, t: t + p.pad + rim, b: t + p.h - p.pad - rim };
}

const meet = (a, b) => a.l < b.r && b.l < a.r && a.t < b.b && b.t < a.b;

/** Other places for an annotation, from the nearest: over or under its point, along its level, on the other side. */
function places(p, scene) {
  const flip = p.ay === 1 ? p.h + 3 : p.ay === 0 ? -p.h - 3 : 0;
  const [up, down] = [[0, -0.6 * p.h], [0, 0.6 * p.h]];
  const near = [[0, 0], ...(flip ? [[0, flip]] : [up, down])];
  const level = scene.axes.get(/^(x\d*) domain$/.exec(p.an.xref || '')?.[1]);
  if (level) {
    const way = p.ax === 1 ? -1 : 1;
    for (const share of [0.12, 0.25, 0.4, 0.55, 0.7]) near.push(...[0, flip].map((dy) => [way * share * level.length, dy]));
    return near;
  }
  // Spaces before the words keep them off their point; on its other side that room is wanted, too.
  const gap = (/^\s*/.exec(p.an.text)[0].length + /\s*$/.exec(p.an.text)[0].length) * 0.27 * p.box.size;
  const over = p.ax === 0 ? -p.w - gap : p.ax === 1 ? p.w + gap : 0;
  if (over) near.push([over, 0], [over, flip]);
  for (const k of [1, 1.6]) near.push([0, -k * p.h], [0, k * p.h]);
  for (const k of [0.5, 1, 1.5]) near.push([k * p.w, 0], [-k * p.w, 0]);
  return near;
}

/** The rectangles of bars that no text could be read on. */
function solidBars({ rects, n, spec }) {
  if (!rects || n > 60 || (spec.opacity ?? 1) < 0.6) return [];
  return Array.from({ length: n }, (_, i) => rects.subarray(4 * i, 4 * i + 4)).map(([l, t, w, h]) => ({ l, t, r: l + w, b: t + h }));
}

/**
 * A label that lies on a thick line or on another label goes where nothing is; where it went is remembered, so that it does not
 * jump to and fro. Where there is no free place it stays, with a halo around its letters (crossed).
 */
function giveWay(placed, scene) {
  const free = placed.filter((p) => !p.arrow && !p.turned && !p.an.bgcolor && p.box.w);
  if (!free.length || placed.length > 120) return;
  const others = placed.filter((p) => p.box.w && !p.arrow);
  const numbers = tickBoxes(scene);
  const written = scene.shown.flatMap((t) => t.written || solidBars(t));   // cells with words, bars: nothing moves onto them
  const index = new Map(placed.map((p) => [p, scene.layout.annotations.indexOf(p.an)]));
  for (const q of others) q.letters = lettersOf(q, scene);
  for (const p of free) {
    const axisOf = (ref, letter) => scene.axes.get(String(ref || letter).split(' ')[0]);
    const box = scene.subplots.find((s) => s.x.root === axisOf(p.an.xref, 'x')?.root && s.y.root === axisOf(p.an.yref, 'y')?.root)?.box;
    const stays = p.stays || !p.atAxis || !box || p.px > box.r - 2;
    const blocked = (dx, dy) => {
      const own = lettersOf(p, scene, dx, dy);
      if ((dx || dy) && (own.l < box.l || own.r > box.r || own.t < box.t || own.b > box.b)) return true;
      return others.some((q) => q !== p && meet(own, q.letters)) || numbers.some((n) => meet(own, n)) || ((dx || dy) && written.some((c) => meet(own, c))) || scene.crossed(own);
    };
    if (!stays) {
      const kept = scene.nudges.get(index.get(p)) || 0;
      const list = places(p, scene);
      const order = kept && kept < list.length ? [list[kept], ...list] : list;
      const place = order.find(([dx, dy]) => !blocked(dx, dy));
      if (place) {
        scene.nudges.set(index.get(p), list.indexOf(place));
        p.x += place[0];
        p.y += place[1];
        p.letters = lettersOf(p, scene);
      } else scene.nudges.delete(index.get(p));
    }
    p.crossed = scene.crossed(p.letters);
  }
}

/** All annotations: in their places or, where these are taken, beside them. */
export function drawAnnotations(ctx, scene) {
  const { theme } = scene;
  const placed = placeAnnotations(scene);
  keepApart(placed, scene);
  giveWay(placed, scene);
  for (const { an, box, w, h, ax, ay, turned, arrow, px, py, crossed, ...at } of placed) {
    let { x, y } = at;
    const color = an.font?.color || theme.text;
    ctx.globalAlpha = an.opacity ?? 1;
    if (arrow) {
      const tail = (v, ref, letter, from, by) => (ref && ref !== 'pixel' ? refPx(scene, ref, letter, v, true) : from + (v ?? by) * scene.unit);
      x = tail(an.ax, an.axref, 'x', px, -10);
      y = tail(an.ay, an.ayref, 'y', py, -30);
      if (Math.hypot(x - px, y - py) > 2) drawArrow(ctx, x, y, px, py, an.arrowcolor || color, (an.arrowwidth ?? 1.3) * scene.unit, an.arrowhead !== 0);
    }
    const [l, t] = [within(x - ax * w, w, scene.w), within(y - ay * h, h, scene.h)];
    if (an.bgcolor || an.bordercolor || arrow) {
      ctx.fillStyle = an.bgcolor || theme.solid;
      if (arrow && !an.bgcolor) ctx.globalAlpha *= 0.85;
      if (box.w) ctx.fillRect(l, t, w, h);
      ctx.globalAlpha = an.opacity ?? 1;
      if (an.bordercolor) {
        ctx.strokeStyle = an.bordercolor;
        ctx.lineWidth = (an.borderwidth ?? 1) * scene.unit;
        ctx.strokeRect(l, t, w, h);
      }
    }
    const align = { left: 0, center: 0.5, right: 1 }[an.align] ?? 0.5;
    drawText(ctx, box, l + w / 2, t + h / 2, { ax: 0.5, ay: 0.5, angle: turned ? an.textangle : 0, align, color, halo: crossed ? scene.layout.plot_bgcolor || theme.solid : null });
    ctx.globalAlpha = 1;
  }
}

function drawArrow(ctx, x, y, px, py, color, width, head) {
  const a = Math.atan2(py - y, px - x);
  const size = 4.5 * Math.max(1, width);
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(px - (head ? Math.cos(a) * size : 0), py - (head ? Math.sin(a) * size : 0));
  ctx.stroke();
  if (!head) return;
  ctx.beginPath();
  ctx.moveTo(px, py);
  for (const turn of [2.7, -2.7]) ctx.lineTo(px + size * 1.25 * Math.cos(a + turn), py + size * 1.25 * Math.sin(a + turn));
  ctx.fill();
}
