// What a click chooses: the point, bar or cell under the pointer that has a key, or the row and column of a cell.
import { hitSpace } from '../marks/surface.js';
import { spaceAt } from '../space.js';
import { cellUnder, nearest } from './hover.js';

const keyed = (t) => t.spec.customdata !== undefined && t.spec.customdata !== null;

/**
 * The key of a point, bar or cell (`customdata`, told under `meta.click_data`), or a cell's row and column, counted from 0 (a heat
 * map's own `meta.cell`: the names of both; null: not told).
 * @param {{x: number, y: number}} p pixel of the figure
 * @returns {object|null} the values that a click there tells
 */
export function choiceAt(scene, p) {
  const key = scene.layout.meta?.click_data;
  const space = spaceAt(scene, p.x, p.y);
  if (space) {
    const hit = key && hitSpace(space, p.x, p.y, 16);
    return hit && hit.t.kind === 'scatter3d' && keyed(hit.t) ? { [key]: hit.t.spec.customdata[hit.i] } : null;
  }
  const hit = key && nearest(scene, p.x, p.y, 16, keyed);
  if (hit) return { [key]: hit.t.spec.customdata[hit.i] };
  const cell = cellUnder(scene, p.x, p.y, (t) => Array.isArray(t.spec.meta?.cell) || (key && keyed(t)));
  if (!cell) return null;
  const own = cell.t.spec.meta?.cell;
  const told = cell.t.spec.customdata?.[cell.i]?.[cell.j];
  if (!own) return told === undefined || told === null ? null : { [key]: told };
  return { ...(own[0] && { [own[0]]: cell.i }), ...(own[1] && { [own[1]]: cell.j }) };
}
