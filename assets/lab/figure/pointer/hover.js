// What is under the pointer, and what to say about it.
import { column } from '../axes/axes.js';
import { heightAt } from '../marks/contour.js';
import { cellAt } from '../marks/raster.js';
import { spaceAt } from '../space.js';
import { hitSpace } from '../marks/surface.js';
import { plain } from '../text.js';
import { brief, format } from '../axes/ticks.js';

const pick = (v, i) => (column(v) ? v[i] : v);
const quiet = (t) => t.spec.hoverinfo === 'skip' || t.spec.hoverinfo === 'none';

/** The subplot whose box holds a pixel; of overlaid ones the first. */
export function subplotAt(scene, px, py, slack = 0) {
  return scene.subplots.find(({ box }) => px >= box.l - slack && px <= box.r + slack && py >= box.t - slack && py <= box.b + slack) || null;
}

const barCentre = (t, i) => [t.rects[4 * i] + t.rects[4 * i + 2] / 2, t.rects[4 * i + 1]];

function barAt(t, px, py) {
  if (!t.rects) return -1;
  for (let i = 0; i < t.n; i++) {
    const [x, y, w, h] = t.rects.subarray(4 * i, 4 * i + 4);
    // Low bars are hard to hit: their column counts, a few pixels about them.
    if (px >= x - 1 && px <= x + w + 1 && py >= y - 6 && py <= y + h + 6) return i;
  }
  return -1;
}

/**
 * The nearest point of the traces under a pixel.
 * @param {(t: object) => boolean} [only] which traces count
 * @returns {{t: object, i: number, px: number, py: number, distance: number}|null}
 */
export function nearest(scene, px, py, reach = 22, only = (t) => !quiet(t)) {
  let best = null;
  for (const t of scene.shown) {
    const { box } = t.sub;
    if (!only(t) || px < box.l - 4 || px > box.r + 4 || py < box.t - 4 || py > box.b + 4) continue;
    if (t.kind === 'bar') {
      const i = barAt(t, px, py);
      if (i >= 0) best = { t, i, px: barCentre(t, i)[0], py: barCentre(t, i)[1], distance: 0 };
    } else if (t.kind === 'scatter') {
      const [kx, ky] = [t.x.scale, t.y.scale];
      for (let i = 0; i < t.n; i++) {
        const dx = t.x.from + (t.u[i] - t.x.range[0]) * kx - px;
        const dy = t.y.from + (t.v[i] - t.y.range[0]) * ky - py;
        const distance = Math.hypot(dx, dy);
        if (distance <= (best ? best.distance : reach)) best = { t, i, px: px + dx, py: py + dy, distance };
      }
    }
  }
  return best;
}

/** The cell of a heat map under a pixel, of the traces that count; the topmost one. */
export function cellUnder(scene, px, py, only = () => true) {
  const sub = subplotAt(scene, px, py);
  for (const t of sub ? [...sub.traces].reverse() : []) {
    const cell = t.kind === 'heatmap' && only(t) && cellAt(t, t.x.at(px), t.y.at(py));
    if (cell) return { t, ...cell };
  }
  return null;
}

// On a line the eye follows x: the point with the nearest x counts even if it is far in y.
function alongX(scene, sub, px) {
  const rows = [];
  for (const t of sub.traces) {
    if (quiet(t) || t.kind !== 'scatter') continue;
    let [best, gap] = [-1, 30];
    for (let i = 0; i < t.n; i++) {
      const d = Math.abs(t.x.px(t.u[i]) - px);
      if (d < gap && t.v[i] === t.v[i]) [best, gap] = [i, d];
    }
    if (best >= 0) rows.push({ t, i: best });
  }
  return rows;
}

function fields(t, i) {
  const { spec } = t;
  const value = (axis, u) => axis.value(u);
  const base = { text: pick(spec.text, i), hovertext: pick(spec.hovertext, i), customdata: pick(spec.customdata, i), name: t.name };
  if (t.kind === 'bar') {
    return { ...base, x: t.horizontal ? value(t.x, t.v1[i]) : value(t.x, t.u[i]), y: t.horizontal ? value(t.y, t.v[i]) : value(t.y, t.v1[i]) };
  }
  return { ...base, x: value(t.x, t.u[i]), y: value(t.y, t.v[i]) };
}

const label = (axis) => plain(typeof axis.opt.title === 'string' ? axis.opt.title : axis.opt.title?.text || axis.letter);
const shown = (v, axis) => (typeof v === 'number' ? (axis?.opt.hoverformat && format(v, axis.opt.hoverformat)) || brief(v) : plain(v));

// The part of plotly's templates in common use: %{x}, %{y:.2f}, %{customdata[0]}, <extra></extra>.
function filled(template, values) {
  return plain(String(template).replace(/<extra>[\s\S]*?<\/extra>/g, '').replace(/%\{([\w.]+)(?:\[(\d+)\])?(?::([^}]*))?\}/g, (m, key, at, spec) => {
    let v = values[key];
    if (at !== undefined) v = v?.[+at];
    if (v === undefined || v === null) return '';
    return typeof v === 'number' ? (spec && format(v, spec)) || brief(v) : String(v);
  }));
}

function describe(t, i) {
  const { spec } = t;
  const f = fields(t, i);
  const template = pick(spec.hovertemplate, i);
  if (template) return filled(template, f);
  const said = f.hovertext ?? f.text;
  const where = `${label(t.x)} ${shown(f.x, t.x)}\n${label(t.y)} ${shown(f.y, t.y)}`;
  const parts = [t.name && t.name !== said ? plain(t.name) : '', said !== undefined && said !== null && said !== '' ? plain(said) : '', where];
  if (spec.hoverinfo === 'text') return parts[1] || parts[0];
  const bar = t.marker?.colorbar?.title;
  const shade = plain(typeof bar === 'string' ? bar : bar?.text);
  const color = shade && column(t.marker.color) && typeof t.marker.color[i] === 'number' ? `\n${shade} ${brief(t.marker.color[i])}` : '';
  return parts.filter(Boolean).join('\n') + color;
}

function describeCell(scene, sub, px, py) {
  for (const t of [...sub.traces].reverse()) {
    if (!quiet(t) && t.kind === 'contour') {
      const [u, v] = [t.x.at(px), t.y.at(py)];
      const z = heightAt(t, u, v);
      const f = { x: t.x.value(u), y: t.y.value(v), z };
      if (z === z) return t.spec.hovertemplate ? filled(t.spec.hovertemplate, f) : told(t, f);
      continue;
    }
    if (quiet(t) || (t.kind !== 'heatmap' && t.kind !== 'image')) continue;
    const cell = cellAt(t, t.x.at(px), t.y.at(py));
    if (!cell) continue;
    const { values, depth } = t.grid;
    const z = depth ? Array.from(values.subarray ? values.subarray(cell.k * depth, (cell.k + 1) * depth) : values.slice(cell.k * depth, (cell.k + 1) * depth)).join(', ') : values[cell.k];
    if (z !== z) continue;
    const middle = (edges, k, axis) => axis.value((edges[k] + edges[k + 1]) / 2);
    const f = { x: middle(t.ue, cell.j, t.x), y: middle(t.ve, cell.i, t.y), z, text: t.spec.text?.[cell.i]?.[cell.j], customdata: t.spec.customdata?.[cell.i]?.[cell.j] };
    if (t.spec.hovertemplate) return filled(t.spec.hovertemplate, f);
    return told(t, f, t.spec.hovertext?.[cell.i]?.[cell.j] ?? f.text);
  }
  return null;
}

// A place and its value in plain words, one a line.
function told(t, f, said) {
  const title = t.spec.colorbar?.title;
  const name = plain(typeof title === 'string' ? title : title?.text) || 'z';
  return [t.name && plain(t.name), said && plain(said), `${label(t.x)} ${shown(f.x, t.x)}`, `${label(t.y)} ${shown(f.y, t.y)}`, `${name} ${shown(f.z)}`].filter(Boolean).join('\n');
}

// A place in space: its name, x, y, z and, where colours mean something else, their value.
function describePlace(space, hit) {
  if (!hit) return null;
  const { t, i, px, py, place: [x, y, z], shade } = hit;
  const base = { x, y, z, surfacecolor: shade, text: pick(t.spec.text, i), customdata: pick(t.spec.customdata, i), name: t.name };
  if (t.spec.hovertemplate) return { text: filled(pick(t.spec.hovertemplate, i), base), px, py, color: t.legendColor };
  const rows = space.sides.map((side, k) => `${plain(typeof side.opt.title === 'string' ? side.opt.title : side.opt.title?.text) || side.letter} ${brief([x, y, z][k])}`);
  const said = typeof t.spec.text === 'string' || t.kind === 'scatter3d' ? base.text : '';
  const title = t.spec.colorbar?.title;
  const name = t.spec.surfacecolor && plain(typeof title === 'string' ? title : title?.text);
  if (name) rows.push(`${name} ${brief(shade)}`);
  return { text: [t.name && plain(t.name), said && plain(said), ...rows].filter(Boolean).join('\n'), px, py, color: t.kind === 'scatter3d' ? t.legendColor : undefined };
}

/**
 * The text of the tooltip for a pixel.
 * @returns {{text: string, px: number, py: number, color?: string}|null}
 */
export function inspect(scene, px, py) {
  const mode = scene.layout.hovermode;
  const space = mode !== false && spaceAt(scene, px, py);
  if (space) return describePlace(space, hitSpace(space, px, py));
  const sub = subplotAt(scene, px, py);
  if (!sub || mode === false) return null;
  if (mode === 'x' || mode === 'x unified') {
    const rows = alongX(scene, sub, px);
    if (rows.length) {
      const { t, i } = rows[0];
      const lines = rows.map((r) => (r.t.spec.hovertemplate ? describe(r.t, r.i) : `${plain(r.t.name || label(r.t.y))} ${shown(fields(r.t, r.i).y, r.t.y)}`));
      const at = t.x.px(t.u[i]);
      return { text: `${label(sub.x)} ${shown(fields(t, i).x, t.x)}\n${lines.join('\n')}`, px: at, py };
    }
  }
  const hit = nearest(scene, px, py);
  if (hit) return { text: describe(hit.t, hit.i), px: hit.px, py: hit.py, color: hit.t.legendColor };
  const cell = describeCell(scene, sub, px, py);
  return cell ? { text: cell, px, py } : null;
}
