// The gallery within the app: its links are the app's pages, its server searches and draws the covers.

import { Gallery } from './gallery.js';
import { seen } from './seen.js';

/**
 * Go to a page of the app without loading it anew: Streamlit follows the browser's history.
 * With a modifier, or another button, the link does what links do.
 */
function open(event, href) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, '', href);
  dispatchEvent(new PopStateEvent('popstate', { state: {} }));
}

function address(path, query) {
  const url = new URL(path, document.baseURI);
  url.search = new URLSearchParams(query);
  return url.href;
}

export class AppGallery extends Gallery {
  constructor(root, stream, data) {
    const { language } = data;
    super(root, data, {
      open,
      href: (slug, chapter) => address(slug, { lang: language, ...(chapter ? { chapter } : {}) }),
      cover: (slug) => ({ url: `lab/picture/${slug}?lang=${language}` }),
      held: ({ slug }) => seen(slug),
      heldWords: 'gallerySeen',
      search: async (asked) => {
        const answer = await fetch(address('lab/search', { q: asked, lang: language }));
        if (!answer.ok) throw new Error(`the search: ${answer.status}`);
        return answer.json();
      },
    });
  }
}
