// The thick lines of a placed picture, which no text should lie on.
import { refPx } from './layout.js';
import { pixels } from './marks/lines.js';

const THICK = 1.4;          // px
const MOST_POINTS = 20000;  // of lines that labels look out for

function curves(scene) {
  const paths = [];
  let points = 0;
  for (const t of scene.shown) {
    const width = (t.spec.line?.width ?? 2) * scene.unit;
    if (t.kind !== 'scatter' || !t.mode.includes('lines') || !(width >= THICK) || (t.spec.opacity ?? 1) < 0.3) continue;
    points += t.n;
    if (points > MOST_POINTS) break;
    const [xs, ys] = pixels(t).map((b) => b.slice(0, t.n));
    paths.push({ xs, ys, steps: t.spec.line?.shape, reach: width / 2, box: t.sub.box, forward: forward(xs) });
  }
  return paths;
}

// Do the places run from left to right, without gaps?
function forward(xs) {
  for (let i = 1; i < xs.length; i++) if (!(xs[i] >= xs[i - 1])) return false;
  return true;
}

/** The first place that is not left of x, in places from left to right. */
function firstAt(xs, x) {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (xs[mid] < x) low = mid + 1;
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
    return [{ xs, ys, reach: width / 2, box: frame }];
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

function through({ xs, ys, steps, reach, box, forward: sorted }, own) {
  const [l, r] = [Math.max(own.l, box.l) - reach, Math.min(own.r, box.r) + reach];
  const [t, b] = [Math.max(own.t, box.t) - reach, Math.min(own.b, box.b) + reach];
  if (l > r || t > b) return false;
  const meets = (x0, y0, x1, y1) => {
    if ((x0 < l && x1 < l) || (x0 > r && x1 > r) || (y0 < t && y1 < t) || (y0 > b && y1 > b)) return false;
    if (!(x0 === x0 && y0 === y0 && x1 === x1 && y1 === y1)) return false;
    // The corners of the box lie on both sides of the line, or on it.
    const side = (x, y) => (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
    const s = [side(l, t), side(r, t), side(l, b), side(r, b)];
    return Math.min(...s) <= 0 && Math.max(...s) >= 0;
  };
  const end = sorted ? Math.min(xs.length, firstAt(xs, r) + 1) : xs.length;
  for (let i = sorted ? Math.max(1, firstAt(xs, l)) : 1; i < end; i++) {
    const [x0, y0, x1, y1] = [xs[i - 1], ys[i - 1], xs[i], ys[i]];
    if (steps === 'hv' ? meets(x0, y0, x1, y0) || meets(x1, y0, x1, y1) : steps === 'vh' ? meets(x0, y0, x0, y1) || meets(x0, y1, x1, y1) : meets(x0, y0, x1, y1)) return true;
  }
  return false;
}
