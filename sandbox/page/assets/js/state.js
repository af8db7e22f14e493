// What the page shows, and who must be told when it changes.

import * as api from './api.js';
import {h} from './dom.js';

export const state = {
  session: null,
  people: [], // the cast and whoever else has been acted as
  me: null,
  sidebar: {channels: [], apps: []},
  channel: '', // the open conversation's id; empty on the Home tab
  home: false,
  thread: '',
  commands: [],
  shortcuts: [],
  fills: 0, // counts the beginnings and ends of what is filled into forms
  ahead: 0, // milliseconds that the sandbox's clock is ahead of this one
};

/** me gives the calls of the person acted as. */
export const me = () => api.as(state.me.id);

export const now = () => new Date(Date.now() + state.ahead);

/** toast shows a short message for a while; problems stay until they are closed. */
export function toast(text, kind = 'note') {
  const box = document.getElementById('toasts');
  if ([...box.children].some((n) => n.firstChild.textContent === text)) return;
  const node = h('div', {class: `toast ${kind}`}, h('span', {}, text),
    h('button', {type: 'button', 'aria-label': 'Close this message', onclick: () => node.remove()}, '×'));
  box.append(node);
  if (kind === 'note') setTimeout(() => node.remove(), 6000);
}

/** attempt runs something that may be refused and shows the refusal. */
export async function attempt(work) {
  try {
    return await work();
  } catch (err) {
    toast(err.message, 'problem');
    return undefined;
  }
}

export const announce = (text) => {
  document.getElementById('live').textContent = text;
};

const zone = () => (state.me?.tz && state.me.tz !== 'Etc/UTC' ? state.me.tz : 'UTC');

function format(at, options, locale = 'en-US') {
  let zoned;
  try {
    zoned = new Intl.DateTimeFormat(locale, {...options, timeZone: zone()});
  } catch {
    zoned = new Intl.DateTimeFormat(locale, {...options, timeZone: 'UTC'});
  }
  return zoned.format(new Date(at)).replaceAll('\u202f', ' '); // as dates within messages are written
}

// Messages and their heads say times alike; what is behind the scenes counts seconds and sorts by eye.
export const timeOf = (at) => format(at, {hour: 'numeric', minute: '2-digit'});
export const dayOf = (at) => format(at, {weekday: 'long', day: 'numeric', month: 'long'});
export const fullTime = (at) => format(at, {dateStyle: 'medium', timeStyle: 'medium'});
export const clockTime = (at) => format(at, {hour: '2-digit', minute: '2-digit', second: '2-digit'}, 'en-GB');

/** lasting writes a number of milliseconds for people. */
export function lasting(ms) {
  const s = Math.round(Math.abs(ms) / 1000);
  const parts = [[Math.floor(s / 86400), 'd'], [Math.floor(s / 3600) % 24, 'h'], [Math.floor(s / 60) % 60, 'min'], [s % 60, 's']];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, u]) => `${n} ${u}`).join(' ');
}

let pressed = null;
window.addEventListener('pointerdown', () => {
  pressed ??= Promise.withResolvers();
}, {capture: true});
for (const name of ['pointerup', 'pointercancel', 'dragend']) {
  window.addEventListener(name, () => {
    const p = pressed;
    pressed = null;
    setTimeout(() => p?.resolve()); // after the click that it makes
  }, {capture: true});
}

/** still waits until no pointer is pressed: nothing may move between pressing a button and letting it go. */
export const still = () => pressed?.promise;
