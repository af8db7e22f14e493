// Block Kit on the page.

import {fill, h, icon, patch, uid} from './dom.js';
import {plain, spans, text} from './spans.js';
import {control} from './controls.js';
import {still} from './state.js';

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
    const describedby = `${hint} ${error}`;
    const field = placed(surface, b, b.element, {label: plain(b.label), labelledby: id, describedby, required: b.optional ? undefined : 'true'}, controls);
    const input = controls.at(-1)?.control.input;
    if (input && !input.id) input.id = uid('input');
    const name = h('label', {class: 'b-label', id, for: input?.id});
    const words = h('div', {class: 'b-hint', id: hint});
    const box = h('div', {class: 'b-error', id: error, hidden: true});
    const node = h('div', {class: 'b-input'}, name, field, words, box);
    // Only the words around the field change: the field itself stays, with what is being typed in it.
    node.reword = (next) => {
      fill(name, text(next.label), next.optional && h('span', {class: 'b-optional'}, ' (optional)'));
      fill(words, text(next.hint));
      words.hidden = !next.hint;
    };
    node.reword(b);
    let answered = ''; // the message to which something has been typed since
    const show = (words) => {
      if (words) box.textContent = words;
      if (words) box.hidden = false;
      // A message that goes keeps its room for now, so that the buttons below do not move under the pointer.
      box.classList.toggle('gone', !words);
      node.classList.toggle('wrong', Boolean(words));
      if (words) input?.setAttribute('aria-invalid', 'true');
      else input?.removeAttribute('aria-invalid');
    };
    node.showError = (words = '') => {
      if (words !== answered) answered = '';
      show(answered ? '' : words);
    };
    // Slack takes a message away when it hears of the change, a moment later.
    node.addEventListener('input', (ev) => {
      if (!node.classList.contains('wrong') || ev.target.matches('[role=combobox]')) return;
      answered = box.textContent;
      show('');
    });
    node.addEventListener('focusout', async () => {
      await still();
      if (!node.contains(document.activeElement)) box.hidden ||= box.classList.contains('gone');
    });
    node.judgeAnew = () => {
      answered = '';
    };
    node.focusInput = () => {
      input?.focus();
      node.scrollIntoView({block: 'nearest'});
    };
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
  node.update = ({b, values, errors}) => {
    node.reword?.(b);
    for (const {element, control: c} of controls) c.update(values?.[block.block_id]?.[element.action_id]);
    node.showError?.(errors?.[block.block_id]);
  };
  return node;
}

/** blocks shows a list of blocks in parent, keeping what has not changed. */
export function blocks(parent, list, surface, values, errors) {
  const at = [...parent.children].findIndex((n) => n.contains(document.activeElement));
  const field = at >= 0 && fieldOf(document.activeElement);
  patch(parent, (list ?? []).map((b) => ({b, values, errors})), {
    key: ({b}) => b.block_id ?? JSON.stringify(b),
    same: ({b}) => JSON.stringify(b.type === 'input' ? {...b, label: 0, hint: 0} : b),
    make: ({b}) => make(b, surface),
  });
  // An app resets a field by giving its block another id. Who stood in the old one goes on in the new one.
  if (at >= 0 && !parent.contains(document.activeElement)) {
    const inputs = [...parent.querySelectorAll('input, textarea')];
    // A button there may do something else: then the place as a whole has focus.
    const heir = inputs.find((n) => field && fieldOf(n) === field)
      ?? parent.children[Math.min(at, parent.children.length - 1)]?.querySelector('input, textarea');
    (heir ?? parent.closest('[tabindex]'))?.focus({preventScroll: true});
  }
}

/** fieldOf names what somebody stands in without the id of its block. */
const fieldOf = (node) => node.dataset.focus?.slice(node.closest('.block').dataset.block.length);
