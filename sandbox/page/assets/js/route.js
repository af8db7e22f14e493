// Where one is stands in the address: #person/place/thread, so that a reload and the back button work.

import {state} from './state.js';

export function where() {
  const [person, place, thread] = location.hash.slice(1).split('/').map(decodeURIComponent);
  return {person: person ?? '', place: place ?? '', thread: thread ?? ''};
}

/** go changes the parts that are given; another person starts where that person last was. */
export function go({person, channel, home, thread}) {
  // The address is what was asked for last, even while the page still shows what was asked for before.
  const at = where();
  at.person ||= state.me?.id ?? '';
  at.place ||= state.home ? 'home' : state.channel;
  if (person && person !== at.person) {
    places.set(at.person, {...at});
    Object.assign(at, places.get(person) ?? {place: sameForAll(at.place), thread: ''}, {person});
  }
  if (channel) Object.assign(at, {place: channel, thread: ''});
  if (home) Object.assign(at, {place: 'home', thread: ''});
  if (thread !== undefined) at.thread = thread;
  document.body.dataset.view = 'chat';
  const hash = `#${[at.person, at.place, at.thread].filter(Boolean).map(encodeURIComponent).join('/')}`;
  if (hash === location.hash) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = hash;
}

const places = new Map();

// A direct message belongs to one person; the next one sees their own.
const sameForAll = (place) => (place.startsWith('D') ? 'app' : place);
