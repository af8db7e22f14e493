// What the app says, what passed between it and Slack, and how to connect another client.

import * as api from './api.js';
import {fill, h, patch} from './dom.js';
import {attempt, clockTime, state, still, toast} from './state.js';

const levels = {TRC: 'trace', DBG: 'debug', INF: 'info', WRN: 'warn', ERR: 'error', FTL: 'fatal', PNC: 'panic'};

/** parse reads a line as loggers write it, JSON or for consoles: a level, a message, fields. */
function parse(text) {
  const line = /^\S*\d\d:\d\d\S* (TRC|DBG|INF|WRN|ERR|FTL|PNC) (.*)$/.exec(text);
  if (line) {
    const at = line[2].search(/(^| )[\w.-]+=/);
    const fields = at < 0 ? [] : [...line[2].slice(at).matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map((m) => [m[1], m[2]]);
    return {level: levels[line[1]], message: at < 0 ? line[2] : line[2].slice(0, at), fields: Object.fromEntries(fields)};
  }
  try {
    const {level, message, msg, time, ...fields} = JSON.parse(text);
    const say = message ?? msg;
    if (say === undefined && level === undefined) return {message: text, fields: {}};
    return {level, message: say ?? '', fields};
  } catch {
    return {message: text, fields: {}};
  }
}

/** stamp is when something was said: by the sandbox's clock, as messages are; by the wall when one points at it. */
const stamp = (x) => h('time', {datetime: x.clock, title: `${clockTime(x.at)} in real time`}, clockTime(x.clock));

export function logPanel() {
  const lines = h('div', {class: 'log', role: 'log', 'aria-label': 'What the app says', tabindex: '0'});
  const none = h('p', {class: 'quiet'}, 'The app has said nothing yet.');
  const wire = h('div', {class: 'calls'});
  let kept = [];
  let following = true; // the end is in view, or was when there was last something to see

  const toEnd = () => {
    if (following) lines.scrollTop = lines.scrollHeight;
  };
  lines.addEventListener('scroll', () => {
    if (lines.clientHeight > 0) following = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  });
  new ResizeObserver(toEnd).observe(lines); // shown again, or the window was resized

  const line = (l) => {
    const {level, message, fields} = parse(l.text);
    return h('div', {class: `log-line ${level ?? ''}`},
      stamp(l), level && h('span', {class: 'log-level'}, level), h('span', {class: 'log-text'}, message,
        Object.entries(fields).map(([k, v]) => h('span', {class: 'log-field'}, ` ${k}=`, h('b', {}, typeof v === 'string' ? v : JSON.stringify(v))))));
  };

  const entry = (e) => h('details', {class: `call wire${e.ok ? '' : ' bad'}`},
    h('summary', {}, stamp(e), h('span', {class: 'call-kind'}, e.kind), h('span', {class: 'call-name'}, e.name),
      h('span', {class: 'call-end'}, e.error || (e.took > 1e6 ? `${Math.round(e.took / 1e6)} ms` : ''))),
    e.messages && h('p', {class: 'quiet'}, e.messages.join('; ')), e.body && h('pre', {class: 'pre'}, pretty(e.body)));

  async function refresh() {
    const {lines: fresh} = await api.get(`/api/log${api.query({after: kept.at(-1)?.seq})}`);
    const {entries} = await api.get('/api/slack/log?limit=60');
    await still();
    kept = [...kept, ...fresh].slice(-500);
    patch(lines, kept, {key: (l) => l.seq, same: () => state.me?.tz, make: line});
    toEnd();
    none.hidden = kept.length > 0;
    patch(wire, entries, {key: (e) => e.seq, same: () => state.me?.tz, make: entry});
  }

  const connect = h('div', {});
  const node = h('section', {class: 'part'},
    h('section', {}, h('h3', {}, 'What the app says'), none, lines),
    h('section', {}, h('h3', {}, 'Between the app and Slack'), wire),
    h('details', {ontoggle: () => showConnect(connect)}, h('summary', {}, 'Connect another client'), connect));
  return {node, refresh, needs: ['log', 'slack']};
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function showConnect(box) {
  const text = state.session.connect.map((s) => `export ${s.name}=${s.value}`).join('\n');
  fill(box, h('p', {class: 'quiet'}, 'Any Slack or AWS client talks to the simulators with these. The tokens work nowhere else.'), h('pre', {class: 'pre'}, text),
    h('button', {type: 'button', class: 'button small', onclick: () => attempt(async () => {
      await navigator.clipboard.writeText(text);
      toast('Copied');
    })}, 'Copy'));
}
