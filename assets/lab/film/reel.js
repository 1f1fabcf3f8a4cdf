// A run's kept steps as the server packs them for a video (engine/runs/reel.py), and the video of them.

import { Packed } from '../history/packed.js';
import { written } from '../history/words.js';
import { film } from './film.js';

export { recordable } from './film.js';

/** What the figures of a video take as a theme: the colours of a place on the page. */
export function colorsOf(node, theme) {
  const css = getComputedStyle(node);
  const of = (name) => css.getPropertyValue(`--st-${name}`).trim() || undefined;
  return { dark: theme === 'dark', text: of('text-color'), background: of('background-color'), font: of('font'), accent: of('primary-color') };
}

/**
 * @param {{title: string, steps: string[], panels: {title: string, pictures: ?string[]}[]}} reel
 * @param {{theme: string, colors: object, told: (done: number, total: number) => void}} how
 * @returns {Promise<Blob>}
 */
export function projected({ title, steps, panels }, { theme, colors, told }) {
  const sources = panels.map((panel) => new Packed([panel.pictures]));
  return film({
    title: written(title).textContent,
    moments: steps.map((text, place) => ({ text, place })),
    panels: panels.map((panel, i) => ({ title: panel.title, figure: ({ place }) => sources[i].figure(0, place, theme) })),
    colors,
  }, told);
}
