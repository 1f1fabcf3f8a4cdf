// Buttons for files that the server makes when they are asked for.

import { h, icon, keepFocus, save, write } from '../base/dom.js';
import { say } from '../base/labels.js';

/**
 * Have the server make a file of an offer, and keep it.
 * @param {(key: string) => string} words
 * @returns {Promise<string>} what went wrong, or nothing
 */
export async function bring(offer, key, name, words) {
  try {
    const answer = await fetch(new URL('../file', import.meta.url), { method: 'POST', body: JSON.stringify({ offer, file: key }) });
    if (answer.status === 409) return (await answer.json()).message;
    if (!answer.ok) return words(answer.status === 404 ? 'fileGone' : 'fileLost');
    save(await answer.blob(), name);
    return '';
  } catch {
    return words('fileLost');
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

  /** Bring a file; what went wrong, or nothing. */
  get({ key, name }) {
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
