// Light or dark: what the reader chose here before, else what their system prefers. It runs before anything is drawn.

const KEY = 'latent-lab.theme';
const prefers = matchMedia('(prefers-color-scheme: dark)');

function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing still shows
  }
}

/** The theme in which a page opens. */
export function themeNow() {
  const kept = chosen();
  return kept === 'light' || kept === 'dark' ? kept : prefers.matches ? 'dark' : 'light';
}

/** Keep what the reader chose. */
export function keepTheme(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above.
  }
}

/** Tell when the system turns, for as long as the reader has chosen nothing. */
export function followSystem(turn) {
  prefers.addEventListener('change', () => { if (!chosen()) turn(themeNow()); });
}
