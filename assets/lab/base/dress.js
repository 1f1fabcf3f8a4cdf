// Style sheets of our own in a root of the app's page, where no link can bring them.

const sheets = new Map(); // by address; each is fetched and parsed once for the whole page

/**
 * Give a root style sheets of ours, beside those it has.
 * @param {ShadowRoot|Element} root
 * @param {string[]} files by their places from this folder
 * @returns {Promise<void>} settles when the styles are in force
 */
export async function dress(root, files) {
  const home = root instanceof ShadowRoot ? root : root.getRootNode();
  try {
    const ready = await Promise.all(files.map(sheet));
    home.adoptedStyleSheets = [...home.adoptedStyleSheets, ...ready.filter((one) => !home.adoptedStyleSheets.includes(one))];
  } catch (error) {
    // Unstyled but working beats not working; the next mount tries again.
    sheets.clear();
    console.error(error);
  }
}

function sheet(file) {
  const { href } = new URL(file, import.meta.url);
  if (!sheets.has(href)) sheets.set(href, load(href));
  return sheets.get(href);
}

async function load(href) {
  const answer = await fetch(href);
  if (!answer.ok) throw new Error(`${href}: ${answer.status}`);
  return new CSSStyleSheet().replace(await answer.text());
}
