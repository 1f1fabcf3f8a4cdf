// What lies beside the pages as scripts: a browser that opens a page from a file lets it run those, but read nothing else.

const asked = new Map();

/** The content that `data/<name>.js` has put into `bookData`. @param {string} name @returns {Promise<*>} */
export function load(name) {
  if (!asked.has(name)) asked.set(name, fetched(name));
  return asked.get(name);
}

async function fetched(name) {
  const script = document.createElement('script');
  script.src = `../data/${name}.js`;
  try {
    await new Promise((done, failed) => {
      script.onload = done;
      script.onerror = () => failed(new Error(script.src));
      document.head.append(script);
    });
  } catch (error) {
    asked.delete(name); // the next one asks again
    throw error;
  } finally {
    script.remove();
  }
  const content = globalThis.bookData[name];
  delete globalThis.bookData[name];
  return content;
}
