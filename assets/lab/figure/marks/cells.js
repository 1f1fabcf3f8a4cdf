// Words and numbers in the cells of a heat map, where the cells are large enough to hold them.
import { inkOn, rgba, table } from '../../base/colors.js';
import { drawText, measure } from '../text.js';
import { brief, format } from '../axes/ticks.js';

const LEAST = 9;      // px: smaller than this nobody reads
const MOST = 6000;    // cells in sight: more cannot hold a readable text each

/** The text of a cell: plotly's `texttemplate` filled with the cell's text and value. */
function wordsOf(spec, text, z) {
  return String(spec.texttemplate).replace(/%\{(text|z)(?::([^}]*))?\}/g, (m, key, kind) => {
    const v = key === 'z' ? z : text;
    if (v === undefined || v === null || v !== v) return '';
    return typeof v === 'number' ? (kind && format(v, kind)) || brief(v) : String(v);
  });
}

/** The cells of a row or column that are in sight: their number, middle and size in pixels. */
function inSight(edges, axis, low, high) {
  const out = [];
  for (let k = 0; k + 1 < edges.length; k++) {
    const [a, b] = [axis.px(edges[k]), axis.px(edges[k + 1])];
    const mid = (a + b) / 2;
    if (mid > low && mid < high) out.push({ k, mid, size: Math.abs(b - a) });
  }
  return out;
}

/** Write into the cells of a heat map: all in one size, left out in a cell that is too small for its text. */
export function drawCells(ctx, t, scene) {
  const { spec, grid } = t;
  if (!spec.texttemplate || !grid.rows || !grid.cols) return;
  const { box } = t.sub;
  const columns = inSight(t.ue, t.x, box.l, box.r);
  const rows = inSight(t.ve, t.y, box.t, box.b);
  const tallest = Math.max(0, ...rows.map((r) => r.size));
  if (columns.length * rows.length > MOST || tallest < LEAST * 1.1) return;
  const wanted = scene.px(spec.textfont?.size, scene.base * 0.92);
  const { css } = table(t.scale, t.scaleReversed);
  const [lo, hi] = t.limits;
  const ground = rgba(scene.theme.solid);
  const items = [];
  let least = 1;   // how far the widest text must shrink to fit
  for (const row of rows) {
    for (const column of columns) {
      const z = grid.values[row.k * grid.cols + column.k];
      const text = wordsOf(spec, spec.text?.[row.k]?.[column.k], z);
      if (!text) continue;
      const { w, h } = measure(ctx, text, { family: scene.family, size: wanted });
      const fit = Math.min((column.size - 2) / w, (row.size - 1) / (h * 0.84));
      items.push({ row, column, text, z, fit });
      if (fit * wanted >= LEAST) least = Math.min(least, fit);
    }
  }
  const size = Math.max(LEAST, Math.floor(wanted * least * 2) / 2);
  const font = { family: scene.family, size };
  const own = typeof spec.textfont?.color === 'string' ? spec.textfont.color : null;
  ctx.globalAlpha = 1;
  t.written = [];   // where labels cannot stand
  for (const { row, column, text, z, fit } of items) {
    if (fit * wanted < LEAST) continue;
    const color = own || (z === z ? inkOn(css[Math.max(0, Math.min(255, ((z - lo) / (hi - lo)) * 256 | 0))], ground) : scene.theme.text);
    const label = measure(ctx, text, font);
    t.written.push({ l: column.mid - column.size / 2, r: column.mid + column.size / 2, t: row.mid - row.size / 2, b: row.mid + row.size / 2 });
    drawText(ctx, label, column.mid, row.mid, { ax: 0.5, ay: 0.5, color });
  }
}
