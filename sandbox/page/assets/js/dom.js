// Building and patching the page. Everything that somebody wrote goes in as text, never as markup.

/** h makes an element: h('button', {class: 'x', onclick: f, 'aria-label': 'y'}, 'text', child, [children]). */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else if (name === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  put(node, children);
  return node;
}

export function put(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren();
  return put(node, children);
}

/**
 * patch makes parent's children those of items, keeping the nodes of items that have not changed, so that focus,
 * scroll positions and half-typed texts survive. A node may carry update(item) to take a change itself.
 */
export function patch(parent, items, {key, same = JSON.stringify, make}) {
  const old = new Map([...parent.children].map((n) => [n.patchKey, n]));
  // What goes goes first: whatever stays in its order is then never moved, for moving a node takes focus from it.
  const stay = new Set(items.map((item) => String(key(item))));
  for (const [k, node] of old) if (!stay.has(k)) node.remove();
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = String(key(item));
    const signature = same(item);
    let node = old.get(k);
    old.delete(k);
    if (node && node.patchSame !== signature) {
      const next = make(item);
      next.patchKey = k;
      next.patchSame = signature;
      const back = focusIn(node);
      if (at === node) at = next;
      node.replaceWith(next);
      back(next);
      node = next;
    } else if (!node) {
      node = make(item);
      node.patchKey = k;
      node.patchSame = signature;
    }
    node.update?.(item);
    if (node === at) at = at.nextElementSibling;
    else if (node.parentNode === parent && parent.moveBefore) parent.moveBefore(node, at); // keeps focus, where a browser has it
    else parent.insertBefore(node, at);
  }
  for (const node of old.values()) node.remove(); // of a key that was there twice
}

/** focusIn remembers what has focus within a node and gives it to its successor within another. */
export function focusIn(node) {
  const active = document.activeElement;
  if (!node.contains(active) || !active.dataset.focus) return () => {};
  const {selectionStart, selectionEnd} = active;
  return (next) => {
    const heir = [...next.querySelectorAll('[data-focus]')].find((n) => n.dataset.focus === active.dataset.focus);
    if (!heir) return;
    heir.focus({preventScroll: true});
    if (typeof selectionStart === 'number') heir.setSelectionRange?.(selectionStart, selectionEnd);
  };
}

let last = 0;
export const uid = (prefix) => `${prefix}-${++last}`;

/** icon draws one of a few line icons. */
export function icon(name) {
  const paths = {
    home: 'M4 11l8-7 8 7M6 10v9h12v-9',
    hash: 'M9 4L7 20M17 4l-2 16M4 9h17M3 15h17',
    lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
    close: 'M6 6l12 12M18 6L6 18',
    back: 'M14 6l-6 6 6 6',
    down: 'M6 9l6 6 6-6',
    send: 'M4 12l16-8-6 16-3-6z',
    chat: 'M4 5h16v11H9l-5 4z',
    people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20c0-4 3-6 6-6s6 2 6 6M16 4a3.5 3.5 0 0 1 0 7M17 14c3 .5 4 3 4 6',
    list: 'M4 6h16M4 12h16M4 18h10',
    cloud: 'M7 18a4 4 0 0 1 0-8 5.5 5.5 0 0 1 10.5 1A3.5 3.5 0 0 1 17 18z',
    clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2',
    bolt: 'M13 3L5 13h6l-1 8 8-10h-6z',
    log: 'M5 4h14v16H5zM8 8h8M8 12h8M8 16h5',
    sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
    moon: 'M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z',
    auto: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
    search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5',
    eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
    image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
    link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
    dots: 'M5 12h.01M12 12h.01M19 12h.01',
    panel: 'M4 5h16v14H4zM14 5v14',
    warn: 'M12 4L2 20h20zM12 10v4M12 17h.01',
    archive: 'M4 5h16v4H4zM5 9v10h14V9M10 13h4',
  };
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(ns, 'path');
  path.setAttribute('d', paths[name] ?? paths.dots);
  svg.append(path);
  return svg;
}

/** iconButton is a button that shows an icon and says what it does. */
export const iconButton = (name, label, onclick, props) =>
  h('button', {type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props}, icon(name));

/** avatar shows initials on a colour that belongs to the id. */
export function avatar(id, name, app) {
  let hash = 7;
  for (const c of id) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  const words = name.trim().split(/\s+/);
  const letters = app ? name.slice(0, 1) : (words[0]?.[0] ?? '?') + (words.length > 1 ? words.at(-1)[0] : '');
  const node = h('span', {class: app ? 'avatar app' : 'avatar', 'aria-hidden': 'true'}, letters.toUpperCase());
  node.style.setProperty('--hue', String((hash >>> 3) % 360));
  return node;
}
