// The dialog that asks before something that cannot be taken back.

import {fill, h} from './dom.js';
import {plain, text} from './spans.js';

/** confirm shows a confirm dialog and tells whether it was answered with yes. */
export function confirm(c) {
  const dialog = document.getElementById('confirm');
  return new Promise((resolve) => {
    let answer = false;
    const close = (yes) => {
      answer = yes;
      dialog.close();
    };
    fill(dialog,
      h('header', {class: 'modal-head'}, h('h2', {id: 'confirm-title'}, plain(c.title))),
      h('div', {class: 'modal-body', id: 'confirm-text'}, h('p', {}, text(c.text))),
      h('footer', {class: 'modal-foot'},
        h('button', {type: 'button', class: 'button', onclick: () => close(false)}, plain(c.deny) || 'Cancel'),
        h('button', {type: 'button', class: `button ${c.style === 'danger' ? 'danger' : 'primary'}`, onclick: () => close(true)}, plain(c.confirm) || 'Yes')));
    dialog.addEventListener('close', () => resolve(answer), {once: true});
    dialog.showModal();
    dialog.querySelector('.modal-foot button').focus();
  });
}
