// What a page shows, as a video: a run step by step, a sweep model by model.

import { save, write } from '../base/dom.js';
import { count } from '../base/format.js';
import { film, recordable } from '../film/film.js';
import { nearest } from './glide.js';
import { written } from './words.js';

const MODEL_MS = 1000; // of a trained model, where nothing lies between it and the next
const BETWEEN = 80; // pictures on the way through a sweep's models

/** Where a sweep's slider goes: evenly from the first model to the last, at the step that is shown; only to models where nothing is between. */
function way({ arms, blends }, step) {
  const last = arms.length - 1;
  const stops = blends ? BETWEEN : last;
  return Array.from({ length: stops + 1 }, (_, i) => (last * i) / stops).map((at) => ({ at, place: nearest(arms[Math.round(at)].steps, step) }));
}

/** What is shown one after the other, each with the words that stand above it. */
function moments(page, told) {
  const { part, arm, step } = page;
  if (part.kind === 'sweep') return way(part, step).map((moment) => ({ ...moment, text: page.armName(moment.at) }));
  return arm.steps.map((own, place) => ({ at: 0, place, text: told.step.replace('{step}', count(own)) }));
}

/**
 * Record these views, and keep the video.
 * @param {Object} page a HistoryPage @param {Object[]} panes of its views
 * @param {HTMLElement} line says how far it is, and what went wrong
 */
export async function shoot(page, panes, line) {
  const { words, data, part, colors } = page;
  const tell = (text) => {
    write(line, text);
    line.hidden = !text;
  };
  if (!recordable()) {
    tell(words.videoCannot);
    return;
  }
  try {
    const title = part.told ? written(part.told.title).textContent : data.title;
    const views = panes.length > 1 ? '' : `-${panes[0].view.name}`;
    const video = await film({ title, moments: moments(page, words), panels: panes.flatMap((pane) => pane.panels()), colors,
      ...(part.kind === 'sweep' && !part.blends && { slowest: MODEL_MS }) },
      (done, total) => tell(words.videoMaking.replace('{done}', done).replace('{total}', total)));
    save(video, `${page.stem}${views}.webm`);
    tell('');
  } catch (error) {
    console.error(error);
    tell(words.videoCannot);
  }
}
