// The search over what all labs say, as engine/gallery/search.py does it, for a page without a server.

const LONGEST = 100;
const MOST_WORDS = 8;
const AROUND = 36; // signs of the text on both sides of a word that was found

const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** A Latin word is looked for where words begin (“rope” is not in “property”); any other anywhere. */
const pattern = (word) => new RegExp(`${/^[a-z0-9]/.test(word) ? '(?<![a-z0-9])' : ''}${escaped(word)}`, 'u');

export class Search {
  /**
   * @param {{weights: Object<string, number>, labs: Object<string, {kind: string, chapter: string, section: string, texts: Object<string, string>}[]>}} said
   * @param {string} language
   * @param {(place: Object, slug: string) => string} named what a place is called
   */
  constructor(said, language, named) {
    Object.assign(this, { said, language, named });
    for (const entry of Object.values(said.labs).flat()) entry.folded = fold(Object.values(entry.texts).join('\n'));
  }

  /** The labs in which every word asked for stands, the best first, each with the place where it was found. */
  find(asked) {
    const words = (fold(asked.slice(0, LONGEST)).match(/[\u2e80-\uffff]+|[^\s\u2e80-\uffff]+/gu) || []).slice(0, MOST_WORDS).map(pattern);
    if (!words.length) return [];
    const found = [];
    for (const [slug, entries] of Object.entries(this.said.labs)) {
      const best = words.map(() => 0);
      let place = entries[0];
      let most = [0, 0];
      for (const entry of entries) {
        const weight = this.said.weights[entry.kind];
        const hits = words.flatMap((word, i) => (word.test(entry.folded) ? [i] : []));
        for (const i of hits) best[i] = Math.max(best[i], weight);
        if (hits.length > most[0] || (hits.length && hits.length === most[0] && weight > most[1])) [place, most] = [entry, [hits.length, weight]];
      }
      if (best.every(Boolean)) found.push([best.reduce((a, b) => a + b, most[0]), slug, place]);
    }
    return found.sort((a, b) => b[0] - a[0]).map(([, slug, place]) => ({
      slug, chapter: place.chapter, text: this.named(place, slug), words: place.kind === 'story' ? this.around(place, words) : '',
    }));
  }

  /** The words around the first that was found, in the reader's language if it stands there. */
  around(place, words) {
    const others = Object.keys(place.texts).filter((language) => language !== this.language);
    for (const language of [this.language, ...others]) {
      const plain = place.texts[language].normalize('NFKC').split(/\s+/).join(' ').trim();
      const folded = fold(plain);
      for (const word of words) {
        const at = word.exec(folded);
        if (!at) continue;
        const [low, high] = [Math.max(0, at.index - AROUND), Math.min(plain.length, at.index + at[0].length + AROUND)];
        return `${low ? '…' : ''}${plain.slice(low, high).trim()}${high < plain.length ? '…' : ''}`;
      }
    }
    return '';
  }
}
