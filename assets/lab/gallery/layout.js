// Where the labs stand on the map: a lane for each group, a column for each depth of the path.

/** How many labs must come before each: 0 for one that builds on none. A circle is cut where it closes. */
export function depths(cards) {
  const known = new Map(cards.map((card) => [card.slug, card]));
  const found = new Map();
  const depth = (slug, under) => {
    if (found.has(slug)) return found.get(slug);
    if (under.includes(slug)) return -1;
    const value = 1 + Math.max(-1, ...known.get(slug).after.filter((name) => known.has(name)).map((name) => depth(name, [...under, slug])));
    found.set(slug, value);
    return value;
  };
  for (const card of cards) depth(card.slug, []);
  return found;
}

/**
 * Cells of a grid for all labs: no two share one, and each stands right of those it builds on.
 * A lab without neighbours takes any free cell of its lane, so that a lane is no longer than it must be.
 * @returns {{cells: Map<string, {row: number, column: number}>, lanes: {group: string, title: string, color: number, top: number, rows: number}[], columns: number, rows: number}}
 */
export function layout(cards, atLeast = 5) {
  const depth = depths(cards);
  const columns = Math.max(atLeast, 1 + Math.max(0, ...depth.values()));
  const used = new Set(cards.flatMap((card) => card.after));
  const alone = (card) => !card.after.length && !used.has(card.slug);
  const cells = new Map();
  const lanes = [];
  let top = 0;
  for (const group of new Set(cards.map((card) => card.group))) {
    const own = cards.filter((card) => card.group === group);
    const taken = new Set();
    const put = (card, free) => {
      for (let row = 0; ; row += 1) {
        const column = free.find((c) => !taken.has(`${row}:${c}`));
        if (column === undefined) continue;
        taken.add(`${row}:${column}`);
        cells.set(card.slug, { row: top + row, column });
        return row + 1;
      }
    };
    let rows = 0;
    for (const card of own.filter((one) => !alone(one))) rows = Math.max(rows, put(card, [depth.get(card.slug)]));
    for (const card of own.filter(alone)) rows = Math.max(rows, put(card, [...Array(columns).keys()]));
    lanes.push({ group, title: own[0].groupTitle, color: own[0].color, top, rows });
    top += rows;
  }
  return { cells, lanes, columns, rows: top };
}
