// The people one can act as.

import * as api from './api.js';
import {avatar, fill, h, icon, iconButton, patch} from './dom.js';
import {go} from './route.js';
import {attempt, state} from './state.js';

const rail = document.getElementById('rail');
const list = h('div', {class: 'rail-list'});
let others = null;

const first = (name) => name.split(/\s+/)[0];
// part is the one word that says why one would act as somebody.
const part = (p) => p.title?.split(' · ')[1] ?? p.words.find((w) => !w.startsWith('@')) ?? '';

const story = (p) => [p.title, ...p.words].filter(Boolean).join(' · ');

function person(p) {
  return h('button', {
    type: 'button', class: 'rail-person', data: {person: p.id}, disabled: !p.can_act,
    'aria-current': state.me?.id === p.id ? 'true' : undefined,
    'aria-label': `Act as ${p.name}. ${story(p)}${p.mentions ? `. ${p.mentions} for you` : ''}`, title: `${p.name} · ${story(p)}`,
    onclick: () => go({person: p.id}),
  }, h('span', {class: 'rail-face'}, avatar(p.id, p.name, p.words.includes('bot')), p.mentions > 0 && h('span', {class: 'badge'}, p.mentions)),
  h('span', {class: 'rail-name'}, first(p.name)), h('span', {class: 'rail-part'}, part(p)));
}

/** findOther searches everybody in the workspace. */
function findOther() {
  if (!others) {
    const results = h('div', {class: 'people-results'});
    const input = h('input', {type: 'search', class: 'text-input', placeholder: 'Name, e-mail or title', 'aria-label': 'Find a person', oninput: () => search()});
    const search = async () => {
      const found = await attempt(() => api.get(`/api/people${api.query({q: input.value, limit: 40})}`));
      if (!found) return;
      fill(results, found.people.map((p) => h('button', {
        type: 'button', class: 'people-row', disabled: !p.can_act,
        onclick: () => {
          others.close();
          go({person: p.id});
        },
      }, avatar(p.id, p.name, p.words.includes('bot')), h('span', {class: 'people-who'}, h('strong', {}, p.name), h('span', {}, story(p) || p.email)))),
      found.total > found.people.length && h('p', {class: 'quiet'}, `${found.people.length} of ${found.total.toLocaleString('en')}. Keep typing.`));
    };
    others = h('dialog', {class: 'modal', 'aria-label': 'Act as somebody else'},
      h('header', {class: 'modal-head'}, h('h2', {}, 'Act as'), iconButton('close', 'Close', () => others.close())),
      h('div', {class: 'modal-body'}, input, results));
    others.find = search;
    document.body.append(others);
  }
  others.showModal();
  others.find();
}

export function showRail() {
  if (!list.isConnected) {
    fill(rail, list, h('div', {class: 'rail-end'}, h('button', {
      type: 'button', class: 'rail-person', 'aria-label': 'Act as somebody else', title: 'Everybody', onclick: findOther,
    }, h('span', {class: 'rail-face'}, h('span', {class: 'avatar plain'}, icon('search'))), h('span', {class: 'rail-name'}, 'All'))));
  }
  patch(list, state.people.map((p) => ({...p, current: p.id === state.me?.id})), {key: (p) => p.id, make: person});
}
