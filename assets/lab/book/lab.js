// A lab's page of the book: its chapters as the one-file page shows them, their pictures fetched when a chapter is opened.

import { HistoryPage } from '../history/page.js';
import { load } from './data.js';
import { Reel } from './reel.js';
import { Ways } from './ways.js';

const data = JSON.parse(document.getElementById('page').textContent);
const { language, slug } = data;

const reels = new Map();

/** The pictures of a chapter; unpacked once. @returns {Promise<Reel>} */
function reel(name) {
  if (!reels.has(name)) reels.set(name, load(`${slug}/${name}`).then(Reel.of).catch((error) => { reels.delete(name); throw error; }));
  return reels.get(name);
}

class LabPage extends HistoryPage {
  build() {
    super.build();
    this.themeButton.remove(); // the line at the head has one
    document.getElementById('chapters').replaceWith(this.root);
    this.root.append(document.getElementById('below'));
  }

  turn(number) {
    super.turn(number);
    if (!this.parts[number]) return;
    const hash = `#${this.named(number)}`;
    head?.at(hash);
    for (const row of document.querySelectorAll('[data-chapter]')) row.classList.toggle('here', `#${row.dataset.chapter}` === hash);
  }
}

let head = null;
const page = new LabPage({ ...data, theme: document.documentElement.dataset.theme }, (number, view) => {
  const { name } = data.parts[number];
  return { figure: async (arm, place, theme) => (await reel(name)).figure(view, arm, place, `${language}-${theme}`) };
});
head = new Ways(data.words, (theme) => page.setTheme(theme));
head.at(location.hash);
globalThis.historyPage = page;
