// Small pieces of page: elements, icons, popovers. Text only ever enters as text.

const SHAPES = {
  play: 'M7 4.6v14.8a1 1 0 0 0 1.5.86l12-7.4a1 1 0 0 0 0-1.72l-12-7.4A1 1 0 0 0 7 4.6z',
  pause: 'M7 4h3.5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zm7.5 0H18a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-3.5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z',
  step: 'M5 5.2v13.6a1 1 0 0 0 1.55.83L16 13.1V19a1 1 0 0 0 1 1h1.5a1 1 0 0 0 1-1V5a1 1 0 0 0-1-1H17a1 1 0 0 0-1 1v5.9L6.55 4.37A1 1 0 0 0 5 5.2z',
  part: 'M4 7.5A1.5 1.5 0 0 1 5.5 6h2A1.5 1.5 0 0 1 9 7.5v9A1.5 1.5 0 0 1 7.5 18h-2A1.5 1.5 0 0 1 4 16.5zM11 8v8a.8.8 0 0 0 1.25.66l5.9-4a.8.8 0 0 0 0-1.32l-5.9-4A.8.8 0 0 0 11 8zM20 6.5a.8.8 0 0 1 1.6 0v11a.8.8 0 0 1-1.6 0z',
  reset: 'M12 5V2.2a.6.6 0 0 0-1-.45L6.6 5.55a.6.6 0 0 0 0 .9L11 10.25a.6.6 0 0 0 1-.45V7a5.5 5.5 0 1 1-5.5 5.5 1 1 0 0 0-2 0A7.5 7.5 0 1 0 12 5z',
  dice: 'M6.5 3h11A3.5 3.5 0 0 1 21 6.5v11a3.5 3.5 0 0 1-3.5 3.5h-11A3.5 3.5 0 0 1 3 17.5v-11A3.5 3.5 0 0 1 6.5 3zm0 2A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19h11a1.5 1.5 0 0 0 1.5-1.5v-11A1.5 1.5 0 0 0 17.5 5zM8.3 6.8a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm7.4 7.4a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM12 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3z',
  previous: 'M14.7 5.3a1 1 0 0 1 0 1.4L9.4 12l5.3 5.3a1 1 0 0 1-1.4 1.4l-6-6a1 1 0 0 1 0-1.4l6-6a1 1 0 0 1 1.4 0z',
  next: 'M9.3 5.3a1 1 0 0 0 0 1.4l5.3 5.3-5.3 5.3a1 1 0 0 0 1.4 1.4l6-6a1 1 0 0 0 0-1.4l-6-6a1 1 0 0 0-1.4 0z',
  dots: 'M5.5 10.3a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4zm6.5 0a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4zm6.5 0a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4z',
  twins: 'M4 5h7v14H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zm1.8 2v10h3.4V7zM13 5h7a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-7z',
  branch: 'M7 3a2.5 2.5 0 0 1 1 4.8v2.4c.9-.7 2-1.2 3.3-1.2h1.4c1.5 0 2.4-.6 2.8-1.6a2.5 2.5 0 1 1 2 .3c-.6 2-2.3 3.3-4.8 3.3h-1.4C9.4 11 8 12.4 8 14.2v2A2.5 2.5 0 1 1 6 16.2V7.8A2.5 2.5 0 0 1 7 3z',
  download: 'M12 3a1 1 0 0 1 1 1v8.6l2.6-2.6a1 1 0 0 1 1.4 1.4l-4.3 4.3a1 1 0 0 1-1.4 0L7 11.4A1 1 0 0 1 8.4 10l2.6 2.6V4a1 1 0 0 1 1-1zM5.5 18.5h13a1 1 0 0 1 0 2h-13a1 1 0 0 1 0-2z',
  close: 'M6.7 5.3 12 10.6l5.3-5.3a1 1 0 0 1 1.4 1.4L13.4 12l5.3 5.3a1 1 0 0 1-1.4 1.4L12 13.4l-5.3 5.3a1 1 0 0 1-1.4-1.4l5.3-5.3-5.3-5.3a1 1 0 0 1 1.4-1.4z',
};

/**
 * Build an element. Props that start with "on" are listeners, `text` is text, `class` a class, the rest attributes.
 * @param {string} tag
 * @param {Object} [props]
 * @param {...(Node|string|null|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'text') node.textContent = value;
    else if (key === 'class') node.className = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** An icon that takes the text colour; decorative, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Hand a file to the browser, which saves it under this name. */
export function save(blob, name) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
}

/** Write text only when it changed: numbers change often, and an equal write would still cost a layout. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A mouse press on a button must not take the focus: the next press of Space shall play or pause, not press
 * this button again. A field that was being edited still gets its blur, so that its value is committed.
 */
export function keepFocus(button) {
  button.addEventListener('mousedown', (event) => {
    event.preventDefault();
    button.getRootNode().activeElement?.blur?.();
  });
  return button;
}

/** The element that really has the focus, inside shadow roots too. */
export function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}

/**
 * Open `panel` under `button` on each click; the browser's popover closes it on Escape or a click elsewhere.
 * @param {HTMLElement} button
 * @param {HTMLElement} panel must be in the same root
 */
export function popover(button, panel) {
  panel.setAttribute('popover', 'auto');
  button.setAttribute('aria-expanded', 'false');
  // The press on the button light-dismisses an open panel before the click arrives: remember that it was open.
  let wasOpen = false;
  button.addEventListener('pointerdown', () => { wasOpen = panel.matches(':popover-open'); });
  button.addEventListener('click', () => {
    if (wasOpen || panel.matches(':popover-open')) {
      wasOpen = false;
      if (panel.matches(':popover-open')) panel.hidePopover();
      return;
    }
    panel.showPopover();
    const at = button.getBoundingClientRect();
    const { offsetWidth: w, offsetHeight: tall } = panel;
    const below = at.bottom + 6 + tall < innerHeight || at.top < tall;
    panel.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - w / 2, innerWidth - w - 8))}px`;
    panel.style.top = `${below ? at.bottom + 6 : at.top - tall - 6}px`;
  });
  panel.addEventListener('toggle', (event) => button.setAttribute('aria-expanded', String(event.newState === 'open')));
}

/** A "?" with its explanation; nothing when there is none. */
export function help(text, label) {
  if (!text) return null;
  const button = keepFocus(h('button', { type: 'button', class: 'help', 'aria-label': label, text: '?' }));
  const panel = h('div', { class: 'bubble', role: 'note', text });
  popover(button, panel);
  return h('span', { class: 'help-spot' }, button, panel);
}
