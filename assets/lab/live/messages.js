// What the run has to say: divergence and the way back, recovery, the end, a lost line.

import { h, keepFocus, write } from '../base/dom.js';
import { say } from '../base/labels.js';

// A line that comes back soon needs no explanation beside the state that is shown anyway.
export const PATIENCE_MS = 4000;
const LOOK = { diverged: 'error', lost: 'error', recovering: 'warning', finished: 'success', reconnecting: 'warning', waits: 'warning', gone: 'error' };

/** The message area of the player. */
export class Messages {
  /**
   * @param {object} labels
   * @param {{back: () => void, reload: () => void, rescue: () => void}} acts
   */
  constructor(labels, acts) {
    this.say = (key, values) => say(labels, key, values);
    this.acts = acts;
    this.text = h('span', { class: 'message-text' });
    this.button = keepFocus(h('button', { type: 'button', class: 'message-button', onclick: () => this.acts[this.act]?.() }));
    this.line = h('div', { class: 'message', hidden: true }, this.text, this.button);
    this.element = h('div', { class: 'messages', role: 'status', 'aria-live': 'polite' }, this.line);
  }

  /** The line for the present state; `link` outranks what the run itself says. */
  update(status, link) {
    if (link !== 'reconnecting') this.downSince = null;
    else this.downSince ??= performance.now();
    let kind = status?.state;
    let text = status?.message || '';
    let act = '';
    if (link === 'gone') [kind, text, act] = ['gone', this.say('goneMessage'), 'reload'];
    else if (link === 'reconnecting' && performance.now() - this.downSince >= PATIENCE_MS) {
      [kind, text] = ['reconnecting', this.say('reconnectingMessage')];
    } else if (kind === 'diverged') [text, act] = [text || this.say('divergedMessage'), 'back'];
    else if (kind === 'recovering') text ||= this.say('recoveringMessage');
    else if (kind === 'lost') text ||= this.say('lostMessage');
    // A worker that does not answer outranks what the run said last; after a while one may go on in another.
    if (status?.waits && link === 'open') [kind, text, act] = ['waits', status.waits.message, status.waits.rescue ? 'rescue' : ''];
    text ||= status?.problems?.chapter || '';
    this.line.hidden = !text;
    this.line.className = `message ${LOOK[kind] || 'info'}`;
    write(this.text, text);
    this.act = act;
    this.button.hidden = !act;
    write(this.button, act ? this.say(act) : '');
  }
}
