// The gallery of the book: the app's own, with covers and a search that lie beside it.

import { say } from '../base/labels.js';
import { Gallery } from '../gallery/gallery.js';
import { load } from './data.js';
import { ChapterPictures } from './pictures.js';
import { Search } from './search.js';
import { Ways } from './ways.js';

const data = JSON.parse(document.getElementById('page').textContent);
const { language, labels } = data;

let covers = null;
let search = null;

async function searching() {
  return new Search(await load('search'), language, (place, slug) => {
    if (!place.chapter) return place.kind === 'story' ? data.sections[place.section] || '' : place.kind === 'term' ? place.texts[language] : '';
    const { chapters } = data.cards.find((card) => card.slug === slug);
    const number = chapters.findIndex(({ name }) => name === place.chapter);
    return number < 0 ? '' : say(labels, 'bookChapter', { number: number + 1, title: chapters[number].title });
  });
}

const root = document.querySelector('.lab-gallery');
root.dataset.theme = document.documentElement.dataset.theme;
const gallery = new Gallery(root, data, {
  open: () => {}, // a link does what links do
  href: (slug, chapter) => `${slug}.html${chapter ? `#${chapter}` : ''}`,
  cover: (slug) => ({
    load: async (theme) => (await (covers ??= load('covers').then(ChapterPictures.of))).figure(slug, 0, 0, `${language}-${theme}`),
  }),
  held: (card) => card.held,
  heldWords: 'bookHeld',
  search: async (asked) => (await (search ??= searching())).find(asked),
});
globalThis.bookGallery = gallery;
new Ways(data.words, (theme) => gallery.setTheme(theme));
