// The modal on top of the person's stack.

import {fill, h, iconButton} from './dom.js';
import {plain} from './spans.js';
import {blocks} from './blocks.js';
import {explain, Surface} from './acts.js';
import {announce, attempt, toast} from './state.js';

const dialog = document.getElementById('modal');
let shown = null; // {id, surface, body, …} of the view on the page
let returnTo = null;

dialog.addEventListener('cancel', (ev) => {
  ev.preventDefault();
  leave(false);
});

/** leave closes the top view, or all of them. */
async function leave(all) {
  if (!shown) return;
  await attempt(() => (all ? shown.surface.calls.dismiss() : shown.surface.calls.close()));
}

async function submit() {
  const view = shown;
  if (!view || view.busy || !view.canSubmit) return;
  view.setBusy(true);
  await view.surface.settled();
  for (const block of view.body.children) block.judgeAnew?.();
  try {
    const result = await view.surface.calls.submit();
    explain(result);
    if (result.errors && shown === view) {
      const now = await view.surface.calls.modal();
      if (shown === view) showModal(now);
      if (shown === view) view.firstError();
    }
  } catch (err) {
    toast(err.message, 'problem');
  }
  if (shown === view) view.setBusy(false);
}

function build(m) {
  const surface = new Surface({});
  surface.submit = submit;
  const body = h('div', {class: 'modal-body', tabindex: '-1'});
  const notice = h('div', {class: 'modal-notice', role: 'alert', hidden: true});
  const title = h('h2', {id: 'modal-title'});
  const foot = h('footer', {class: 'modal-foot'});
  const head = h('header', {class: 'modal-head'});
  const view = {
    id: m.id, surface, body, busy: false,
    setBusy(on) {
      view.busy = on;
      for (const b of foot.querySelectorAll('.primary')) on ? b.setAttribute('aria-busy', 'true') : b.removeAttribute('aria-busy');
      body.toggleAttribute('inert', on);
    },
    firstError() {
      view.setBusy(false);
      [...body.children].find((n) => n.classList.contains('wrong'))?.focusInput?.();
    },
    update(next) {
      view.canSubmit = Boolean(next.submit);
      title.textContent = plain(next.title);
      fill(head, next.depth > 1 && iconButton('back', 'Back', () => leave(false)), title,
        next.depth > 1 && h('span', {class: 'depth'}, `${next.depth} of 3`),
        iconButton('close', 'Close', () => leave(true)));
      notice.hidden = !next.notice;
      notice.textContent = next.notice ?? '';
      blocks(body, next.blocks, surface, next.values, next.errors);
      const buttons = JSON.stringify([next.submit, next.close]);
      if (foot.dataset.buttons !== buttons) {
        foot.dataset.buttons = buttons;
        fill(foot, h('button', {type: 'button', class: 'button', onclick: () => leave(false)}, plain(next.close) || (next.submit ? 'Cancel' : 'Close')),
          next.submit && h('button', {type: 'button', class: 'button primary', onclick: submit}, h('span', {class: 'button-text'}, plain(next.submit))));
      }
      dialog.dataset.depth = String(next.depth);
      if (next.busy !== view.busy) view.setBusy(Boolean(next.busy));
    },
  };
  fill(dialog, head, notice, body, foot);
  return view;
}

/** showModal puts what GET modal answered on the page. */
export function showModal(answer) {
  if (!answer.open) {
    if (!shown) return;
    shown = null;
    dialog.close();
    fill(dialog);
    returnTo?.focus?.();
    returnTo = null;
    announce('Dialog closed');
    return;
  }
  const fresh = shown?.id !== answer.modal.id;
  if (fresh) {
    if (!shown) returnTo = document.activeElement;
    shown = build(answer.modal);
  }
  shown.update(answer.modal);
  if (!dialog.open) dialog.showModal();
  if (fresh) {
    // Never a button: Enter, pressed without looking, must not end anything.
    const first = shown.body.querySelector('input:not(:disabled), textarea:not(:disabled), select:not(:disabled)');
    (first ?? shown.body).focus();
    shown.body.scrollTop = 0;
    announce(plain(answer.modal.title));
  }
}
