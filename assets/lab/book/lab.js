// A lab's page of the book: its chapters as the one-file page shows them, their pictures fetched when a chapter is opened.

import { HistoryPage } from '../history/page.js';
import { load } from './data.js';
import { ChapterPictures } from './pictures.js';
import { Ways } from './ways.js';

const data = JSON.parse(document.getElementById('page').textContent);
const { language, slug } = data;

const opened = new Map();

/** The pictures of a chapter; unpacked once. @returns {Promise<ChapterPictures>} */
function picturesOf(name) {
  if (!opened.has(name)) opened.set(name, load(`${slug}/${name}`).then(ChapterPictures.of).catch((error) => { opened.delete(name); throw error; }));
  return opened.get(name);
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
    if (this.parts[number]) head?.at(`#${this.named(number)}`);
  }
}

let head = null;
const page = new LabPage({ ...data, theme: document.documentElement.dataset.theme }, (number, view) => {
  const { name } = data.parts[number];
  return { figure: async (arm, place, theme) => (await picturesOf(name)).figure(view, arm, place, `${language}-${theme}`) };
});
head = new Ways(data.words, (theme) => page.setTheme(theme));
head.at(location.hash);
globalThis.historyPage = page;
