// How numbers, times and texts are shown.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1});

export const number = (n) => whole.format(n);
export const compact = (n) => (Math.abs(n) < 10000 ? whole.format(Math.round(n * 10) / 10) : short.format(n));
export const many = (n, one, more = one + 's') => `${number(n)} ${n === 1 ? one : more}`;

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000;
  return `${unit ? n.toFixed(n < 10 ? 1 : 0) : n} ${units[unit]}`;
}

// duration is for a number of seconds.
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return many(Math.floor(s / 86400), 'day');
}

// since is the duration from one time to another, both as in JSON.
export const since = (from, to) => duration((Date.parse(to) - Date.parse(from)) / 1000);

// text is a text that somebody else has chosen: what cannot be seen in it, or would
// change how the rest is seen, is written as its code point, and it is cut.
export function text(value, most = 160) {
  const all = Array.from(String(value ?? ''));
  const shown = all.slice(0, most).map((c) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(c) ? `\\u{${c.codePointAt(0).toString(16)}}` : c)).join('');
  return all.length > most ? shown + '…' : shown;
}

export function serverVersion(n) {
  return n ? `PostgreSQL ${Math.floor(n / 10000)}.${n % 10000}` : '';
}
