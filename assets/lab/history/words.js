// A chapter's words and verdicts. The words come typeset from the page's maker, who lets no markup of a text's own through.

import { h } from '../base/dom.js';

/** Typeset words as nodes; nothing in them can run or ask for anything, which the page's policy sees to as well. */
export function written(markup) {
  return new DOMParser().parseFromString(`<template>${markup}</template>`, 'text/html').querySelector('template').content;
}

/** What the theory says and what the run measured, folded; nothing where there are no claims. */
export function verdicts(rows, words) {
  if (!rows.length) return null;
  const head = h('tr', {}, ...[words.claim, words.predicted, words.measured, '±', ''].map((text) => h('th', { scope: 'col', text })));
  const lines = rows.map(({ claim, expected, measured, tolerance, says, agrees }) => {
    const verdict = agrees === null ? 'open' : agrees ? 'agrees' : 'differs';
    return h('tr', { class: verdict }, h('th', { scope: 'row', text: claim }), ...[expected, measured, tolerance].map((text) => h('td', { text })),
      h('td', { class: 'says', text: says }));
  });
  const held = rows.filter(({ agrees }) => agrees).length;
  return h('details', { class: 'verdicts' }, h('summary', {}, words.verdicts, h('span', { class: held === rows.length ? 'tally good' : 'tally', text: `${held} / ${rows.length}` })),
    h('table', {}, h('thead', {}, head), h('tbody', {}, ...lines)));
}
