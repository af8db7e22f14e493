// The column of conversations.

import {avatar, fill, h, icon, iconButton, patch} from './dom.js';
import {go} from './route.js';
import {state} from './state.js';
import {nextTheme, themeName} from './theme.js';

const side = document.getElementById('sidebar');
const who = h('header', {class: 'side-head'});
const channels = h('ul', {class: 'side-list'});
const apps = h('ul', {class: 'side-list'});

function row(e) {
  const mark = e.unread > 0 && !e.current;
  return h('li', {}, h('button', {
    type: 'button', class: `side-row${mark ? ' unread' : ''}`, data: {channel: e.name}, 'aria-current': e.current ? 'page' : undefined,
    'aria-label': `${e.name}${e.kind === 'private' ? ', private' : ''}${e.archived ? ', archived' : ''}${e.shared ? ', shared with another organization' : ''}${mark ? `, ${e.unread} unread` : ''}`,
    onclick: () => go({channel: e.id || 'app'}),
  }, e.kind === 'dm' ? avatar('app', e.name, true) : icon(e.archived ? 'archive' : e.kind === 'private' ? 'lock' : 'hash'),
  h('span', {class: 'side-name'}, e.name), e.shared && h('span', {class: 'tag'}, 'shared'),
  mark && e.mentions > 0 && h('span', {class: 'badge'}, e.mentions)));
}

export function showSidebar() {
  if (!who.isConnected) {
    fill(side, who,
      h('nav', {class: 'side-scroll', 'aria-label': 'Conversations'},
        h('h2', {class: 'side-title'}, 'Channels'), channels,
        h('h2', {class: 'side-title'}, 'Apps'), apps),
      h('footer', {class: 'side-foot'}, h('span', {}, 'Everything here is simulated'),
        iconButton('auto', 'Colours', () => {
          nextTheme();
          showTheme();
        }, {id: 'theme'})));
    showTheme();
  }
  const me = state.me;
  fill(who, h('p', {class: 'side-as'}, 'Acting as'),
    h('h1', {class: 'side-me'}, me.name),
    h('p', {class: 'side-what'}, me.title),
    me.words.length > 0 && h('p', {class: 'side-words'}, me.words.map((w) => h('span', {class: 'tag'}, w))));
  const current = (e) => ({...e, current: e.id !== '' && e.id === state.channel});
  const options = {key: (e) => e.id || e.name, make: row};
  patch(channels, state.sidebar.channels.map(current), options);
  patch(apps, state.sidebar.apps.map(current), options);
}

function showTheme() {
  const {name, words} = themeName();
  const b = document.getElementById('theme');
  b.setAttribute('aria-label', words);
  b.title = words;
  fill(b, icon(name));
}
