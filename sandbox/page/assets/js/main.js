// The page: reads where one is from the address, shows it, and shows it again when the sandbox says that
// something has changed.

import * as api from './api.js';
import './theme.js';
import {fill, h, icon} from './dom.js';
import {go, where} from './route.js';
import {attempt, me, state, still, toast} from './state.js';
import {showRail} from './rail.js';
import {showSidebar} from './sidebar.js';
import {showConversation} from './conversation.js';
import {showHome} from './home.js';
import {showModal} from './modal.js';
import {refreshPanel, showPanel} from './panel.js';

/** once runs work, and once more when it was asked for meanwhile, never twice at a time. */
function once(work) {
  let running = null;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await work();
      } while (again);
    })();
    try {
      await running;
    } finally {
      running = null;
    }
    return undefined;
  };
  return run;
}

const people = once(async () => {
  const {people: list} = await api.get('/api/people?cast=1');
  const cast = list.filter((p) => p.cast);
  state.people = cast.some((p) => p.id === state.me?.id) || !state.me ? cast : [...cast, state.me];
  const mine = cast.find((p) => p.id === state.me?.id);
  if (mine) state.me = mine;
  showRail();
});

let arrived = ''; // the person and place that were last shown

const place = once(async () => {
  const person = state.me.id;
  const left = () => state.me.id !== person; // then this runs once more, for the next
  const calls = me();
  const {fills} = state;
  let [sidebar, modal] = await Promise.all([calls.sidebar(), calls.modal()]);
  await still();
  if (left()) return;
  const at = where();
  if (at.place === 'app' && !sidebar.apps[0].id) {
    await calls.openApp(); // from here on the list has it too
    sidebar = await calls.sidebar();
    await still();
    if (left()) return;
  }
  state.sidebar = sidebar;
  let channel = at.place === 'app' ? sidebar.apps[0].id : at.place;
  state.home = channel === 'home';
  state.thread = at.thread;
  if (!state.home) {
    const known = [...sidebar.channels, ...sidebar.apps].some((e) => e.id && e.id === channel);
    if (!known && !channel.startsWith('C')) channel = (sidebar.channels.find((e) => e.name === 'general') ?? sidebar.channels[0])?.id ?? (await calls.openApp()).id;
  }
  const fresh = arrived !== `${person}/${channel}`;
  arrived = `${person}/${channel}`;
  state.channel = state.home ? '' : channel;
  showSidebar();
  if (state.home) {
    const home = fresh ? await calls.openHome() : await calls.home();
    await still();
    if (left()) return;
    showHome(home);
  } else {
    const c = await calls.conversation(channel).catch((err) => {
      if (err.code !== 'not_found') throw err;
      return null;
    });
    await still();
    if (left()) return;
    if (!c) {
      go({channel: sidebar.channels[0]?.id ?? 'app'});
      return;
    }
    showConversation(c);
    const entry = [...sidebar.channels, ...sidebar.apps].find((e) => e.id === channel);
    if (entry?.unread && document.visibilityState === 'visible') await calls.read(channel);
    await still();
    if (left()) return;
  }
  // What was filled in since then is not in that answer, and must not vanish from the page.
  let answer = modal;
  for (let at = fills; at !== state.fills;) {
    at = state.fills;
    answer = await calls.modal();
    await still();
    if (left()) return;
  }
  showModal(answer);
});

const arrive = () => attempt(async () => {
  const at = where();
  if (!state.me || (at.person && at.person !== state.me.id)) {
    const person = (at.person && (state.people.find((p) => p.id === at.person) ?? await api.get(`/api/people/${encodeURIComponent(at.person)}`)))
      || state.people.find((p) => p.can_act);
    if (where().person !== at.person) return; // somebody else was asked for meanwhile
    state.me = person;
    document.title = `${state.me.name} · Sandbox`;
    await people();
  }
  await place();
  refreshPanel({slack: true, aws: true, clock: true, log: true});
});

/** follow listens to the sandbox's changes; the browser connects again by itself. */
function follow() {
  let seen = {};
  let lost = null;
  const events = new EventSource('/api/events');
  events.addEventListener('change', (ev) => {
    const next = JSON.parse(ev.data);
    const changed = (name) => next[name] !== seen[name];
    const what = {slack: changed('slack') || changed('clock'), aws: changed('aws'), clock: changed('clock'), log: changed('log')};
    seen = next;
    if (what.slack) {
      attempt(people);
      attempt(place);
    }
    refreshPanel(what);
  });
  events.addEventListener('open', async () => {
    if (lost) {
      // Another start of the sandbox has another token, other ids and nothing that was said before.
      const s = await api.session().catch(() => null);
      if (s && s.token !== state.session.token) location.reload();
      lost = null;
    }
  });
  events.addEventListener('error', () => {
    lost ??= setTimeout(() => lost && toast('The sandbox does not answer. Is it still running?', 'problem'), 2000);
  });
}

/** tabs are the parts of the page in a narrow window. */
function showTabs() {
  const tabs = document.getElementById('tabs');
  const parts = [['people', 'People', 'people'], ['list', 'Channels', 'list'], ['chat', 'Chat', 'chat'], ['panel', 'Behind', 'cloud']];
  const draw = () => fill(tabs, parts.map(([view, words, name]) => h('button', {
    type: 'button', 'aria-current': document.body.dataset.view === view ? 'true' : undefined,
    onclick: () => {
      document.body.dataset.view = view;
    },
  }, icon(name), h('span', {}, words))));
  new MutationObserver(draw).observe(document.body, {attributes: true, attributeFilter: ['data-view']});
  draw();
}

document.querySelector('.skip').addEventListener('click', (ev) => {
  ev.preventDefault(); // the address says who one is
  document.getElementById('main').focus();
});

async function start() {
  state.session = await api.session();
  const {commands, shortcuts} = await api.get('/api/slack/commands');
  state.commands = commands;
  state.shortcuts = shortcuts;
  showTabs();
  showPanel();
  await people();
  window.addEventListener('hashchange', arrive);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && attempt(place));
  await arrive();
  follow();
  document.documentElement.dataset.ready = 'true';
}

start().catch((err) => toast(err.message, 'problem'));
