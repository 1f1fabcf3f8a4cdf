// The keyboard of the player: works anywhere on the page, except where keys already mean something.

import { focused } from './dom.js';

const players = [];

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
  const player = players[players.length - 1];
  if (!player || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const node = event.composedPath?.()[0] instanceof Element ? event.composedPath()[0] : focused();
  if (isText(node) || document.querySelector('[role="dialog"][aria-modal="true"]')) return;
  let act = null;
  if (event.key === ' ' && !takesSpace(node)) act = event.repeat ? () => {} : player.toggle;
  else if (event.key === 'ArrowRight' && !takesArrows(node)) act = player.forward;
  else if (event.key === 'ArrowLeft' && !takesArrows(node)) act = player.backward;
  else if ((event.key === 'r' || event.key === 'R') && !event.repeat) act = player.reset;
  if (!act) return;
  // Neither the page (Space scrolls) nor Streamlit (R runs the script again) shall take the key as well.
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

/**
 * Give a player the keyboard; the one that came last has it.
 * @param {{toggle: () => void, forward: () => void, backward: () => void, reset: () => void}} player
 * @returns {() => void} give it back
 */
export function takeKeys(player) {
  if (!players.length) window.addEventListener('keydown', onKey, true);
  players.push(player);
  return () => {
    players.splice(players.indexOf(player), 1);
    if (!players.length) window.removeEventListener('keydown', onKey, true);
  };
}
