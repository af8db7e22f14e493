// The app's Home tab.

import {avatar, fill, h} from './dom.js';
import {blocks} from './blocks.js';
import {Surface} from './acts.js';
import {appTabs, leaveConversation} from './conversation.js';
import {state} from './state.js';

const main = document.getElementById('main');
const body = h('div', {class: 'home-blocks'});
const empty = h('p', {class: 'home-empty'});
const notice = h('p', {class: 'msg-notice', role: 'alert'});
const page = h('div', {class: 'home', tabindex: '0', role: 'tabpanel', 'aria-label': 'Home'}, notice, body, empty);
let surface = null;
let owner = '';

export function showHome(home) {
  const name = state.session.app.name;
  if (!page.isConnected) {
    leaveConversation();
    fill(main, h('header', {class: 'main-head'}, h('div', {class: 'main-title'}, avatar('app', name, true), h('h2', {}, name)), appTabs('home')), page);
  }
  if (owner !== state.me.id) {
    owner = state.me.id;
    surface = new Surface({home: true});
    fill(body);
  }
  empty.hidden = home.published;
  empty.textContent = `${name} has published no Home tab for ${state.me.name} yet.`;
  notice.hidden = !home.notice;
  notice.textContent = home.notice ?? '';
  blocks(body, home.blocks, surface, home.values, {});
}
