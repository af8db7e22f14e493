// Every call to the sandbox. The page can do nothing that is not one of these.

let token = '';

export class Refused extends Error {
  constructor({code, message, hint}) {
    super(hint ? `${message} ${hint}` : message);
    this.code = code;
  }
}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: method === 'GET' ? {} : {'Content-Type': 'application/json', 'X-Sandbox-Token': token},
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
    });
  } catch {
    throw new Refused({code: 'unreachable', message: 'The sandbox does not answer.', hint: 'Is it still running?'});
  }
  const data = await answer.json();
  if (!answer.ok) throw new Refused(data.error);
  return data;
}

export const get = (path) => call('GET', path);
export const post = (path, body) => call('POST', path, body);

export async function session() {
  const s = await get('/api/session');
  token = s.token;
  return s;
}

const e = encodeURIComponent;

/** as gives the calls that act as one person. */
export function as(person) {
  const base = `/api/people/${e(person)}`;
  return {
    sidebar: () => get(`${base}/sidebar`),
    conversation: (id) => get(`${base}/conversations/${e(id)}`),
    say: (id, text, thread) => post(`${base}/conversations/${e(id)}/messages`, {text, thread_ts: thread ?? ''}),
    read: (id) => post(`${base}/conversations/${e(id)}/read`),
    openApp: () => post(`${base}/app`),
    home: () => get(`${base}/home`),
    openHome: () => post(`${base}/home`),
    modal: () => get(`${base}/modal`),
    submit: () => post(`${base}/modal/submit`),
    close: () => post(`${base}/modal/close`),
    dismiss: () => post(`${base}/modal/dismiss`),
    command: (channel, text) => post(`${base}/command`, {channel, text}),
    shortcut: (id, on) => post(`${base}/shortcut`, {callback_id: id, on: on ?? {}}),
    options: (element, query) => post(`${base}/options`, {...element, query}),
    fill: (element, values) => post(`${base}/fill`, {...element, values}),
    enter: (element) => post(`${base}/enter`, element),
    press: (element, value) => post(`${base}/press`, {...element, value: value ?? ''}),
    reload: () => post(`${base}/reload`),
  };
}

/** query makes a query string of what is set. */
export function query(params) {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(params)) if (v !== undefined && v !== '' && v !== false) q.set(k, v === true ? '1' : v);
  const s = q.toString();
  return s ? `?${s}` : '';
}
