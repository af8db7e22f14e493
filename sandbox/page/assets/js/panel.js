// The column behind the scenes: AWS, the clock, faults, the log.

import {fill, h, icon} from './dom.js';
import {attempt} from './state.js';
import {awsPanel} from './aws.js';
import {clockPanel} from './clock.js';
import {faultsPanel} from './faults.js';
import {logPanel} from './log.js';

const panel = document.getElementById('panel');
const parts = [
  {name: 'AWS', icon: 'cloud', part: awsPanel()},
  {name: 'Clock', icon: 'clock', part: clockPanel()},
  {name: 'Faults', icon: 'bolt', part: faultsPanel()},
  {name: 'Log', icon: 'log', part: logPanel()},
];
let current = parts[0];

function select(p, focus) {
  current = p;
  for (const x of parts) {
    x.tab.setAttribute('aria-selected', String(x === p));
    x.tab.tabIndex = x === p ? 0 : -1;
    x.part.node.hidden = x !== p;
  }
  if (focus) p.tab.focus();
  refreshPanel({slack: true, aws: true, clock: true, log: true});
}

export function showPanel() {
  const bar = h('div', {class: 'panel-tabs', role: 'tablist', 'aria-label': 'Behind the scenes'});
  parts.forEach((p, i) => {
    p.tab = h('button', {
      type: 'button', role: 'tab', id: `tab-${p.name}`, 'aria-controls': `part-${p.name}`,
      onclick: () => select(p),
      onkeydown: (ev) => {
        const step = {ArrowRight: 1, ArrowLeft: -1}[ev.key];
        if (step) select(parts[(i + step + parts.length) % parts.length], true);
      },
    }, icon(p.icon), h('span', {}, p.name), p.part.mark);
    p.part.node.id = `part-${p.name}`;
    p.part.node.setAttribute('role', 'tabpanel');
    p.part.node.setAttribute('aria-labelledby', p.tab.id);
    p.part.node.tabIndex = 0;
    bar.append(p.tab);
  });
  fill(panel, bar, parts.map((p) => p.part.node));
  select(current);
}

const busy = new Map();

// While changes follow each other, as the calls of somebody who reads all of AWS do, a part is read again this
// many milliseconds after it was shown: no eye is faster, and each reading takes several requests.
const pause = 150;

/** refreshPanel fetches again what has changed: of the part that is open all, of the others what their tab shows. */
export function refreshPanel(what) {
  for (const p of parts) {
    const open = p === current;
    const work = open ? p.part.refresh : p.part.glance;
    if (!work || !p.part.needs.some((n) => what[n])) continue;
    if (busy.get(p)) {
      busy.set(p, 'again');
      continue;
    }
    busy.set(p, 'now');
    attempt(() => work(what)).finally(() => setTimeout(() => {
      const again = busy.get(p) === 'again';
      busy.delete(p);
      if (again) refreshPanel(Object.fromEntries(p.part.needs.map((n) => [n, true])));
    }, pause));
  }
}
