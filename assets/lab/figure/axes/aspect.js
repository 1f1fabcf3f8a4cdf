// Equal aspect: axes tied to each other show a unit of data with the same length.

/**
 * Give axes tied by scaleanchor the same pixels per unit, by widening a range or, with constrain 'domain',
 * by narrowing the box.
 */
export function squareUp(scene) {
  const ratio = new Map();
  const links = [];
  for (const a of scene.axes.values()) {
    const to = a.opt.scaleanchor ? scene.axes.get(a.opt.scaleanchor) : a.squareTo;
    if (to && to !== a) links.push([a, to, a.opt.scaleratio > 0 ? a.opt.scaleratio : 1]);
  }
  const inner = smallAxes(scene);
  if (!links.length && !inner.size) return;
  // Follow the links until every axis of a set knows its ratio to the first one.
  const sets = [];
  for (const [a, to] of links) {
    if (ratio.has(a.root)) continue;
    const set = [to.root];
    if (!ratio.has(to.root)) { ratio.set(to.root, 1); sets.push(set); }
    for (let grew = true; grew;) {
      grew = false;
      for (const [p, q, r] of links) {
        for (const [m, n, f] of [[p.root, q.root, r], [q.root, p.root, 1 / r]]) {
          if (!ratio.has(m) && ratio.has(n)) {
            ratio.set(m, ratio.get(n) * f);
            (sets.find((s) => s.includes(n)) || set).push(m);
            grew = true;
          }
        }
      }
    }
  }
  const isInset = (set) => set.some((root) => inner.has(root));
  for (const set of sets.filter((one) => !isInset(one))) fit(scene, set, ratio);
  for (const [a, { host, share }] of inner) {
    const place = (s) => host.from + s * (host.to - host.from);
    [a.from, a.to] = share.map(place);
  }
  for (const set of sets.filter(isInset)) fit(scene, set, ratio);
}

/** Axes of the small pictures within a panel (`meta.insets`: their names and the panel's): where they lie, in shares of its box. */
function smallAxes(scene) {
  const found = new Map();
  for (const [id, hostId] of Object.entries(scene.layout.meta?.insets || {})) {
    const [a, host] = [scene.axes.get(id), scene.axes.get(hostId)];
    if (a && host) found.set(a, { host, share: [a.from, a.to].map((px) => (px - host.from) / (host.to - host.from)) });
  }
  return found;
}

/** The axes of one set: the same pixels per unit for all. */
function fit(scene, set, ratio) {
  const per = (a) => Math.abs(a.scale) / ratio.get(a);
  const least = Math.min(...set.map(per));
  for (const root of set) {
    const surplus = per(root) / least;
    if (!(surplus > 1 + 1e-9) || !Number.isFinite(surplus)) continue;
    for (const a of scene.groups.get(root) || [root]) {
      // Beyond the cells of a heat map there is nothing to show: there the box gives way, not the range.
      if ((a.opt.constrain || (a.exact ? 'domain' : 'range')) === 'domain') {
        const toward = { left: 0, bottom: 0, center: 0.5, middle: 0.5, right: 1, top: 1 }[a.opt.constraintoward] ?? 0.5;
        const lost = (a.to - a.from) * (1 - 1 / surplus);
        a.from += lost * toward;
        a.to -= lost * (1 - toward);
      } else {
        const mid = (a.range[0] + a.range[1]) / 2;
        const half = ((a.range[1] - a.range[0]) / 2) * surplus;
        a.range = [mid - half, mid + half];
      }
    }
  }
}
