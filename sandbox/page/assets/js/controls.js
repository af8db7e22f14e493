// Every interactive element of Block Kit. A control is {node, input, update(value)}: update takes what the
// server holds, and leaves alone what is being typed.

import {h, icon, iconButton, uid} from './dom.js';
import {plain, text} from './spans.js';
import {combobox} from './combobox.js';

const focusKey = (block, element) => ({focus: `${block.block_id}/${element.action_id}`});

function button(surface, block, element) {
  const node = h('button', {
    type: 'button', class: `button ${element.style ?? ''}`, data: {...focusKey(block, element), action: element.action_id},
    'aria-label': element.accessibility_label,
    onclick: async () => {
      if (node.getAttribute('aria-busy')) return;
      node.setAttribute('aria-busy', 'true');
      const result = await surface.press(block, element, element.value);
      node.removeAttribute('aria-busy');
      const url = result.url || (result.ok && element.url);
      if (url && /^https?:/i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
    },
  }, h('span', {class: 'button-text'}, plain(element.text)), element.url && icon('link'));
  return {node, input: node, update() {}};
}

function overflow(surface, block, element) {
  const id = uid('menu');
  const menu = h('div', {class: 'menu', popover: 'auto', id, role: 'menu'});
  const opener = iconButton('dots', 'More actions', () => {
    const r = opener.getBoundingClientRect();
    menu.showPopover();
    menu.style.top = `${Math.min(r.bottom + 4, window.innerHeight - menu.offsetHeight - 8)}px`;
    menu.style.left = `${Math.max(8, r.right - menu.offsetWidth)}px`;
    menu.firstElementChild?.focus();
  }, {'aria-haspopup': 'menu', data: focusKey(block, element)});
  for (const o of element.options ?? []) {
    menu.append(h('button', {
      type: 'button', role: 'menuitem',
      onclick: () => {
        menu.hidePopover();
        opener.focus();
        surface.press(block, element, o.value);
      },
    }, plain(o.text)));
  }
  menu.addEventListener('keydown', (ev) => {
    const items = [...menu.children];
    const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
    if (step) {
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
      ev.preventDefault();
    }
  });
  return {node: h('span', {class: 'overflow'}, opener, menu), input: opener, update() {}};
}

const textTypes = {email_text_input: 'email', url_text_input: 'url', number_input: 'text', plain_text_input: 'text'};

/** textInput sends what is typed a moment after the last key, at once on blur, and before a form is submitted. */
function textInput(surface, block, element, {labelledby, describedby, required}) {
  const input = h(element.multiline ? 'textarea' : 'input', {
    class: 'text-input', type: element.multiline ? undefined : textTypes[element.type], rows: element.multiline ? '3' : undefined,
    inputmode: element.type === 'number_input' ? 'decimal' : undefined, maxlength: element.max_length,
    placeholder: plain(element.placeholder), 'aria-labelledby': labelledby, 'aria-describedby': describedby,
    'aria-required': required, autocomplete: 'off', data: focusKey(block, element),
  });
  const each = element.dispatch_action_config?.trigger_actions_on?.includes('on_character_entered');
  let timer = 0;
  let known = '';
  let inFlight = 0;
  let sending = Promise.resolve();
  const send = () => {
    clearTimeout(timer);
    surface.typing.delete(send);
    if (input.value === known) return sending;
    known = input.value;
    const text = known;
    inFlight++;
    sending = sending.then(() => surface.fill(block, element, [text])).then((result) => {
      inFlight--;
      if (result.code !== 'refused' || known !== text) return;
      known = null; // it did not arrive: it goes with the next that is sent, and is not overwritten until then
      surface.typing.add(send);
    });
    return sending;
  };
  const later = () => {
    surface.typing.add(send);
    clearTimeout(timer);
    timer = setTimeout(send, each ? 60 : 250);
  };
  input.addEventListener('input', later);
  // When the app changes the field while somebody types in it, the new field goes on with the text of the old one.
  const place = `${block.block_id}/${element.action_id}`;
  const before = surface.drafts.get(place)?.leave();
  surface.drafts.set(place, {leave() {
    clearTimeout(timer);
    const unsent = surface.typing.delete(send);
    return {text: input.value, known, unsent};
  }});
  if (before) {
    input.value = before.text;
    known = before.known;
    if (before.unsent) later();
  }
  input.addEventListener('blur', send);
  input.addEventListener('keydown', async (ev) => {
    if (ev.key !== 'Enter' || (element.multiline && !ev.metaKey && !ev.ctrlKey)) return;
    ev.preventDefault();
    await send();
    if (block.dispatch_action) surface.enter(block, element);
    else surface.submit?.();
  });
  return {
    node: input,
    input,
    update(value) {
      // What the server holds is older than what is being typed, never newer, unless somebody else fills the form.
      const v = value?.value ?? '';
      if (document.activeElement === input || surface.typing.has(send) || inFlight || v === known) return;
      known = v;
      input.value = v;
    },
  };
}

function choices(surface, block, element, {labelledby, describedby}) {
  const radio = element.type === 'radio_buttons';
  const name = uid('choice');
  const boxes = (element.options ?? []).map((o) => {
    const id = uid('hint');
    const box = h('input', {
      type: radio ? 'radio' : 'checkbox', name, value: o.value, 'aria-describedby': o.description ? id : undefined,
      data: {focus: `${block.block_id}/${element.action_id}/${o.value}`},
      onchange: () => surface.fill(block, element, boxes.filter((b) => b.box.checked).map((b) => b.box.value)),
    });
    return {
      box,
      node: h('label', {class: 'choice'}, box, h('span', {}, h('span', {class: 'choice-text'}, text(o.text)),
        o.description && h('span', {class: 'choice-more', id}, text(o.description)))),
    };
  });
  return {
    node: h('div', {class: 'choices', role: radio ? 'radiogroup' : 'group', 'aria-labelledby': labelledby, 'aria-describedby': describedby}, boxes.map((b) => b.node)),
    input: boxes[0]?.box,
    update(value) {
      const on = [value?.selected_option, value?.selected_options].flat().filter(Boolean).map((o) => o.value);
      for (const b of boxes) b.box.checked = on.includes(b.box.value);
    },
  };
}

function picker(surface, block, element, {label, labelledby, describedby}) {
  const kind = {datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local'}[element.type];
  const pad = (n) => String(n).padStart(2, '0');
  const local = (unix) => {
    const d = new Date(unix * 1000);
    return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
  };
  const input = h('input', {
    type: kind, class: 'text-input picker', 'aria-label': labelledby ? undefined : label, 'aria-labelledby': labelledby,
    'aria-describedby': describedby, data: focusKey(block, element),
    onchange: () => {
      const v = kind === 'datetime-local' && input.value ? String(Math.floor(new Date(input.value).getTime() / 1000)) : input.value;
      surface.fill(block, element, v ? [v] : []);
    },
  });
  return {
    node: input,
    input,
    update(value) {
      const at = value?.selected_date_time;
      const v = kind === 'datetime-local' ? (at ? local(Number(at)) : '') : value?.selected_date ?? value?.selected_time ?? '';
      if (document.activeElement !== input) input.value = v;
    },
  };
}

/** control makes the control of an element, or undefined for a type that the sandbox does not know. */
export function control(surface, block, element, names) {
  switch (element.type) {
    case 'button': return button(surface, block, element);
    case 'overflow': return overflow(surface, block, element);
    case 'plain_text_input': case 'email_text_input': case 'url_text_input': case 'number_input':
      return textInput(surface, block, element, names);
    case 'radio_buttons': case 'checkboxes': return choices(surface, block, element, names);
    case 'datepicker': case 'timepicker': case 'datetimepicker': return picker(surface, block, element, names);
    default:
      if (element.type.endsWith('_select')) return combobox(surface, block, element, names);
      return undefined;
  }
}
