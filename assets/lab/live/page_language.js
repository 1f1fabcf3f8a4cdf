// The document's language, for screen readers, hyphenation and fonts: Streamlit's page says English, whatever is on it.

/** The mark of a page's language (kind "language"); it shows nothing. */
export class PageLanguage {
  constructor(root, stream, data) {
    this.update(data);
  }

  update({ language }) {
    document.documentElement.lang = language;
  }

  destroy() {} // the next page brings its own
}
