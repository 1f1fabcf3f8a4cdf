// The keyboard of the player and of the chapters: works anywhere on the page, except where keys already mean something.

import { focused } from './dom.js';

const takers = [];
const CHAPTERS = { '[': 'previousChapter', ']': 'nextChapter' };

function isText(node) {
  if (!node) return false;
  if (node.isContentEditable || node.tagName === 'TEXTAREA' || node.tagName === 'SELECT') return true;
  if (node.getAttribute?.('role') === 'application' && !node.classList.contains('plot')) return true; // all keys are its own
  return node.tagName === 'INPUT' && !['range', 'checkbox', 'radio', 'button', 'submit', 'color'].includes(node.type);
}

/** Controls for which the arrow keys have a meaning of their own. */
function takesArrows(node) {
  if (!node) return false;
  const role = node.getAttribute?.('role') || '';
  // A figure that merely was clicked leaves the arrows to the player; one reached by Tab, or with handles, uses them.
  if (node.closest?.('[role="toolbar"]')) return true;
  if (node.classList.contains('plot')) return node.hasAttribute('data-arrows') || node.matches(':focus-visible');
  return (node.tagName === 'INPUT' && ['range', 'radio'].includes(node.type))
    || ['slider', 'tab', 'radio', 'menuitem', 'option', 'combobox', 'listbox', 'spinbutton', 'grid', 'separator'].includes(role);
}

/** Controls which Space presses. */
function takesSpace(node) {
  if (!node) return false;
  if (node.tagName === 'INPUT') return ['checkbox', 'radio', 'button', 'submit', 'color'].includes(node.type);
  const role = node.getAttribute?.('role') || '';
  return ['BUTTON', 'SUMMARY', 'A', 'VIDEO', 'AUDIO'].includes(node.tagName)
    || ['button', 'switch', 'checkbox', 'menuitem', 'option', 'tab', 'combobox'].includes(role);
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  // On many keyboards a bracket is typed with AltGr, which some systems call Ctrl and Alt.
  const bracket = CHAPTERS[event.key];
  if (event.metaKey || event.shiftKey || (!(bracket && event.getModifierState('AltGraph')) && (event.ctrlKey || event.altKey))) return;
  const node = event.composedPath?.()[0] instanceof Element ? event.composedPath()[0] : focused();
  if (isText(node) || document.querySelector('[role="dialog"][aria-modal="true"]')) return;
  let name = null;
  if (event.key === ' ' && !takesSpace(node)) name = 'toggle';
  else if (event.key === 'ArrowRight' && !takesArrows(node)) name = 'forward';
  else if (event.key === 'ArrowLeft' && !takesArrows(node)) name = 'backward';
  else if (event.key === 'r' || event.key === 'R') name = event.repeat ? null : 'reset';
  else if (bracket && !event.repeat) name = bracket;
  // Whoever came last and knows the act has it.
  const act = name && takers.findLast((taker) => taker[name])?.[name];
  if (!act) return;
  // Neither the page (Space scrolls) nor Streamlit (R runs the script again) shall take the key as well.
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat || name !== 'toggle') act();
}

/**
 * Give somebody keys; for each act the one that came last has it.
 * @param {{toggle?: () => void, forward?: () => void, backward?: () => void, reset?: () => void,
 *   previousChapter?: () => void, nextChapter?: () => void}} taker
 * @returns {() => void} give them back
 */
export function takeKeys(taker) {
  if (!takers.length) window.addEventListener('keydown', onKey, true);
  takers.push(taker);
  return () => {
    takers.splice(takers.indexOf(taker), 1);
    if (!takers.length) window.removeEventListener('keydown', onKey, true);
  };
}
