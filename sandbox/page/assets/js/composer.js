// Where one writes: messages, and commands with suggestions.

import {fill, h, iconButton, uid} from './dom.js';
import {explain} from './acts.js';
import {attempt, me, state} from './state.js';

export function composer({channel, name, thread, cannot}) {
  if (cannot) return h('p', {class: 'composer-cannot'}, cannot);
  const calls = me(); // the words go out as the person to whom this was shown
  const listId = uid('commands');
  const list = h('div', {class: 'suggestions', role: 'listbox', id: listId, 'aria-label': 'Commands', hidden: true});
  const status = h('p', {class: 'composer-status', role: 'status'});
  let found = [];
  let active = 0;

  const input = h('textarea', {
    rows: '1', class: 'composer-input', 'aria-label': `Message ${name}`, placeholder: thread ? 'Reply…' : `Message ${name}`,
    role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': listId, spellcheck: 'false',
  });

  // A hint that is cut off in the middle explains nothing.
  const hint = `Message ${name}, or / for commands`;
  new ResizeObserver(() => {
    if (!thread) input.placeholder = input.clientWidth > 9 * hint.length ? hint : `Message ${name}`;
  }).observe(input);

  const suggest = () => {
    const text = input.value;
    const typing = text.startsWith('/') && !/\s/.test(text) && !thread;
    const called = (s) => !s.on_message && s.name.toLowerCase().startsWith(text.slice(1).toLowerCase());
    found = typing ? [...state.commands.filter((c) => c.name.startsWith(text)), ...state.shortcuts.filter(called).map((s) => ({...s, description: 'Shortcut'}))] : [];
    active = Math.min(active, Math.max(0, found.length - 1));
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(found.length > 0));
    fill(list, found.map((c, i) => h('div', {
      role: 'option', class: `suggestion${i === active ? ' active' : ''}`, id: `${listId}-${i}`, 'aria-selected': String(i === active),
      onpointerdown: (ev) => ev.preventDefault(), onclick: () => take(c),
    }, h('strong', {}, c.name), c.usage && h('span', {class: 'usage'}, c.usage), h('span', {class: 'what'}, c.description ?? ''))));
    if (found.length) input.setAttribute('aria-activedescendant', `${listId}-${active}`);
    else input.removeAttribute('aria-activedescendant');
  };

  const grow = () => {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 180)}px`;
  };

  const run = async (s) => {
    input.value = '';
    suggest();
    grow();
    explain(await attempt(() => calls.shortcut(s.callback_id)));
  };

  const take = (c) => {
    if (c.callback_id) {
      run(c);
      return;
    }
    input.value = `${c.name} `;
    suggest();
    grow();
    input.focus();
  };

  const send = async () => {
    const text = input.value.trim();
    if (!text) return;
    const command = text.startsWith('/') && !thread;
    input.value = '';
    grow();
    suggest();
    if (!command) {
      if (!(await attempt(() => calls.say(channel, text, thread)))) input.value = text;
      return;
    }
    status.textContent = `Running ${text.split(' ')[0]} …`;
    const result = await attempt(() => calls.command(channel, text));
    status.textContent = '';
    if (!result) input.value = text;
    else if (result.notice) status.textContent = `⚠ ${result.notice}`;
    explain(result);
  };

  input.addEventListener('input', () => {
    status.textContent = '';
    active = 0;
    suggest();
    grow();
  });
  input.addEventListener('blur', () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  });
  input.addEventListener('focus', suggest);
  let shift = false;
  input.addEventListener('beforeinput', (ev) => {
    if (ev.inputType === 'insertLineBreak' && !shift) ev.preventDefault();
  });
  input.addEventListener('keydown', (ev) => {
    shift = ev.shiftKey;
    if (ev.isComposing) return;
    const offered = !list.hidden && found.length > 0;
    const exact = offered && found[active].name === input.value;
    switch (ev.key) {
      case 'ArrowDown': case 'ArrowUp':
        if (!offered) return;
        active = (active + (ev.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
        suggest();
        break;
      case 'Tab':
        if (!offered || ev.shiftKey) return;
        take(found[active]);
        break;
      case 'Escape':
        if (!offered) return;
        list.hidden = true;
        input.setAttribute('aria-expanded', 'false');
        break;
      case 'Enter':
        if (ev.shiftKey) return;
        if (offered && !exact) take(found[active]);
        else send();
        break;
      default:
        return;
    }
    ev.preventDefault();
  });

  return h('div', {class: 'composer'},
    h('div', {class: 'composer-box'}, list, input, iconButton('send', 'Send', send, {class: 'icon-button send'})), status);
}
