// The first page of the book: on to the reader's language.

const languages = [...document.querySelectorAll('a[hreflang]')].map((link) => link.hreflang);
const wanted = navigator.languages.map((name) => name.split('-')[0]).find((name) => languages.includes(name)) ?? languages[0];
location.replace(document.querySelector(`a[hreflang="${wanted}"]`).href);
