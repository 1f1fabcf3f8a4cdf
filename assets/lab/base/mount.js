// The entry of every component: one instance per place on the page, mounted once and then updated.

import { Chapters, Reached } from '../live/chapters.js';
import { Controls } from '../live/controls/controls.js';
import { h } from './dom.js';
import { dress } from './dress.js';
import { Draw } from '../live/draw.js';
import { Files } from '../live/files.js';
import { AppGallery } from '../gallery/app.js';
import { Glide } from '../sweep/sweep.js';
import { Guess } from '../guess/guess.js';
import { LiveFigure } from '../live/figure.js';
import { PageLanguage } from '../live/page_language.js';
import { Player } from '../live/player.js';
import { Still } from '../gallery/still.js';
import { connect } from '../live/stream.js';
import { checkTheme, followTheme } from './theme.js';

const KINDS = { figure: LiveFigure, player: Player, controls: Controls, chapters: Chapters, reached: Reached, gallery: AppGallery, sweep: Glide, guess: Guess, draw: Draw, files: Files, still: Still, language: PageLanguage };
// Streamlit cleans up an old call after the new one has begun: only an element that has left the page is really gone.
const GONE_MS = 250;
const SHEETS = { gallery: ['lab.css', '../gallery/gallery.css'] }; // of the kinds that need more than what all have

const instances = new Map(); // by parentElement

class Instance {
  constructor(args) {
    const { parentElement: parent, data: [data] } = args;
    this.parent = parent;
    this.args = args;
    this.host = parent.host ?? parent;
    this.kind = data.kind;
    this.run = data.run;
    this.root = h('div', { class: `lab lab-${data.kind}` });
    // No flash of unstyled parts.
    this.root.style.visibility = 'hidden';
    parent.append(this.root);
    dress(parent, SHEETS[data.kind] ?? ['lab.css']).then(() => { this.root.style.visibility = ''; });
    // Keys typed here are not the page's shortcuts: from outside, the target would look like a plain element.
    this.root.addEventListener('keydown', (event) => {
      const { tagName, type } = event.target;
      if (tagName === 'INPUT' && type === 'text' && event.key !== 'Tab') event.stopPropagation();
    });
    this.stream = data.run ? connect(data.run) : null; // the gallery belongs to no run
    this.stopTheme = followTheme(this.host, this.root, (theme) => {
      this.stream?.setTheme(theme);
      this.part?.setTheme?.(theme);
    });
    this.part = new KINDS[data.kind](this.root, this.stream, data, (name, value) => this.args.setTriggerValue(name, value));
  }

  destroy() {
    this.stopTheme();
    this.part.destroy();
    this.stream?.release();
    this.root.remove();
  }
}

function sweep() {
  for (const [parent, instance] of instances) {
    if (instance.host.isConnected) continue;
    instances.delete(parent);
    instance.destroy();
  }
}

/**
 * Mount a component, or bring the one that is there up to date.
 * @param {{data: [object], parentElement: ShadowRoot|HTMLElement, setTriggerValue: (name: string, value: *) => void}} args
 *   as Streamlit gives them to a component
 * @returns {() => void} cleanup
 */
export function mount(args) {
  const { data: [data], parentElement } = args;
  if (!data || !KINDS[data.kind]) throw new Error(`there is no component of kind ${data?.kind}`);
  let instance = instances.get(parentElement);
  if (instance && (instance.run !== data.run || instance.kind !== data.kind)) {
    instance.destroy();
    instance = null;
  }
  if (instance) {
    instance.args = args;
    instance.part.update(data);
    checkTheme();
  } else instances.set(parentElement, new Instance(args));
  return () => setTimeout(sweep, GONE_MS);
}
