// Block Kit on the page.

import {h, icon, patch, uid} from './dom.js';
import {plain, spans, text} from './spans.js';
import {control} from './controls.js';

function imagePlaceholder(el) {
  return h('span', {class: 'image', role: 'img', 'aria-label': el.alt_text || 'Image', title: 'Images are not fetched in the sandbox'},
    icon('image'), h('span', {}, el.alt_text || 'Image'));
}

/** element places one element and ties it to its value. */
function placed(surface, block, element, names, controls) {
  const c = control(surface, block, element, names);
  if (!c) return h('span', {class: 'unknown'}, `“${element.type}” is not shown in the sandbox`);
  controls.push({element, control: c});
  return c.node;
}

const label = (block, element) => plain(block.label) || plain(block.text) || plain(element.placeholder) || 'Choose';

const kinds = {
  header: (b) => h('h3', {class: 'b-header'}, text(b.text)),
  divider: () => h('hr', {class: 'b-divider'}),
  section: (b, surface, controls) => h('div', {class: 'b-section'},
    h('div', {class: 'b-main'},
      b.text && h('div', {class: 'b-text'}, text(b.text)),
      b.fields && h('div', {class: 'b-fields'}, b.fields.map((f) => h('div', {class: 'b-field'}, text(f))))),
    b.accessory && h('div', {class: 'b-accessory'}, b.accessory.type === 'image' ? imagePlaceholder(b.accessory)
      : placed(surface, b, b.accessory, {label: label(b, b.accessory)}, controls))),
  context: (b) => h('div', {class: 'b-context'}, b.elements.map((e) => (e.type === 'image' ? imagePlaceholder(e) : h('span', {}, text(e))))),
  actions: (b, surface, controls) => h('div', {class: 'b-actions'},
    b.elements.map((e) => placed(surface, b, e, {label: plain(e.placeholder) || plain(e.text) || 'Choose'}, controls))),
  image: (b) => h('figure', {class: 'b-image'}, b.title && h('figcaption', {}, text(b.title)), imagePlaceholder(b)),
  rich_text: (b) => h('div', {class: 'b-text'}, spans(b.spans)),
  markdown: (b) => h('div', {class: 'b-text b-markdown'}, b.text),
  input: (b, surface, controls) => {
    const [id, hint, error] = [uid('label'), uid('hint'), uid('error')];
    const describedby = [b.hint && hint, error].filter(Boolean).join(' ');
    const field = placed(surface, b, b.element, {label: plain(b.label), labelledby: id, describedby, required: b.optional ? undefined : 'true'}, controls);
    const input = controls.at(-1)?.control.input;
    if (input && !input.id) input.id = uid('input');
    const node = h('div', {class: 'b-input'},
      h('label', {class: 'b-label', id, for: input?.id}, text(b.label), b.optional && h('span', {class: 'b-optional'}, ' (optional)')),
      field,
      h('div', {class: 'b-error', id: error, hidden: true}),
      b.hint && h('div', {class: 'b-hint', id: hint}, text(b.hint)));
    node.showError = (words) => {
      const box = node.querySelector('.b-error');
      // A message that goes keeps its room, so that the buttons below do not move under the pointer.
      if (words) {
        box.hidden = false;
        box.textContent = words;
      }
      box.classList.toggle('gone', !words);
      node.classList.toggle('wrong', Boolean(words));
      if (words) input?.setAttribute('aria-invalid', 'true');
      else input?.removeAttribute('aria-invalid');
    };
    node.focusInput = () => input?.focus();
    return node;
  },
};

function make(block, surface) {
  const controls = [];
  const kind = kinds[block.type];
  const node = kind ? kind(block, surface, controls)
    : h('div', {class: 'unknown'}, `A block of type “${block.type}” is not shown in the sandbox`);
  node.classList.add('block');
  node.dataset.block = block.block_id ?? '';
  node.update = ({values, errors}) => {
    for (const {element, control: c} of controls) c.update(values?.[block.block_id]?.[element.action_id]);
    node.showError?.(errors?.[block.block_id]);
  };
  return node;
}

/** blocks shows a list of blocks in parent, keeping what has not changed. */
export function blocks(parent, list, surface, values, errors) {
  patch(parent, (list ?? []).map((b) => ({b, values, errors})), {
    key: ({b}) => b.block_id ?? JSON.stringify(b),
    same: ({b}) => JSON.stringify(b),
    make: ({b}) => make(b, surface),
  });
}
