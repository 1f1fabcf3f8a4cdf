// The thick lines of a placed picture, which no text should lie on.
import { refPx } from './places.js';

const THICK = 1.4;          // px
const MOST_POINTS = 20000;  // of lines that labels look out for

// Do the values rise all the way, without gaps?
function rises(values) {
  for (let i = 1; i < values.length; i++) if (!(values[i] >= values[i - 1])) return false;
  return true;
}

// A line stays in its own numbers: pixel = from + number * scale. Nothing is copied, a picture is drawn many times a second.
function path(us, vs, n, x, y, more) {
  const place = (axis) => (axis ? [axis.from - axis.range[0] * axis.scale, axis.scale] : [0, 1]);
  const [[x0, kx], [y0, ky]] = [place(x), place(y)];
  return { us, vs, n, x0, kx, y0, ky, sorted: kx > 0 && rises(us), ...more };
}

function curves(scene) {
  const paths = [];
  let points = 0;
  for (const t of scene.shown) {
    const width = (t.spec.line?.width ?? 2) * scene.unit;
    if (t.kind !== 'scatter' || !t.mode.includes('lines') || !(width >= THICK) || (t.spec.opacity ?? 1) < 0.3) continue;
    points += t.n;
    if (points > MOST_POINTS) break;
    paths.push(path(t.u, t.v, t.n, t.x, t.y, { steps: t.spec.line?.shape, reach: width / 2, box: t.sub.box }));
  }
  return paths;
}

/** The first place that is not left of u, in places from left to right. */
function firstAt(us, u) {
  let [low, high] = [0, us.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (us[mid] < u) low = mid + 1;
    else high = mid;
  }
  return low;
}

function rules(scene) {
  const frame = { l: 0, t: 0, r: scene.w, b: scene.h };
  return (scene.layout.shapes || []).flatMap((s) => {
    const width = (s?.line?.width ?? 2) * scene.unit;
    if (!s || s.visible === false || s.type !== 'line' || !(width >= THICK)) return [];
    const [xs, ys] = [[s.x0, s.x1].map((v) => refPx(scene, s.xref, 'x', v)), [s.y0, s.y1].map((v) => refPx(scene, s.yref, 'y', v))];
    return [path(xs, ys, 2, null, null, { reach: width / 2, box: frame })];
  });
}

/**
 * Whether a thick line goes through a box; what it looks at is gathered when it is first asked.
 * @param {object} scene placed
 * @returns {(box: {l: number, r: number, t: number, b: number}) => boolean}
 */
export function obstacles(scene) {
  let paths = null;
  return (own) => (paths ??= [...curves(scene), ...rules(scene)]).some((path) => through(path, own));
}

function through({ us, vs, n, x0, kx, y0, ky, sorted, steps, reach, box }, own) {
  const l = Math.max(own.l, box.l) - reach;
  const r = Math.min(own.r, box.r) + reach;
  const t = Math.max(own.t, box.t) - reach;
  const b = Math.min(own.b, box.b) + reach;
  if (l > r || t > b) return false;
  const meets = (px, py, qx, qy) => {
    if ((px < l && qx < l) || (px > r && qx > r) || (py < t && qy < t) || (py > b && qy > b)) return false;
    if (!(px === px && py === py && qx === qx && qy === qy)) return false;
    // The corners of the box lie on both sides of the line, or on it.
    const side = (x, y) => (qx - px) * (y - py) - (qy - py) * (x - px);
    const [c0, c1, c2, c3] = [side(l, t), side(r, t), side(l, b), side(r, b)];
    return Math.min(c0, c1, c2, c3) <= 0 && Math.max(c0, c1, c2, c3) >= 0;
  };
  const end = sorted ? Math.min(n, firstAt(us, (r - x0) / kx) + 1) : n;
  for (let i = sorted ? Math.max(1, firstAt(us, (l - x0) / kx)) : 1; i < end; i++) {
    const [px, py] = [x0 + us[i - 1] * kx, y0 + vs[i - 1] * ky];
    const [qx, qy] = [x0 + us[i] * kx, y0 + vs[i] * ky];
    if (steps === 'hv' ? meets(px, py, qx, py) || meets(qx, py, qx, qy) : steps === 'vh' ? meets(px, py, px, qy) || meets(px, qy, qx, qy) : meets(px, py, qx, qy)) return true;
  }
  return false;
}
