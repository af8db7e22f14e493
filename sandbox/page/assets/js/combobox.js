// Selects of every kind, as the combobox of the ARIA Authoring Practices: a text field that filters, a list
// below it, arrow keys, Enter, Escape. External selects ask the app at every keystroke, as Slack does.

import {fill, h, icon, uid} from './dom.js';
import {plain} from './spans.js';
import {still} from './state.js';

const external = (e) => e.type.endsWith('external_select');
const many = (e) => e.type.startsWith('multi_');

/** chosen reads what an element's value holds as a list of {value, label}. */
function chosen(value, names) {
  const out = [];
  for (const field of ['selected_option', 'selected_user', 'selected_channel', 'selected_conversation']) {
    for (const x of [value?.[field], value?.[`${field}s`]].flat()) {
      if (!x) continue;
      out.push(typeof x === 'string' ? {value: x, label: names.get(x) ?? x} : {value: x.value, label: plain(x.text)});
    }
  }
  return out;
}

export function combobox(surface, block, element, {label, describedby, required}) {
  const list = uid('list');
  const names = new Map(); // of people and channels that were offered
  let picked = [];
  let open = false;
  let active = -1;
  let entries = [];
  let asked = 0;
  let timer = 0;
  let saving = 0;
  let stale = false; // the list is not yet the one for what is typed
  let moved = false; // the active entry was chosen with the arrow keys, not by the list
  let enter = false; // Enter was pressed meanwhile: it chooses from the list that is still to come

  const input = h('input', {
    type: 'text', class: 'combo-input', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list, 'aria-label': label,
    'aria-describedby': describedby, 'aria-required': required, placeholder: plain(element.placeholder) || 'Choose',
    data: {focus: `${block.block_id}/${element.action_id}`},
  });
  const listbox = h('div', {class: 'combo-list', role: 'listbox', id: list, 'aria-label': label, popover: 'manual'});
  const chips = h('span', {class: 'chips'});
  const clear = h('button', {type: 'button', class: 'combo-clear', 'aria-label': `Clear ${label}`, tabindex: '-1'}, icon('close'));
  const box = h('div', {class: 'combo'}, chips, input, clear, icon('down'), listbox);

  const shownLabel = () => (many(element) || picked.length === 0 ? '' : picked[0].label);
  const show = () => {
    clear.hidden = picked.length === 0 || many(element) || Boolean(required);
    if (document.activeElement !== input || !open) input.value = shownLabel();
    input.title = shownLabel();
    fill(chips, many(element) && picked.map((p) => h('span', {class: 'chip'}, p.label,
      h('button', {type: 'button', 'aria-label': `Remove ${p.label}`, onclick: () => choose(picked.filter((x) => x !== p))}, '×'))));
  };

  const place = () => {
    const r = box.getBoundingClientRect();
    const below = window.innerHeight - r.bottom;
    const up = below < 220 && r.top > below;
    listbox.style.left = `${r.left}px`;
    listbox.style.width = `${r.width}px`;
    listbox.style.maxHeight = `${Math.max(120, Math.min(320, (up ? r.top : below) - 12))}px`;
    listbox.style.top = up ? 'auto' : `${r.bottom + 4}px`;
    listbox.style.bottom = up ? `${window.innerHeight - r.top + 4}px` : 'auto';
  };

  const follow = (ev) => (ev.target instanceof Node && listbox.contains(ev.target)) || place();

  const mark = (i) => {
    active = i;
    const options = listbox.querySelectorAll('[role=option]');
    options.forEach((o, j) => o.classList.toggle('active', j === i));
    if (i >= 0 && options[i]) {
      input.setAttribute('aria-activedescendant', options[i].id);
      options[i].scrollIntoView({block: 'nearest'});
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  };

  const move = (i) => {
    moved = true;
    mark(i);
  };

  const status = (words) => fill(listbox, h('div', {class: 'combo-status', role: 'status'}, words));

  const offer = (groups, typed) => {
    const wanted = moved ? entries[active]?.value : undefined;
    entries = [];
    const isPicked = (v) => picked.some((p) => p.value === v);
    fill(listbox, groups.map((g) => {
      const id = uid('group');
      const options = g.options.map((o) => {
        const i = entries.push({value: o.value, label: plain(o.text)}) - 1;
        if (!external(element)) names.set(o.value, plain(o.text));
        return h('div', {
          class: 'combo-option', role: 'option', id: uid('option'), 'aria-selected': String(isPicked(o.value)), data: {value: o.value},
          onpointerdown: (ev) => ev.preventDefault(), onclick: () => pick(i), onpointermove: () => active !== i && move(i),
        }, h('span', {class: 'combo-text'}, plain(o.text)), o.description && h('span', {class: 'combo-more'}, plain(o.description)));
      });
      return g.label ? h('div', {role: 'group', 'aria-labelledby': id}, h('div', {class: 'combo-group', id}, plain(g.label)), options) : options;
    }));
    if (entries.length === 0) status('Nothing found.');
    const kept = wanted === undefined ? -1 : entries.findIndex((e) => e.value === wanted);
    moved = kept >= 0;
    const search = entries.length > 0 && input.value.trim() !== '' && input.value !== shownLabel();
    mark(kept >= 0 ? kept : search ? 0 : -1);
    stale = input.value !== typed;
    if (stale) return;
    if (enter && active >= 0) pick(active);
    enter = false;
  };

  const load = async () => {
    const turn = ++asked;
    const over = async () => {
      await still(); // the list stays as it is while one of its entries is being pressed
      return turn !== asked || !open;
    };
    if (await over()) return;
    const typed = input.value;
    const query = typed === shownLabel() ? '' : typed;
    const least = element.min_query_length ?? 3;
    if (external(element) && query.length < least) {
      entries = [];
      mark(-1);
      status(`Type ${least > 1 ? `at least ${least} characters` : 'something'} to search.`);
      return;
    }
    listbox.setAttribute('aria-busy', 'true');
    try {
      const answer = await surface.options(block, element, query);
      if (await over()) return;
      if (!answer.result.ok) {
        entries = [];
        status([answer.result.notice || 'The options could not be loaded.', ...(answer.result.problems ?? [])].join(' '));
        return;
      }
      offer(answer.groups?.length ? answer.groups : [{options: answer.options}], typed);
    } catch (err) {
      if (await over()) return;
      entries = [];
      status(err.message);
    } finally {
      if (turn === asked) listbox.removeAttribute('aria-busy');
    }
  };

  const expand = () => {
    if (open) return;
    open = true;
    input.setAttribute('aria-expanded', 'true');
    status('Loading…');
    listbox.showPopover();
    place();
    window.addEventListener('scroll', follow, {capture: true, passive: true});
    window.addEventListener('resize', follow);
    load();
  };

  const collapse = () => {
    if (!open) return;
    open = false;
    enter = false;
    asked++;
    clearTimeout(timer);
    input.setAttribute('aria-expanded', 'false');
    listbox.hidePopover();
    window.removeEventListener('scroll', follow, {capture: true});
    window.removeEventListener('resize', follow);
    mark(-1);
    input.value = shownLabel();
  };

  const choose = async (next) => {
    const before = picked;
    picked = next;
    show();
    saving++;
    const result = await surface.fill(block, element, picked.map((p) => p.value));
    saving--;
    if (!result.ok && ['declined', 'refused'].includes(result.code)) {
      picked = before;
      show();
    }
  };

  const pick = (i) => {
    const entry = entries[i];
    if (!entry) return;
    if (!many(element)) {
      picked = [entry];
      collapse();
      choose([entry]);
      return;
    }
    input.value = '';
    const has = picked.some((p) => p.value === entry.value);
    choose(has ? picked.filter((p) => p.value !== entry.value) : [...picked, entry]).then(() => open && load());
  };

  clear.addEventListener('click', () => {
    choose([]);
    input.focus();
  });
  input.addEventListener('click', () => {
    expand();
    input.select();
  });
  input.addEventListener('input', () => {
    stale = true;
    moved = enter = false;
    expand();
    clearTimeout(timer);
    timer = setTimeout(load, external(element) ? 120 : 0);
  });
  input.addEventListener('blur', collapse);
  input.addEventListener('keydown', (ev) => {
    const n = entries.length;
    switch (ev.key) {
      case 'ArrowDown':
        if (!open) expand();
        else if (n) move((active + 1) % n);
        break;
      case 'ArrowUp':
        if (!open) expand();
        else if (n) move((active - 1 + n) % n);
        break;
      case 'PageDown':
        if (open && n) move(Math.min(n - 1, active + 8));
        break;
      case 'PageUp':
        if (open && n) move(Math.max(0, active - 8));
        break;
      case 'Enter':
        if (!open) expand();
        else if (stale && !moved) enter = true;
        else if (active >= 0) pick(active);
        break;
      case 'Escape':
        if (!open) return;
        collapse();
        break;
      case 'Backspace':
        if (!many(element) || input.value !== '' || picked.length === 0) return;
        choose(picked.slice(0, -1));
        break;
      case 'Tab':
        collapse();
        return;
      default:
        return;
    }
    ev.preventDefault();
    ev.stopPropagation();
  });
  box.addEventListener('pointerdown', (ev) => {
    if (ev.target === box || ev.target.closest('.icon') === box.querySelector(':scope > .icon')) {
      ev.preventDefault();
      input.focus();
      if (open) collapse();
      else expand();
    }
  });
  show();
  return {
    node: box,
    input,
    update(value) {
      const next = chosen(value, names);
      const key = JSON.stringify(next.map((p) => p.value));
      if (saving || key === JSON.stringify(picked.map((p) => p.value))) {
        if (!saving && next.length && next.some((p, i) => p.label !== picked[i].label)) {
          picked = next;
          show();
        }
        return;
      }
      picked = next;
      show();
    },
  };
}
