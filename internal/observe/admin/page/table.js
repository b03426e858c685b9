// Tables with pages. Texts go in as text nodes: nothing here makes HTML of a text.

export function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== '') e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

export const chip = (value, kind = '') => element('span', {class: `chip ${kind}`.trim()}, value);

// A column has a title, cell(row), which gives a text or an element, or a list of them,
// and a class.
export class Table {
  constructor(place, {caption, columns, empty, pageSize = 20}) {
    Object.assign(this, {columns, empty, pageSize, rows: [], page: 0, shown: ''});
    // On a phone the rows are blocks, which would lose their roles.
    this.body = element('tbody', {role: 'rowgroup'});
    this.table = element('table', {role: 'table'}, element('caption', {}, caption),
      element('thead', {role: 'rowgroup'}, element('tr', {role: 'row'},
        ...columns.map((c) => element('th', {scope: 'col', role: 'columnheader', class: c.class ?? ''}, c.title)))), this.body);
    this.nothing = element('p', {class: 'empty'}, empty);
    this.where = element('span', {'aria-live': 'polite'});
    this.back = element('button', {type: 'button'}, 'Previous');
    this.next = element('button', {type: 'button'}, 'Next');
    this.back.addEventListener('click', () => this.turn(-1));
    this.next.addEventListener('click', () => this.turn(1));
    this.pager = element('nav', {'aria-label': `Pages of ${caption.toLowerCase()}`}, this.back, this.next, this.where);
    place.replaceChildren(this.table, this.nothing, this.pager);
    this.draw();
  }

  turn(by) {
    this.page += by;
    this.draw();
  }

  show(rows, {first = false} = {}) {
    this.rows = rows;
    if (first) this.page = 0;
    this.draw();
  }

  draw() {
    const pages = Math.max(1, Math.ceil(this.rows.length / this.pageSize));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const from = this.page * this.pageSize;
    const visible = this.rows.slice(from, from + this.pageSize);
    this.table.hidden = visible.length === 0;
    this.nothing.hidden = visible.length > 0;
    this.pager.hidden = pages === 1;
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
    const where = `${from + 1} to ${from + visible.length} of ${this.rows.length}`;
    if (this.where.textContent !== where) this.where.textContent = where;
    const fresh = visible.map((row) => element('tr', {role: 'row'}, ...this.columns.map((c) => {
      const content = [c.cell(row)].flat();
      const blank = content.every((part) => part === '');
      return element('td', {role: 'cell', 'data-label': c.title, class: `${c.class ?? ''} ${blank ? 'blank' : ''}`.trim()}, ...content);
    })));
    // What is the same stays, and with it what somebody has marked.
    fresh.forEach((row, i) => {
      const old = this.body.children[i];
      if (!old) this.body.append(row);
      else if (!old.isEqualNode(row)) old.replaceWith(row);
    });
    while (this.body.children.length > fresh.length) this.body.lastChild.remove();
  }
}
