// Texts of messages and blocks. The server gives them as spans; here each becomes a node that holds its text.

import {h} from './dom.js';

// Emoji that the server leaves as :name:.
const more = {
  arrow_double_up: '⏫', ballot_box_with_check: '☑️', credit_card: '💳', date: '📅', handshake: '🤝', inbox_tray: '📥', leftwards_arrow_with_hook: '↩️', mega: '📣',
  outbox_tray: '📤', pray: '🙏', raised_hand: '✋', scissors: '✂️', satellite: '📡', speech_balloon: '💬', zap: '⚡',
};

/** glyph is an emoji's character, drawn in colour also where a font for texts has it too, as it has ⚪. */
function glyph(span) {
  const drawn = more[span.id] ?? span.text;
  return /^[\u2000-\u3fff]$/.test(drawn) ? `${drawn}\ufe0f` : drawn;
}

const words = (span) => (span.kind === 'emoji' ? glyph(span) : span.text);

const safe = (url) => /^(https?:|mailto:|tel:|slack:)/i.test(url);

function leaf(span) {
  switch (span.kind) {
    case 'break':
      return h('br');
    case 'pre':
      return h('pre', {class: 'pre'}, span.text);
    case 'link':
      if (!safe(span.url)) return document.createTextNode(span.text);
      return h('a', {href: span.url, target: '_blank', rel: 'noopener noreferrer'}, span.text);
    case 'date': {
      const time = h('time', {datetime: new Date(span.unix * 1000).toISOString(), title: new Date(span.unix * 1000).toUTCString()}, span.text);
      return span.url && safe(span.url) ? h('a', {href: span.url, target: '_blank', rel: 'noopener noreferrer'}, time) : time;
    }
    case 'user': case 'group': case 'special': case 'channel':
      return h('span', {class: `mention ${span.kind}`}, span.text);
    case 'emoji':
      return h('span', {class: 'emoji', title: `:${span.id}:`}, glyph(span));
    default:
      return document.createTextNode(span.text);
  }
}

function styled(span) {
  let node = leaf(span);
  if (span.code) node = h('code', {}, node);
  if (span.bold) node = h('strong', {}, node);
  if (span.italic) node = h('em', {}, node);
  if (span.strike) node = h('s', {}, node);
  return node;
}

/** spans gives nodes for a list of spans, quotations gathered. */
export function spans(list) {
  const out = [];
  let quote = null;
  for (const span of list ?? []) {
    if (!span.quote) {
      const ended = quote !== null;
      quote = null;
      if (ended && span.kind === 'break') continue; // the quotation is a block of its own
      out.push(styled(span));
      continue;
    }
    if (!quote) {
      quote = h('blockquote', {});
      if (out.at(-1)?.tagName === 'BR') out.pop();
      out.push(quote);
    }
    quote.append(styled(span));
  }
  return out;
}

/** text gives the nodes of a text object. */
export const text = (t) => (t ? (t.spans ? spans(t.spans) : [t.text ?? '']) : []);

/** plain gives a text object as a string, for labels and options. */
export const plain = (t) => (t ? (t.spans ? t.spans.map(words).join('') : t.text ?? '') : '');
