// Light, dark, or what the system says.

const names = [
  {value: '', name: 'auto', words: 'Colours follow the system. Change to light'},
  {value: 'light', name: 'sun', words: 'Light colours. Change to dark'},
  {value: 'dark', name: 'moon', words: 'Dark colours. Change to the system’s'},
];

const stored = () => {
  try {
    return localStorage.getItem('theme') ?? '';
  } catch {
    return '';
  }
};

export const themeName = () => names.find((n) => n.value === (document.documentElement.dataset.theme ?? '')) ?? names[0];

export function setTheme(value) {
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem('theme', value);
  } catch { /* a private window forgets */ }
}

export const nextTheme = () => setTheme(names[(names.indexOf(themeName()) + 1) % names.length].value);

setTheme(stored());
