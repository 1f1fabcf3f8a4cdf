// Pictures in space: the box of a scene, its camera, and where its points fall on the sheet.
//
// A place in space has three kinds of coordinates: data, those of the box (its middle 0, its longest half about 1), and pixels with
// a depth (larger is nearer to the eye).
import { Axis, column, followData, widen } from './axes/axes.js';
import { gridOf, limits } from './marks/raster.js';

const EYE = { x: 1.25, y: 1.25, z: 1.25 };
const DISTANCE = Math.hypot(1.25, 1.25, 1.25);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a) => { const n = Math.hypot(...a) || 1; return a.map((v) => v / n); };
const list = (values) => Float64Array.from(values, (v) => (v === null || v === undefined ? NaN : Number(v)));

/** A surface's corners and values as flat arrays; x and y may be grids like z or one list each. */
function surfaceOf(t) {
  const { spec } = t;
  const { rows, cols, values: z } = gridOf(spec.z);
  const side = (given, own) => {
    const nested = given && (given.shape?.length > 1 || column(given[0]));
    if (nested) return gridOf(given).values;
    return Float64Array.from({ length: rows * cols }, (_, k) => { const i = own(k); return given ? Number(given[i]) : i; });
  };
  const shade = spec.surfacecolor ? gridOf(spec.surfacecolor).values : z;
  Object.assign(t, { rows, cols, u: side(column(spec.x), (k) => k % cols), v: side(column(spec.y), (k) => Math.floor(k / cols)), w: z, shade });
  t.limits = limits(shade, spec.cmin, spec.cmax, spec.cmid);
  [t.scale, t.scaleReversed] = [spec.colorscale, spec.reversescale];
  if (spec.showscale !== false && !spec.hidesurface) t.colorbar = spec.colorbar || {};
}

/** Read a trace of a space: its points as columns. */
export function readSpaceTrace(t) {
  if (t.kind === 'surface') surfaceOf(t);
  else {
    const [x, y, z] = ['x', 'y', 'z'].map((name) => column(t.spec[name]));
    if (!x || !y || !z) throw new TypeError(`trace ${t.index}: x, y and z must be lists of values`);
    [t.u, t.v, t.w] = [x, y, z].map(list);
    t.n = Math.min(x.length, y.length, z.length);
    t.mode = t.spec.mode || 'lines+markers';
  }
}

/**
 * Settle the ranges and the proportions of a space.
 * @param {{id: string, opt: object, traces: object[]}} space
 * @param {{auto: object}} memory ranges kept from frame to frame
 */
export function settleSpace(space, memory) {
  const { opt, id } = space;
  const given = (name) => (Array.isArray(opt[name]?.range) && opt[name].range.every(Number.isFinite) ? opt[name].range : null);
  space.sides = ['x', 'y', 'z'].map((letter, k) => {
    const axis = new Axis(letter, opt[`${letter}axis`] || {});
    axis.type = 'linear';
    for (const t of space.traces) widen(axis.tight, [t.u, t.v, t.w][k]);
    const key = `${id}.${letter}`;
    const range = given(`${letter}axis`) || (memory.auto[key] = followData([axis], memory.auto[key]));
    return { letter, opt: axis.opt, lo: range[0], hi: range[1] === range[0] ? range[0] + 1 : range[1], visible: axis.visible && opt[`${letter}axis`]?.visible !== false };
  });
  const spans = space.sides.map((s) => Math.abs(s.hi - s.lo));
  const uneven = Math.max(...spans) > 4 * Math.min(...spans);
  const mode = opt.aspectmode || 'auto';
  const sizes = mode === 'manual' && opt.aspectratio ? ['x', 'y', 'z'].map((k) => opt.aspectratio[k] || 1)
    : mode === 'cube' || (mode === 'auto' && uneven) ? [1, 1, 1] : spans;
  const longest = Math.max(...sizes);
  space.half = sizes.map((s) => s / longest);
}

/** The camera of a space: where the person has turned it, else where the figure puts it. */
export function cameraOf(space, memory) {
  const own = memory.cameras[space.id];
  if (own) return own;
  const eye = { ...EYE, ...space.opt.camera?.eye };
  const distance = Math.hypot(eye.x, eye.y, eye.z) || DISTANCE;
  return { turn: Math.atan2(eye.y, eye.x), rise: Math.asin(Math.max(-1, Math.min(1, eye.z / distance))), zoom: DISTANCE / distance };
}

/** Give a space its place on the sheet and its way from data to pixels. */
export function placeSpace(space, scene, memory) {
  const { x: [x0, x1] = [0, 1], y: [y0, y1] = [0, 1] } = space.opt.domain || {};
  const { plot } = scene;
  const box = { l: plot.l + x0 * plot.w, r: plot.l + x1 * plot.w, t: plot.t + (1 - y1) * plot.h, b: plot.t + (1 - y0) * plot.h };
  const camera = cameraOf(space, memory);
  const toward = [Math.cos(camera.turn) * Math.cos(camera.rise), Math.sin(camera.turn) * Math.cos(camera.rise), Math.sin(camera.rise)];
  const right = unit(cross([0, 0, 1], toward));
  const up = cross(toward, right);
  const reach = Math.hypot(...space.half);
  const room = Math.max(10, Math.min(box.r - box.l, box.b - box.t) / 2 - 16 * scene.unit);
  const scale = (room / reach) * 1.08 * camera.zoom;
  const [cx, cy] = [(box.l + box.r) / 2, (box.t + box.b) / 2];
  const eye = 4.2 * reach;   // a weak perspective: near things are a little larger
  const inBox = (p) => p.map((v, k) => { const s = space.sides[k]; return ((2 * (v - s.lo)) / (s.hi - s.lo) - 1) * space.half[k]; });
  const onSheet = (q) => {
    const depth = dot(q, toward);
    const f = scale * (eye / (eye - depth));
    return [cx + f * dot(q, right), cy - f * dot(q, up), depth];
  };
  Object.assign(space, { box, camera, toward, right, up, reach, inBox, onSheet, project: (p) => onSheet(inBox(p)) });
}

/** The space whose box holds a pixel. */
export function spaceAt(scene, px, py) {
  return scene.spaces.find(({ box }) => px >= box.l && px <= box.r && py >= box.t && py <= box.b) || null;
}

/** The camera turned by pixels of a drag, as if the hand held the picture. */
export function turned(camera, dx, dy) {
  const most = Math.PI / 2 - 0.01;
  return { ...camera, turn: camera.turn - dx * 0.01, rise: Math.max(-most, Math.min(most, camera.rise + dy * 0.01)) };
}
