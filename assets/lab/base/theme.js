// Which theme the page has, and the few colours that depend on it.

import { rgba } from './colors.js';

const POLL_MS = 1000;
const hosts = new Map();
let timer = 0;

function luminance([r, g, b]) {
  const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

/** "dark" or "light", from the background that the page gives this element. */
export function themeOf(host) {
  const color = getComputedStyle(host).getPropertyValue('--st-background-color').trim();
  if (!color) return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return luminance(rgba(color)) < 0.35 ? 'dark' : 'light';
}

function paint(host, root) {
  root.dataset.theme = themeOf(host);
  // White text on the accent must stay readable: darken a bright accent, or write dark on a very bright one.
  let fill = rgba(getComputedStyle(host).getPropertyValue('--st-primary-color').trim() || '#2f7fc1').slice(0, 3);
  const bright = luminance(fill) > 0.45;
  while (!bright && 1.05 / (luminance(fill) + 0.05) < 4.5) fill = fill.map((v) => v * 0.96);
  root.style.setProperty('--fill', `rgb(${fill.map(Math.round).join(',')})`);
  root.style.setProperty('--on-fill', bright ? '#14181f' : '#fff');
}

function look() {
  for (const [root, entry] of hosts) {
    const style = getComputedStyle(entry.host);
    const now = style.getPropertyValue('--st-background-color') + style.getPropertyValue('--st-primary-color');
    if (now === entry.seen) continue;
    entry.seen = now;
    paint(entry.host, root);
    entry.changed(root.dataset.theme);
  }
}

/**
 * Mark `root` with data-theme and the accent's text colour, now and whenever the page's theme changes.
 * @param {Element} host the element whose inherited variables count
 * @param {HTMLElement} root
 * @param {(theme: string) => void} changed called at once and on every change
 * @returns {() => void} stop
 */
export function followTheme(host, root, changed) {
  hosts.set(root, { host, changed, seen: null });
  look();
  timer ||= setInterval(look, POLL_MS);
  return () => {
    hosts.delete(root);
    if (!hosts.size) timer = clearInterval(timer) || 0;
  };
}

/** Look at once, for example because the page has just been mounted again with another theme. */
export const checkTheme = look;
