// Buttons for files that the server makes when they are asked for.

import { h, icon, keepFocus, save, write } from '../base/dom.js';
import { say } from '../base/labels.js';

/**
 * Have the server make a file of an offer.
 * @param {(key: string) => string} words
 * @returns {Promise<{blob?: Blob, problem: string}>} the file, or what went wrong
 */
export async function ask(offer, key, words) {
  try {
    const answer = await fetch(new URL('../file', import.meta.url), { method: 'POST', body: JSON.stringify({ offer, file: key }) });
    if (answer.status === 409) return { problem: (await answer.json()).message };
    if (!answer.ok) return { problem: words(answer.status === 404 ? 'fileGone' : 'fileLost') };
    return { blob: await answer.blob(), problem: '' };
  } catch {
    return { problem: words('fileLost') };
  }
}

/** The same, and keep it under a name. @returns {Promise<string>} what went wrong, or nothing */
export async function bring(offer, key, name, words) {
  const { blob, problem } = await ask(offer, key, words);
  if (blob) save(blob, name);
  return problem;
}

/**
 * Have the server pack a run's steps, make a video of them here, and keep it.
 * @param {{theme: string, root: Element, told: (text: string) => void}} how where its colours are from, and who hears how far it is
 * @returns {Promise<string>} what went wrong, or nothing
 */
export async function shoot(offer, key, name, words, { theme, root, told }) {
  const { colorsOf, projected, recordable } = await import('../film/reel.js');
  if (!recordable()) return words('videoCannot');
  told(words('fileMaking'));
  const { blob, problem } = await ask(offer, key, words);
  if (!blob) return problem;
  try {
    const reel = JSON.parse(await blob.text());
    save(await projected(reel, { theme, colors: colorsOf(root, theme), told: (done, total) => told(words('videoMaking', { done, total })) }), name);
    return '';
  } catch (error) {
    console.error(error);
    return words('videoCannot');
  } finally {
    told('');
  }
}

/** A button for each file, and what came of the last one (kind "files"). */
export class Files {
  constructor(root, stream, data) {
    this.root = root;
    this.build(data);
  }

  /** @param {{labels: object, offer: string, files: {key: string, title: string, help: string, name: string, enabled: boolean}[]}} data */
  build(data) {
    this.data = data;
    this.say = (key, values) => say(data.labels, key, values);
    this.told = h('p', { class: 'caption', role: 'status', hidden: true });
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.root.replaceChildren(h('div', { class: 'files' }, ...data.files.map((file) => this.button(file))), this.told, this.problem);
  }

  button(file) {
    const button = keepFocus(h('button', { type: 'button', class: 'button', title: file.help, disabled: !file.enabled }, icon('download'), h('span', { text: file.title })));
    button.addEventListener('click', () => this.fetch(file, button));
    return button;
  }

  async fetch(file, button) {
    if (button.getAttribute('aria-busy')) return;
    button.setAttribute('aria-busy', 'true');
    this.tell(this.say('fileMaking'), '');
    this.tell('', await this.get(file));
    button.removeAttribute('aria-busy');
  }

  /** Bring a file, or make a video; what went wrong, or nothing. */
  get({ key, name, video }) {
    if (video) {
      const theme = this.root.dataset.theme === 'dark' ? 'dark' : 'light';
      return shoot(this.data.offer, key, name, this.say, { theme, root: this.root, told: (text) => this.tell(text, '') });
    }
    return bring(this.data.offer, key, name, this.say);
  }

  tell(text, problem) {
    for (const [line, words] of [[this.told, text], [this.problem, problem]]) {
      write(line, words);
      line.hidden = !words;
    }
  }

  update(data) {
    if (JSON.stringify(data) !== JSON.stringify(this.data)) this.build(data);
  }

  destroy() {
    this.root.replaceChildren();
  }
}
