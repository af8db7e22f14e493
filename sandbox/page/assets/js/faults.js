// What goes wrong on purpose, and facts that may be either way.

import * as api from './api.js';
import {fill, h, iconButton, patch} from './dom.js';
import {attempt, still, toast} from './state.js';

/** settings shows a list of fields; each change is one call that names only what changed. */
function settings(path) {
  const box = h('div', {class: 'fields'});
  const save = (f, value) => attempt(async () => show((await api.post(path, {values: {[f.name]: value}})).fields));
  const make = (f) => {
    const changed = JSON.stringify(f.value) !== JSON.stringify(f.default);
    if (f.kind === 'bool') {
      return h('label', {class: `field choice${changed ? ' changed' : ''}`, title: f.name},
        h('input', {type: 'checkbox', checked: f.value, data: {focus: f.name}, onchange: (ev) => save(f, ev.target.checked)}), h('span', {}, f.words || f.name));
    }
    const text = f.kind === 'list' ? f.value.join(', ') : String(f.value);
    const read = (s) => (f.kind === 'number' ? Number(s) : f.kind === 'list' ? s.split(',').map((x) => x.trim()).filter(Boolean) : s.trim());
    return h('label', {class: `field${changed ? ' changed' : ''}`, title: `${f.name}, by default ${f.kind === 'list' ? f.default.join(', ') : f.default}`},
      h('span', {}, f.words || f.name),
      h('input', {class: 'text-input short', value: text, inputmode: f.kind === 'number' ? 'decimal' : undefined, data: {focus: f.name}, onchange: (ev) => save(f, read(ev.target.value))}));
  };
  const show = (fields) => patch(box, fields, {key: (f) => f.name, make});
  return {box, show};
}

const group = (title, open, ...children) => h('details', {open}, h('summary', {}, title), ...children);

export function faultsPanel() {
  const mark = h('span', {class: 'badge', hidden: true});
  const slack = settings('/api/slack/faults');
  const slackSwitches = settings('/api/slack/switches');
  const tuning = settings('/api/aws/tuning');
  const awsSwitches = settings('/api/aws/switches');
  const methods = h('div', {class: 'cards'});
  const active = h('div', {class: 'cards'});

  const field = (words, name, props) => h('label', {class: 'field'}, h('span', {}, words), h('input', {class: 'text-input short', name, autocomplete: 'off', ...props}));
  const values = (form) => Object.fromEntries([...new FormData(form)].filter(([, v]) => v !== ''));
  const form = (send, ...children) => h('form', {class: 'fields', onsubmit: (ev) => {
    ev.preventDefault();
    attempt(async () => {
      await send(values(ev.target));
      await refresh();
    });
  }}, ...children);

  const methodForm = form(({method, way, value, times, after}) => api.post('/api/slack/faults/method', {
    method, [way]: way === 'status' ? Number(value) : value, times: Number(times ?? 0), after_effect: after === 'on',
  }),
  field('Method', 'method', {value: 'chat.postMessage', list: 'slack-methods', required: true}),
  h('datalist', {id: 'slack-methods'}, ['*', 'chat.postMessage', 'chat.update', 'chat.postEphemeral', 'views.open', 'views.update', 'views.push', 'views.publish', 'users.info', 'users.lookupByEmail', 'usergroups.users.list', 'conversations.info', 'conversations.open', 'auth.test', 'apps.connections.open'].map((m) => h('option', {value: m}))),
  h('label', {class: 'field'}, h('span', {}, 'Fails with'), h('select', {class: 'text-input short', name: 'way', 'aria-label': 'How it fails'},
    h('option', {value: 'error'}, 'Error code'), h('option', {value: 'status'}, 'HTTP status'), h('option', {value: 'retry_after'}, '429, retry after'), h('option', {value: 'latency'}, 'Latency'))),
  field('Which', 'value', {value: 'internal_error', required: true}),
  field('How often (empty: until cleared)', 'times', {inputmode: 'numeric'}),
  h('label', {class: 'field choice'}, h('input', {type: 'checkbox', name: 'after'}), h('span', {}, 'Only the answer is lost, the effect stays')),
  h('button', {class: 'button'}, 'Set'));

  const kind = h('select', {class: 'text-input short', name: 'kind', 'aria-label': 'What goes wrong', onchange: () => {
    delay.hidden = kind.selectedOptions[0]?.dataset.delay !== 'true';
  }});
  const delay = field('By', 'delay', {value: '10s'});
  const awsForm = form(({kind: k, action, account_id, times, delay: d, reason}) => api.post('/api/aws/faults', {
    kind: k, action: action ?? '', account_id: account_id ?? '', times: Number(times ?? 0), reason: reason ?? '', delay: delay.hidden ? '' : d,
  }),
  h('label', {class: 'field'}, h('span', {}, 'What'), kind), delay,
  field('Calls', 'action', {value: 'sso:*', list: 'aws-actions'}),
  h('datalist', {id: 'aws-actions'}, ['*', 'sso:*', 'sso:CreateAccountAssignment', 'sso:DeleteAccountAssignment', 'sso:ListAccountAssignments', 'identitystore:*', 'organizations:*', 'tag:GetResources', 'sts:*'].map((m) => h('option', {value: m}))),
  field('Account (empty: all)', 'account_id', {inputmode: 'numeric'}),
  field('How often (empty: until cleared)', 'times', {inputmode: 'numeric'}),
  field('Reason (empty: AWS’s usual)', 'reason', {}),
  h('button', {class: 'button'}, 'Set'));

  const methodCard = (m) => h('div', {class: 'card bad'}, h('p', {class: 'card-title'}, h('strong', {}, m.method)),
    h('p', {class: 'card-state'}, [m.error, m.status && `HTTP ${m.status}`, m.retry_after && `429 for ${m.retry_after}`, m.latency && `${m.latency} late`,
      m.after_effect && 'after the effect', m.times ? `${m.times} more` : 'until cleared'].filter(Boolean).join(' · ')));
  const awsCard = (f) => h('div', {class: 'card bad'}, h('p', {class: 'card-title'}, h('strong', {}, f.words), ` ${f.action}`),
    h('p', {class: 'card-state'}, [f.account_id, f.delay, f.reason, f.times ? `${f.times} more` : 'until cleared', `struck ${f.hits ?? 0} times`].filter(Boolean).join(' · ')),
    iconButton('close', `Clear ${f.words}`, () => attempt(async () => {
      await api.post(`/api/aws/faults/${f.id}/clear`);
      await refresh();
    })));

  async function refresh() {
    const [s, sw, a, t, asw] = await Promise.all(['/api/slack/faults', '/api/slack/switches', '/api/aws/faults', '/api/aws/tuning', '/api/aws/switches'].map(api.get));
    await still();
    slack.show(s.fields);
    slackSwitches.show(sw.fields);
    tuning.show(t.fields);
    awsSwitches.show(asw.fields);
    patch(methods, s.methods, {key: (m) => m.method, make: methodCard});
    patch(active, a.active, {key: (f) => f.id, make: awsCard});
    if (!kind.options.length) {
      fill(kind, a.kinds.map((k) => h('option', {value: k.kind, 'data-delay': String(Boolean(k.delay))}, k.words)));
      delay.hidden = true;
    }
    count(s, a);
  }

  const count = (s, a) => {
    const n = s.methods.length + a.active.length + s.fields.filter((f) => JSON.stringify(f.value) !== JSON.stringify(f.default)).length;
    mark.hidden = n === 0;
    mark.textContent = n;
    mark.title = `${n} faults are set`;
  };

  const sockets = (words, body) => h('button', {type: 'button', class: 'button small', onclick: () => attempt(async () => {
    await api.post('/api/slack/sockets', body);
    toast(`${words}: done`);
  })}, words);

  const node = h('section', {class: 'part'},
    h('section', {}, h('div', {class: 'row between'}, h('h3', {}, 'Slack'),
      h('button', {type: 'button', class: 'button small', onclick: () => attempt(async () => {
        await Promise.all([api.post('/api/slack/faults/clear'), api.post('/api/aws/faults/clear')]);
        await refresh();
      })}, 'Heal everything')),
    slack.box, methods,
    group('Let one method fail', false, methodForm),
    group('Connections', false, h('div', {class: 'row wrap'}, sockets('Cut every socket', {do: 'drop'}),
      sockets('Ask to reconnect', {do: 'disconnect', reason: 'refresh_requested'}), sockets('Warn', {do: 'disconnect', reason: 'warning'}),
      sockets('Expire trigger ids', {do: 'expire_triggers'}))),
    group('Slack’s limits and open questions', false, slackSwitches.box)),
    h('section', {}, h('h3', {}, 'AWS'), active,
      group('Let something go wrong', true, awsForm),
      group('AWS’s speed and limits', false, tuning.box),
      group('AWS’s open questions', false, awsSwitches.box)));

  return {
    node, mark, refresh, needs: ['slack', 'aws'],
    glance: async () => count(await api.get('/api/slack/faults'), await api.get('/api/aws/faults')),
  };
}
