// The line at the head of each page: to the gallery, to the other language, to the other theme.

import { write } from '../base/dom.js';
import { followSystem, keepTheme } from './theme.js';

export class Ways {
  /**
   * @param {Object} words {light, dark}: what the button says that leads there
   * @param {(theme: string) => void} turn to another theme
   */
  constructor(words, turn) {
    Object.assign(this, { words, turn });
    this.button = document.querySelector('.book-theme');
    this.other = [...document.querySelectorAll('.book-language')];
    this.button.addEventListener('click', () => {
      const theme = this.theme === 'dark' ? 'light' : 'dark';
      keepTheme(theme);
      this.to(theme);
    });
    followSystem((theme) => this.to(theme));
    this.to(document.documentElement.dataset.theme);
  }

  to(theme) {
    this.theme = document.documentElement.dataset.theme = theme;
    for (const part of document.querySelectorAll('.lab')) part.dataset.theme = theme;
    write(this.button, this.words[theme === 'dark' ? 'light' : 'dark']);
    this.turn(theme);
  }

  /** The same place in the other language. */
  at(hash) {
    for (const link of this.other) link.hash = hash;
  }
}
