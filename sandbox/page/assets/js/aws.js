// What AWS holds, what it is doing, who calls it, and an administrator's hand in it.

import * as api from './api.js';
import {fill, h, iconButton, patch} from './dom.js';
import {attempt, clockTime, fullTime, now, state, still, toast} from './state.js';
import {confirm} from './confirm.js';

const plainText = (text) => ({type: 'plain_text', text});
const verb = (o) => {
  const [doing, done] = o.kind === 'create' ? ['Creating', 'Created'] : ['Deleting', 'Deleted'];
  return o.status === 'SUCCEEDED' ? done : doing;
};
const arnName = (arn) => arn?.split('/').at(-1) ?? '';

function since(at) {
  const s = Math.max(0, Math.round((now() - new Date(at)) / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86400)} d`;
}

// Long names break between their words.
const breakable = (name) => name.split(/(?=[A-Z])/).flatMap((word) => [h('wbr'), word]);

/** runs gathers calls of one kind that follow each other, newest first: the newest, how many, and the oldest. */
function runs(calls) {
  const out = [];
  for (const c of calls) {
    const last = out.at(-1);
    if (last && last.c.action === c.action && last.c.error === c.error && last.c.status === c.status && last.c.principal === c.principal) Object.assign(last, {n: last.n + 1, first: c});
    else out.push({c, n: 1, first: c});
  }
  return out;
}

export function awsPanel() {
  const filter = h('input', {type: 'search', class: 'text-input', placeholder: 'Filter by account, role or person', 'aria-label': 'Filter what AWS shows', oninput: () => attempt(refresh)});
  const standing = h('input', {type: 'checkbox', onchange: () => attempt(refresh)});
  const flight = h('div', {class: 'cards', 'aria-live': 'polite'});
  const assigned = h('div', {class: 'cards', 'aria-live': 'polite'});
  const joined = h('div', {class: 'cards', 'aria-live': 'polite'});
  const calls = h('div', {class: 'calls'});
  const counts = h('p', {class: 'quiet'});
  const more = h('p', {class: 'quiet'});
  const none = h('p', {class: 'quiet'}, 'Nobody has access of their own. Ask for some with /aws-access.');
  const ended = h('div', {class: 'cards'});
  const mark = h('span', {class: 'badge soft', hidden: true});

  const operation = (o) => {
    const node = h('div', {class: `card op ${o.status.toLowerCase()}${o.stuck ? ' stuck' : ''}`},
      h('p', {class: 'card-title'}, h('strong', {}, verb(o)), ` ${o.permission_set_name} in ${o.account_name}`),
      h('p', {class: 'card-more'}, o.principal_name || o.principal_id),
      o.status === 'IN_PROGRESS' && h('progress', {'aria-label': 'In progress'}),
      h('p', {class: 'card-state'}, o.status.replace('_', ' ').toLowerCase(), o.stuck ? ', stuck' : '', !o.started ? ', waits for its turn' : '',
        ` · ${o.elapsed}`, o.reason && ` · ${o.reason}`),
      o.stuck && h('button', {type: 'button', class: 'button small', onclick: () => attempt(() => api.post(`/api/aws/operations/${o.request_id}/release`))}, 'Let it go on'));
    return node;
  };

  const remove = async (a) => {
    const yes = await confirm({
      title: plainText('Remove behind the app’s back?'), style: 'danger', confirm: plainText('Remove'), deny: plainText('Keep'),
      text: plainText(`${a.principal_name} loses ${a.permission_set_name} in ${a.account_name}, as if an administrator had removed it in AWS's console.`),
    });
    if (!yes) return;
    const {account_id, permission_set_arn, principal_type, principal_id} = a;
    await attempt(() => api.post('/api/aws/assignments/remove', {account_id, permission_set_arn, principal_type, principal_id}));
  };

  const assignment = (a) => {
    const age = h('span');
    const node = h('div', {class: 'card assignment', data: {account: a.account_id, principal: a.principal_name}},
      h('p', {class: 'card-title'}, h('strong', {}, a.permission_set_name || arnName(a.permission_set_arn)), ` in ${a.account_name}`),
      h('p', {class: 'card-more'}, a.principal_name || `${a.principal_id} (deleted)`, a.principal_type === 'GROUP' && h('span', {class: 'tag'}, 'group')),
      h('p', {class: 'card-state'}, h('span', {class: 'dot'}), a.account_id, ' · for ', age),
      iconButton('close', `Remove ${a.permission_set_name} in ${a.account_name} from ${a.principal_name}`, () => remove(a)));
    node.title = `since ${fullTime(a.created)}`;
    node.update = (next) => {
      age.textContent = since(next.created);
    };
    return node;
  };

  const leave = async (m) => {
    const yes = await confirm({
      title: plainText('Remove behind the app’s back?'), style: 'danger', confirm: plainText('Remove'), deny: plainText('Keep'),
      text: plainText(`${m.user_name} leaves the group ${m.group_name}, as if an administrator had done it in AWS's console.`),
    });
    if (yes) await attempt(() => api.post(`/api/aws/groups/${m.group_id}/members`, {user: m.user_id, member: false}));
  };

  const membership = (m) => {
    const age = h('span');
    const node = h('div', {class: 'card assignment membership', data: {group: m.group_name, principal: m.user_name}},
      h('p', {class: 'card-title'}, 'In ', h('strong', {}, m.group_name)),
      h('p', {class: 'card-more'}, m.user_name, h('span', {class: 'tag'}, 'membership')),
      h('p', {class: 'card-state'}, h('span', {class: 'dot'}), `brings ${m.brings} ${m.brings === 1 ? 'role' : 'roles'}`, ' · for ', age),
      iconButton('close', `Take ${m.user_name} out of ${m.group_name}`, () => leave(m)));
    node.title = `since ${fullTime(m.created)}${m.created_by ? ` by ${m.created_by}` : m.standing ? ', from the start' : ', by hand'}`;
    node.update = (next) => {
      age.textContent = since(next.created);
    };
    return node;
  };

  const call = ({c, n}) => {
    const [service, action] = c.action.split(':');
    return h('div', {class: `call${c.error ? ' bad' : ''}`, title: `${c.action}\nby ${c.principal || 'an unknown caller'}\n${c.request_id}`},
      h('time', {}, clockTime(c.at)),
      h('span', {class: 'call-name'}, breakable(action ?? service), n > 1 && h('span', {class: 'call-times'}, ` × ${n}`), action && h('span', {class: 'call-service'}, service)),
      h('span', {class: 'call-end'}, c.error || c.status || 'no answer'));
  };

  async function refresh() {
    const q = filter.value;
    const [a, g, f, o, c] = await Promise.all([
      api.get(`/api/aws/assignments${api.query({q, standing: standing.checked, limit: 100})}`),
      api.get(`/api/aws/memberships${api.query({q, standing: standing.checked, limit: 100})}`),
      api.get('/api/aws/operations?in_flight=1&limit=50'),
      api.get('/api/aws/operations?limit=12'),
      api.get('/api/aws/calls?limit=40'),
    ]);
    await still();
    const match = (x) => !q || JSON.stringify(x).toLowerCase().includes(q.toLowerCase());
    patch(flight, f.operations.filter(match), {key: (x) => x.request_id, make: operation});
    flight.parentElement.hidden = f.operations.length === 0;
    patch(assigned, a.assignments, {key: (x) => [x.account_id, x.permission_set_arn, x.principal_id].join(), make: assignment});
    patch(joined, g.memberships, {key: (x) => [x.group_id, x.user_id, x.created].join(), make: membership});
    const total = a.total + g.total, shown = a.assignments.length + g.memberships.length;
    none.hidden = total > 0;
    more.hidden = total <= shown;
    more.textContent = `${shown} of ${total.toLocaleString('en')}; filter to see others.`;
    const over = o.operations.filter((x) => x.status !== 'IN_PROGRESS').filter(match).slice(0, 6);
    patch(ended, over, {key: (x) => x.request_id, make: operation});
    ended.parentElement.hidden = over.length === 0;
    // A run keeps its node while it grows: its oldest call names it.
    patch(calls, runs(c.calls.filter(match)), {key: ({first}) => first.request_id + first.at, same: ({c, n}) => JSON.stringify([n, c.request_id, c.at, state.me?.tz]), make: call});
    const all = Object.values(c.counts).reduce((x, y) => x + y, 0);
    const bad = Object.entries(c.errors).map(([k, n]) => `${n} × ${k}`).join(', ');
    counts.textContent = all ? `${all.toLocaleString('en')} ${all === 1 ? 'call' : 'calls'} so far${bad ? `; ${bad}` : ''}` : 'No calls yet.';
    badge(f.operations.length);
  }

  const badge = (n) => {
    mark.hidden = n === 0;
    mark.textContent = n;
    mark.title = `${n} operations in flight`;
  };

  const node = h('section', {class: 'part'},
    h('div', {class: 'part-head'}, filter),
    h('section', {}, h('h3', {}, 'In flight'), flight),
    h('section', {}, h('h3', {}, 'Access now'), assigned, joined, none, more,
      h('label', {class: 'choice small'}, standing, h('span', {}, 'Show what was there from the start'))),
    h('section', {}, h('h3', {}, 'Done'), ended),
    h('details', {}, h('summary', {}, 'By hand, behind the app’s back'), giving(), administration()),
    h('details', {open: true}, h('summary', {}, 'Calls'), counts, calls));

  return {
    node, mark, refresh, needs: ['aws', 'clock'],
    glance: async () => badge((await api.get('/api/aws/operations?in_flight=1&limit=50')).operations.length),
  };
}

/** giving gives a person a role in an account, or puts them into a group, as an administrator would. */
function giving() {
  const named = (id, path, key, label, name) => {
    const known = h('datalist', {id});
    const input = h('input', {class: 'text-input', list: id, placeholder: label, 'aria-label': label, autocomplete: 'off', oninput: () => attempt(find)});
    async function find() {
      const found = await api.get(`/api/aws/${path}${api.query({q: input.value, limit: 20})}`);
      fill(known, found[key].map((x) => h('option', {value: name(x)})));
    }
    input.addEventListener('focus', () => attempt(find));
    return {input, node: h('span', {class: 'grow'}, input, known)};
  };
  const who = named('hand-who', 'users', 'users', 'Person', (u) => u.user_name);
  const role = named('hand-role', 'permission-sets', 'permission_sets', 'Role', (p) => p.name);
  const account = named('hand-account', 'accounts', 'accounts', 'Account', (a) => a.name);
  const group = named('hand-group', 'groups', 'groups', 'Group', (g) => g.name);
  const person = () => who.input.value.trim();
  const give = () => attempt(async () => {
    const {added} = await api.post('/api/aws/assignments', {account_id: account.input.value.trim(), permission_set_arn: role.input.value.trim(), principal_id: person()});
    toast(added ? `${person()} has ${role.input.value} in ${account.input.value}` : 'AWS holds that already: it counts as given once more');
  });
  const put = () => attempt(async () => {
    await api.post(`/api/aws/groups/${encodeURIComponent(group.input.value.trim())}/members`, {user: person(), member: true});
    toast(`${person()} is in ${group.input.value}`);
  });
  return h('div', {class: 'admin giving'},
    h('div', {class: 'row'}, who.node),
    h('div', {class: 'row'}, role.node, account.node, h('button', {type: 'button', class: 'button small', onclick: give}, 'Give')),
    h('div', {class: 'row'}, group.node, h('button', {type: 'button', class: 'button small', onclick: put}, 'Put in')));
}

/** administration finds an account or a user and changes it. */
function administration() {
  const results = h('div', {class: 'people-results'});
  const kind = h('select', {class: 'text-input', 'aria-label': 'What to look for', onchange: () => attempt(find)},
    h('option', {value: 'accounts'}, 'Accounts'), h('option', {value: 'users'}, 'Users'));
  const input = h('input', {type: 'search', class: 'text-input', placeholder: 'Find…', 'aria-label': 'Find an account or a user', oninput: () => attempt(find)});
  const change = (path, body, words) => attempt(async () => {
    await api.post(path, body);
    toast(words);
    await find();
  });
  async function find() {
    const found = await api.get(`/api/aws/${kind.value}${api.query({q: input.value, limit: 8})}`);
    fill(results, kind.value === 'accounts'
      ? found.accounts.map((a) => {
        const next = a.state === 'ACTIVE' ? 'SUSPENDED' : 'ACTIVE';
        return h('div', {class: 'people-row'}, h('span', {class: 'people-who'}, h('strong', {}, a.name), h('span', {}, `${a.id} · ${a.ou} · ${a.state.toLowerCase()}`)),
          h('button', {type: 'button', class: 'button small', onclick: () => change(`/api/aws/accounts/${a.id}`, {state: next}, `${a.name} is ${next.toLowerCase()}`)}, next === 'ACTIVE' ? 'Activate' : 'Suspend'));
      })
      : found.users.map((u) => h('div', {class: 'people-row'}, h('span', {class: 'people-who'}, h('strong', {}, u.name), h('span', {}, `${u.user_name}${u.disabled ? ' · disabled' : ''}`)),
        h('button', {type: 'button', class: 'button small', onclick: () => change(`/api/aws/users/${u.id}`, {disabled: !u.disabled}, `${u.name} is ${u.disabled ? 'enabled' : 'disabled'} in AWS`)}, u.disabled ? 'Enable' : 'Disable'))),
    found.total > 8 && h('p', {class: 'quiet'}, `8 of ${found.total.toLocaleString('en')}. Type to find others.`));
  }
  const box = h('div', {class: 'admin'}, h('div', {class: 'row'}, kind, input), results);
  box.addEventListener('focusin', () => !results.firstChild && attempt(find));
  requestAnimationFrame(() => box.closest('details')?.addEventListener('toggle', (ev) => ev.target.open && attempt(find)));
  return box;
}
