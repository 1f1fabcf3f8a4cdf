// What a person has seen stays on their machine: the chapters whose claims held, by lab. Nothing of it is sent.

const KEY = 'latent-lab.seen';

/** {slug: [names of chapters]}; empty where nothing is kept, or where the browser keeps nothing. */
function all() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || '{}');
    return kept && typeof kept === 'object' && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

/** The chapters of a lab that held here. @returns {string[]} */
export function seen(slug) {
  const names = Object.hasOwn(all(), slug) ? all()[slug] : [];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** A chapter held. */
export function mark(slug, name) {
  const names = seen(slug);
  if (names.includes(name)) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...all(), [slug]: [...names, name] }));
  } catch {
    // A browser that keeps nothing still plays.
  }
}
