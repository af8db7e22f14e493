// Pressing and filling elements of Block Kit, wherever they stand.

import {me, state, toast} from './state.js';
import {confirm} from './confirm.js';
import {Refused} from './api.js';
import {successor} from './successor.js';

/**
 * Surface is one place with elements: a message, the modal, the Home tab. It lives as long as what it shows, so
 * that texts still being typed are not lost when the app updates it.
 */
export class Surface {
  constructor(on) {
    this.on = on;
    this.calls = me(); // it acts as the person to whom it was shown, also while the page goes to another
    this.typing = new Set(); // functions that send what is typed but not sent yet
    this.sending = new Set(); // fills that are under way
    this.drafts = new Map(); // block and action id → the text field that stands there
  }

  element(block, element, confirmed) {
    return {on: this.on, block_id: block.block_id, action_id: element.action_id, confirmed};
  }

  /** settled sends everything that is still being typed and waits until all of it has arrived. */
  async settled() {
    await Promise.all([...[...this.typing].map((send) => send()), ...this.sending]);
  }

  /** act does something, asks first where the element wants that, and says what went wrong. */
  async act(work) {
    try {
      let result = await work(false);
      if (result.code === 'confirm') {
        if (!(await confirm(result.confirm))) return {ok: false, code: 'declined'};
        result = await work(true);
      }
      explain(result);
      return result;
    } catch (err) {
      if (err.code === 'not_found') toast('This has just changed. Please look again.');
      else if (err instanceof Refused) toast(err.message, 'problem');
      return {ok: false, code: 'refused'};
    }
  }

  press(block, element, value) {
    return this.act(async (confirmed) => {
      try {
        return await this.calls.press(this.element(block, element, confirmed), value);
      } catch (err) {
        // The app has drawn the surface anew under the pointer. The same button may stand there still, in
        // a block of another id.
        const now = err.code === 'not_found' && await successor(this, element, value);
        if (!now) throw err;
        return this.calls.press(this.element(now.block, now.element, confirmed), value);
      }
    });
  }

  fill(block, element, values) {
    const sent = this.act((confirmed) => this.calls.fill(this.element(block, element, confirmed), values));
    this.sending.add(sent);
    state.fills++;
    return sent.finally(() => {
      state.fills++;
      this.sending.delete(sent);
    });
  }

  enter(block, element) {
    return this.act((confirmed) => this.calls.enter(this.element(block, element, confirmed)));
  }

  options(block, element, query) {
    return this.calls.options(this.element(block, element, false), query);
  }
}

/** explain shows what the app's developer should know of a result; what people see stands on the surface. */
export function explain(result) {
  if (result?.problems?.length) toast(`The app answered what Slack refuses: ${result.problems.join('; ')}`, 'problem');
}
