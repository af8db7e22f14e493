// The sandbox's clock, and ways to move it.

import * as api from './api.js';
import {fill, h, patch} from './dom.js';
import {attempt, announce, clockTime, dayOf, fullTime, lasting, now, state, still} from './state.js';

/** whole takes out what the answer needed to come: the clock is moved by whole minutes most of the time. */
function whole(ms) {
  const minutes = Math.round(ms / 60000) * 60000;
  return minutes > 0 && Math.abs(ms - minutes) < 3000 ? minutes : ms;
}

export function clockPanel() {
  const time = h('p', {class: 'clock-time', role: 'timer'});
  const day = h('p', {class: 'clock-day'});
  const zone = h('p', {class: 'quiet'});
  const ahead = h('p', {class: 'quiet'});
  const next = h('div', {class: 'cards'});
  const none = h('p', {class: 'quiet'}, 'No message you can see names a time ahead.');
  const custom = h('input', {class: 'text-input', placeholder: '90s, 2h30m, 26h', 'aria-label': 'Move the clock by', autocomplete: 'off'});
  const mark = h('span', {class: 'badge soft ahead', hidden: true});

  const take = (c) => {
    state.ahead = new Date(c.now) - Date.now();
    tick();
  };
  const move = (body) => attempt(async () => {
    const c = await api.post('/api/clock/advance', body);
    take(c);
    announce(`It is now ${fullTime(c.now)}`);
  });
  const tick = () => {
    const t = now();
    time.textContent = clockTime(t);
    day.textContent = dayOf(t);
    zone.textContent = `${state.me?.tz === 'Etc/UTC' ? 'UTC' : state.me?.tz ?? 'UTC'} · ${t.toISOString().slice(11, 19)} UTC`;
    const by = lasting(whole(state.ahead));
    ahead.textContent = state.ahead > 1500 ? `${by} ahead of real time` : 'Real time';
    mark.hidden = state.ahead < 1500;
    mark.textContent = `+${by.replace(/min \d+ s$/, 'min').replace(/(h \d+) min$/, '$1')}`;
  };
  setInterval(tick, 1000);

  const step = (by, words) => h('button', {type: 'button', class: 'button', data: {by}, onclick: () => move({by})}, words);
  const jump = (m) => h('button', {
    type: 'button', class: 'card jump', onclick: () => move({to: new Date(new Date(m.at).getTime() + 1000).toISOString()}),
  }, h('strong', {}, fullTime(m.at)), h('span', {}, `named in ${m.where.join(', ')} · in ${lasting(new Date(m.at) - now())}`));

  async function refresh(what) {
    if (!what || what.clock || what.slack) {
      const c = await api.get(`/api/clock${api.query({person: state.me?.id})}`);
      take(c); // at once: every moment counts
      await still();
      patch(next, c.next, {key: (m) => m.at, same: (m) => JSON.stringify([m, state.me?.tz, Math.floor(state.ahead / 60000)]), make: jump});
      none.hidden = c.next.length > 0;
    }
  }

  const node = h('section', {class: 'part'},
    h('div', {class: 'clock'}, time, day, zone, ahead),
    h('section', {}, h('h3', {}, 'Move it on by'),
      h('div', {class: 'steps'}, step('1m', '1 min'), step('15m', '15 min'), step('1h', '1 h'), step('8h', '8 h'), step('24h', '1 day')),
      h('form', {class: 'row', onsubmit: (ev) => {
        ev.preventDefault();
        if (custom.value.trim()) move({by: custom.value.trim().replaceAll(' ', '')});
      }}, custom, h('button', {class: 'button'}, 'Go'))),
    h('section', {}, h('h3', {}, 'Or to the next time that is named'), next, none),
    h('p', {class: 'quiet'}, 'Access, reminders and AWS run by this clock. Slack’s three seconds to acknowledge and the age of signatures stay real. The clock does not go back.'));
  fill(node.querySelector('.clock'), time, day, zone, ahead);
  return {node, mark, refresh, needs: ['clock', 'slack'], glance: async (what) => what.clock && take(await api.get('/api/clock'))};
}
