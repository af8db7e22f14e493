// Messages, in the middle and in the thread beside it.

import {avatar, fill, h, icon, iconButton, patch} from './dom.js';
import {spans} from './spans.js';
import {blocks} from './blocks.js';
import {Surface, explain} from './acts.js';
import {composer} from './composer.js';
import {go} from './route.js';
import {announce, attempt, dayOf, fullTime, me, state, timeOf} from './state.js';

const main = document.getElementById('main');
const pane = document.getElementById('thread');
const surfaces = new Map(); // channel and ts → Surface

function surfaceOf(m) {
  const key = `${state.me.id}/${m.channel}/${m.ts}`;
  if (!surfaces.has(key)) surfaces.set(key, new Surface({channel: m.channel, ts: m.ts}));
  return surfaces.get(key);
}

function message(m, inThread) {
  const calls = me(); // a shortcut goes out as the person to whom this was shown
  const ask = async (s) => explain(await attempt(() => calls.shortcut(s.callback_id, {channel: m.channel, ts: m.ts})));
  const body = h('div', {class: 'msg-blocks'});
  const notice = h('p', {class: 'msg-notice', role: 'alert', hidden: true});
  const replies = h('div', {class: 'msg-replies'});
  const edited = h('span', {class: 'msg-edited'});
  const node = h('article', {class: `msg${m.ephemeral ? ' ephemeral' : ''}`, data: {ts: m.ts}, 'aria-label': `${m.user_name || 'Slackbot'}, ${timeOf(m.at)}`},
    avatar(m.user, m.user_name || 'Slackbot', m.app),
    h('div', {class: 'msg-main'},
      m.ephemeral && h('p', {class: 'msg-only'}, icon('eye'), 'Only visible to you'),
      h('header', {class: 'msg-head'}, h('strong', {class: 'msg-who'}, m.user_name || 'Slackbot'), m.app && h('span', {class: 'tag'}, 'App'),
        h('time', {class: 'msg-time', datetime: m.at, title: fullTime(m.at)}, timeOf(m.at))),
      body, edited, notice, replies));
  node.update = ({m: next}) => {
    if (next.blocks?.length) blocks(body, next.blocks, surfaceOf(next), next.values, {});
    else patch(body, [next.spans], {key: () => 'text', make: (s) => h('div', {class: 'b-text'}, spans(s))});
    fill(edited, next.edited && '(edited)');
    edited.title = next.edited ? fullTime(next.edited_at) : '';
    notice.hidden = !next.notice;
    fill(notice, next.notice && [icon('warn'), next.notice]);
    const n = next.replies?.length ?? 0;
    const latest = n ? next.replies.at(-1).at : '';
    if (!inThread && replies.dataset.n !== `${n} ${latest}`) {
      replies.dataset.n = `${n} ${latest}`;
      fill(replies, n > 0 ? h('button', {type: 'button', class: 'msg-thread', onclick: () => go({thread: m.ts})},
        h('strong', {}, `${n} ${n === 1 ? 'reply' : 'replies'}`), h('span', {}, `last at ${timeOf(latest)}`))
        : null,
      !m.ephemeral && h('div', {class: 'msg-acts'},
        n === 0 && h('button', {type: 'button', class: 'msg-reply', onclick: () => go({thread: m.ts})}, 'Reply in thread'),
        state.shortcuts.filter((s) => s.on_message).map((s) => h('button', {type: 'button', class: 'msg-reply', onclick: () => ask(s)}, s.name))));
    }
  };
  return node;
}

const divider = (day) => {
  const node = h('div', {class: 'day', role: 'separator'}, h('span', {}, day));
  return node;
};

/** messages shows a list with a line at each new day. */
function messages(parent, list, inThread) {
  const items = [];
  let day = '';
  for (const m of list) {
    if (!inThread && dayOf(m.at) !== day) items.push({day: (day = dayOf(m.at)), key: `day ${day}`});
    items.push({m, key: m.ts});
  }
  patch(parent, items, {
    key: (x) => x.key,
    same: (x) => (x.day ? x.day : JSON.stringify([x.m.ts, x.m.user_name, x.m.user])),
    make: (x) => (x.day ? divider(x.day) : message(x.m, inThread)),
  });
}

/** column is one scrolling list of messages with a composer below it. */
function column(head) {
  const list = h('div', {class: 'msgs', role: 'log', 'aria-label': 'Messages', tabindex: '0'});
  const foot = h('div', {class: 'composer-place'});
  return {head, list, foot, key: '', lastTS: ''};
}

function show(col, key, list, inThread, write) {
  const away = col.list.scrollHeight - col.list.scrollTop - col.list.clientHeight;
  const moved = col.key !== key;
  if (moved) {
    fill(col.list);
    fill(col.foot, write());
    col.key = key;
  }
  messages(col.list, list, inThread);
  const last = list.at(-1);
  if (last && last.ts !== col.lastTS) {
    if (!moved && last.user !== state.me.id) announce(`${last.user_name || 'Slackbot'}: ${last.text}`);
    col.lastTS = last.ts;
  }
  if (moved || away < 80) col.list.scrollTop = col.list.scrollHeight;
}

const mainCol = column(h('header', {class: 'main-head'}));
const threadCol = column(h('header', {class: 'main-head'}));

export function cannotWrite(c) {
  if (c.channel.archived) return 'This channel is archived.';
  if (c.channel.kind !== 'dm' && !c.channel.members?.includes(state.me.id)) return `${state.me.name} is not a member of this channel.`;
  return '';
}

export const appTabs = (current) => h('div', {class: 'app-tabs', role: 'tablist', 'aria-label': 'App'},
  [['home', 'Home', () => go({home: true})], ['chat', 'Messages', () => go({channel: 'app'})]].map(([name, words, onclick]) =>
    h('button', {type: 'button', role: 'tab', 'aria-selected': String(current === name), onclick}, words)));

export function showConversation(c) {
  const dm = c.channel.kind === 'dm';
  if (!mainCol.list.isConnected) fill(main, mainCol.head, mainCol.list, mainCol.foot);
  fill(mainCol.head,
    h('div', {class: 'main-title'}, dm ? avatar('app', c.name, true) : icon(c.channel.kind === 'private' ? 'lock' : 'hash'), h('h2', {}, c.name)),
    dm ? appTabs('chat') : h('p', {class: 'main-topic'}, c.channel.topic ?? ''),
    !dm && h('span', {class: 'main-count', title: 'Members'}, icon('people'), String(c.channel.members?.length ?? 0)));
  show(mainCol, `${state.me.id}/${c.channel.id}`, c.messages, false, () => composer({channel: c.channel.id, name: dm ? c.name : `#${c.name}`, cannot: cannotWrite(c)}));
  showThread(c);
}

export function leaveConversation() {
  mainCol.key = '';
  showThread(null);
}

function showThread(c) {
  const parent = state.thread && c?.messages.find((m) => m.ts === state.thread);
  document.getElementById('shell').classList.toggle('with-thread', Boolean(parent));
  pane.hidden = !parent;
  if (!parent) {
    threadCol.key = '';
    return;
  }
  if (!threadCol.list.isConnected) fill(pane, threadCol.head, threadCol.list, threadCol.foot);
  fill(threadCol.head, h('div', {class: 'main-title'}, h('h2', {}, 'Thread')), h('p', {class: 'main-topic'}, c.channel.kind === 'dm' ? c.name : `#${c.name}`),
    iconButton('close', 'Close the thread', () => go({thread: ''})));
  show(threadCol, `${state.me.id}/${c.channel.id}/${parent.ts}`, [parent, ...(parent.replies ?? [])], true,
    () => composer({channel: c.channel.id, name: 'the thread', thread: parent.ts, cannot: cannotWrite(c)}));
}
