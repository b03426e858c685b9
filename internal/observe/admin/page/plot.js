// Bars over the last hour: one a minute, in parts on top of each other.

import {compact} from './format.js';

const space = 'http://www.w3.org/2000/svg';

// bars draws parts(minute), a list of [class, number], into svg; it returns the largest sum.
export function bars(svg, minutes, parts, label) {
  const sums = minutes.map((m) => parts(m).reduce((sum, [, n]) => sum + n, 0));
  const most = Math.max(...sums, 0);
  const height = 24;
  const drawn = [];
  minutes.forEach((minute, i) => {
    let y = height;
    for (const [name, n] of parts(minute)) {
      if (n === 0) continue;
      // The least that is there can be seen.
      const h = Math.max((n / most) * (height - 1), 0.6);
      y -= h;
      const bar = document.createElementNS(space, 'rect');
      for (const [key, value] of Object.entries({x: i + 0.12, y: Math.max(y, 0), width: 0.76, height: h, class: name})) bar.setAttribute(key, value);
      drawn.push(bar);
    }
  });
  svg.replaceChildren(...drawn);
  svg.setAttribute('aria-label', `${label}: ${compact(sums.reduce((a, b) => a + b, 0))} in the last hour, at most ${compact(most)} in a minute`);
  return most;
}
