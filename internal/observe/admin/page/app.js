// The status page: it shows what /api/events sends, and asks for the relations again
// when the rules have changed.

import {bytes, compact, duration, many, number, serverVersion, since, text} from './format.js';
import {chip, element, Table} from './table.js';
import {bars} from './plot.js';

const at = (id) => document.getElementById(id);
const label = (value) => element('span', {class: 'name'}, text(value));
const small = (value) => element('small', {}, text(value, 400));
const say = (id, value) => {
  if (at(id).textContent !== value) at(id).textContent = value;
};

const phone = matchMedia('(max-width: 44rem)').matches;
const protections = {refused: ['bad', 0], shared: ['warn', 1], protected: ['good', 2]};
const states = {active: 'good', idle_in_transaction: 'warn'};

const tables = {
  rules: new Table(at('rules'), {
    caption: 'Refusals by rule', empty: 'Nothing was refused in the last hour.', pageSize: 12,
    columns: [
      {title: 'Rule', cell: (r) => element('span', {}, element('span', {class: `swatch ${r.color}`, 'aria-hidden': 'true'}), label(r.rule))},
      {title: 'Refused', class: 'number w1', cell: (r) => number(r.refused)},
      {title: 'Reported', class: 'number w1', cell: (r) => number(r.reported)},
    ],
  }),
  relations: new Table(at('relations'), {
    caption: 'Relations', empty: 'No relation is like that.', pageSize: phone ? 10 : 25,
    columns: [
      {title: 'Relation', class: 'w4', cell: (r) => label(r.name)},
      {title: 'Kind', class: 'w2', cell: (r) => r.kind},
      {title: 'Protection', class: 'w2', cell: (r) => chip(r.protection, protections[r.protection]?.[0])},
      {title: 'Why', cell: (r) => (r.rule ? element('details', {}, element('summary', {}, text(r.rule)), element('p', {}, text(r.why, 600)), r.hint ? element('p', {}, text(r.hint, 600)) : '') : '')},
    ],
  }),
  orgs: new Table(at('orgs'), {
    caption: 'Orgs', empty: 'No org has had a session yet.', pageSize: phone ? 5 : 15,
    columns: [
      {title: 'Org', cell: (o) => label(o.org)},
      {title: 'Sessions', class: 'number w1', cell: (o) => number(o.sessions)},
      {title: 'Statements', class: 'number w2', cell: (o) => number(o.statements)},
      {title: 'Refused', class: 'number w1', cell: (o) => number(o.refused)},
      {title: 'Received', class: 'number w1', cell: (o) => bytes(o.bytes_received)},
      {title: 'Sent', class: 'number w1', cell: (o) => bytes(o.bytes_sent)},
    ],
  }),
  sessions: new Table(at('sessions'), {
    caption: 'Sessions', empty: 'There is no session.', pageSize: phone ? 5 : 10,
    columns: [
      {title: 'Org', class: 'w4', cell: (s) => label(s.org)},
      {title: 'Application', cell: (s) => text(s.application, 80)},
      {title: 'Client', class: 'w2', cell: (s) => text(s.client || 'unix socket')},
      {title: 'Database', class: 'w1', cell: (s) => text(s.database)},
      {title: 'State', class: 'w2', cell: (s) => chip(s.state.replaceAll('_', ' '), states[s.state])},
      {title: 'For', class: 'number w1', cell: (s) => s.age},
    ],
  }),
  databases: new Table(at('databases'), {
    caption: 'Databases', empty: 'No database is served.',
    columns: [
      {title: 'Database', cell: (d) => [label(d.name), d.tenant_role ? small(`as ${text(d.tenant_role)}`) : '', d.reason ? small(d.reason) : '']},
      {title: 'Statements', class: 'w2', cell: (d) => (d.in_force ? chip('decided', 'good') : chip('all refused', 'bad'))},
      {title: 'Role', class: 'w2', cell: (d) => text(d.role)},
      {title: 'Server', class: 'w2', cell: (d) => serverVersion(d.server_version)},
      {title: 'Catalog', class: 'w3', cell: (d) => (d.generation ? `generation ${number(d.generation)}, ${d.age}` : d.age)},
      {title: 'Verdict cache', class: 'w2', cell: (d) => `${number(d.cache_entries)}, ${bytes(d.cache_bytes)}`},
    ],
  }),
  keys: new Table(at('keys'), {
    caption: 'Keys', empty: 'There is no key: every token is rejected.',
    columns: [
      {title: 'Key id', cell: (k) => (k.id ? label(k.id) : element('span', {class: 'soft'}, 'none given'))},
      {title: 'Kind', class: 'w2', cell: (k) => text(k.kind)},
      {title: 'Algorithm', class: 'w2', cell: (k) => (k.kind ? text(k.algorithm || 'any of its kind') : '')},
      {title: 'Source', cell: (k) => [element('span', {}, text(k.source)), small(k.read), k.failure ? small(k.failure) : '']},
      {title: 'Known for', class: 'number w1', cell: (k) => k.age},
    ],
  }),
};

let last; // the status before

function show(status) {
  const pill = at('ready');
  say('ready', status.ready ? 'Ready' : 'Not ready');
  pill.className = `pill ${status.ready ? 'good' : 'bad'}`;
  at('problems').replaceChildren(...status.checks.filter((c) => !c.ok).map((c) => element('li', {}, element('strong', {}, c.name.replaceAll('_', ' ')), `: ${text(c.reason, 600)}`)));
  at('problems').hidden = status.ready;
  at('mode').hidden = status.mode === 'enforce';
  say('mode', `${status.mode} mode: refusals are let through`);
  at('mode').className = 'chip warn';
  say('version', text(status.version));
  say('uptime', `up for ${since(status.started, status.now)}`);
  document.title = `${status.ready ? '' : 'Not ready · '}tenantproxy`;
  cards(status);
  verdicts(status.counts);
  say('orgs-sum', `${many(status.counts.orgs_in_all, 'org')} with a session${status.counts.orgs.length < status.counts.orgs_in_all ? `, the busiest ${status.counts.orgs.length} here` : ''}`);
  tables.orgs.show(status.counts.orgs);
  say('sessions-sum', status.sessions.length < status.sessions_in_all ? `${number(status.sessions.length)} of ${number(status.sessions_in_all)}: those in a transaction, then the oldest` : '');
  tables.sessions.show(status.sessions.map((s) => ({...s, age: since(s.began, status.now)})));
  tables.databases.show(status.databases.map((d) => ({...d, age: d.read ? `read ${since(d.read, status.now)} ago` : 'never read'})));
  keys(status);
  relations(status);
  last = status;
}

function cards(status) {
  const {clients, upstream, counts} = status;
  const sum = (pick) => status.databases.reduce((n, d) => n + d[pick], 0);
  const hour = counts.hour.reduce((n, m) => n + total(m), 0);
  const seconds = last ? (Date.parse(status.now) - Date.parse(last.now)) / 1000 : 0;
  const rate = seconds > 0 ? Math.max(0, counts.executed - last.counts.executed) / seconds : undefined;
  const ages = status.databases.map((d) => (d.read ? (Date.parse(status.now) - Date.parse(d.read)) / 1000 : Infinity));
  const oldest = Math.max(...ages, 0);
  const refused = sum('refused');
  const all = [
    ['Sessions', number(status.sessions_in_all), `${number(clients.active ?? 0)} active, ${number(clients.idle_in_transaction ?? 0)} idle in a transaction`],
    ['Statements / s', rate === undefined ? '…' : compact(rate < 100 ? rate : Math.round(rate)), `${compact(counts.executed)} since the start`],
    ['Refused, last hour', compact(hour), counts.reported ? 'or reported' : `${compact(counts.refused)} since the start`],
    ['Relations protected', number(sum('protected')), `of ${number(sum('protected') + sum('shared') + refused)}: ${number(refused)} refused, ${number(sum('shared'))} shared`],
    ['Upstream', number(upstream.in_use), `in use${upstream.max ? ` of ${number(upstream.max)}` : ''}, ${number(upstream.free)} free, ${number(upstream.waiting)} waiting`, upstream.waiting > 0],
    ['Catalog age', Number.isFinite(oldest) ? duration(oldest) : 'unknown', generations(status.databases), status.databases.some((d) => !d.in_force)],
  ];
  if (status.certificate_expires) {
    const left = (Date.parse(status.certificate_expires) - Date.parse(status.now)) / 1000;
    all.push(['Certificate', left > 0 ? duration(left) : 'expired', 'until it expires', left < 7 * 86400]);
  }
  at('cards').replaceChildren(...all.map(([title, value, more, alarm]) => element('div', {class: alarm ? 'alarm' : ''}, element('dt', {}, title), element('dd', {}, value), element('dd', {}, more))));
}

const generations = (databases) => (databases.length === 1 ? `generation ${number(databases[0].generation)}` : `the oldest of ${many(databases.length, 'database')}`);

const total = (minute) => [minute.refused, minute.reported].flatMap(Object.values).reduce((a, b) => a + b, 0);

function verdicts(counts) {
  const rules = new Map();
  for (const minute of counts.hour) {
    for (const kind of ['refused', 'reported']) {
      for (const [rule, n] of Object.entries(minute[kind])) {
        const row = rules.get(rule) ?? {rule, refused: 0, reported: 0};
        row[kind] += n;
        rules.set(rule, row);
      }
    }
  }
  const rows = [...rules.values()].sort((a, b) => b.refused + b.reported - a.refused - a.reported || (a.rule < b.rule ? -1 : 1));
  rows.forEach((row, i) => { row.color = `r${Math.min(i, 5)}`; });
  const allowed = counts.hour.reduce((n, m) => n + m.allowed, 0);
  const refused = rows.reduce((n, r) => n + r.refused, 0);
  const reported = rows.reduce((n, r) => n + r.reported, 0);
  say('verdicts-sum', `${number(allowed)} allowed, ${number(refused)} refused${reported ? `, ${number(reported)} reported` : ''}`);
  const most = bars(at('allowed-plot'), counts.hour, (m) => [['calm', m.allowed]], 'Allowed');
  say('allowed-max', `at most ${compact(most)}`);
  const mostRefused = bars(at('refused-plot'), counts.hour,
    (m) => rows.map((r) => [r.color, (m.refused[r.rule] ?? 0) + (m.reported[r.rule] ?? 0)]), 'Refused or reported');
  say('refused-max', `at most ${compact(mostRefused)}`);
  tables.rules.show(rows);
}

function keys(status) {
  const rows = status.keys.flatMap((source) => {
    const common = {source: source.name, failure: source.failure, read: source.read ? `read ${since(source.read, status.now)} ago` : 'not read yet'};
    if (source.keys.length === 0) return [{...common, id: '', kind: '', age: ''}];
    return source.keys.map((key) => ({...common, ...key, age: since(key.since, status.now)}));
  });
  say('keys-sum', many(status.keys.reduce((n, s) => n + s.keys.length, 0), 'key'));
  tables.keys.show(rows);
}

// The relations of one database, and what they were asked for with.
let shown = {relations: []};
let asked = '';

async function relations(status) {
  const select = at('relations-database');
  const names = status.databases.map((d) => text(d.name) + (d.tenant_role ? ` as ${text(d.tenant_role)}` : ''));
  if ([...select.options].map((o) => o.text).join('\n') !== names.join('\n')) {
    select.replaceChildren(...names.map((name, i) => element('option', {value: String(i)}, name)));
    at('relations-database-label').hidden = names.length < 2;
  }
  const database = status.databases[Number(select.value)];
  if (!database) return;
  const wanted = `${database.rules} ${select.value} ${names}`;
  if (asked === wanted) return;
  asked = wanted;
  try {
    const answer = await fetch(`/api/relations?${new URLSearchParams({database: database.name, role: database.tenant_role})}`);
    if (!answer.ok) throw new Error(answer.statusText);
    shown = await answer.json();
    shown.relations.sort((a, b) => protections[a.protection][1] - protections[b.protection][1]);
    filter(false);
  } catch {
    asked = ''; // with the next event
  }
}

function filter(first) {
  const words = at('relations-text').value.toLowerCase().split(/\s+/);
  const protection = at('relations-protection').value;
  const found = shown.relations.filter((r) => (!protection || r.protection === protection) &&
    words.every((word) => `${r.name} ${r.kind} ${r.rule ?? ''} ${r.why ?? ''}`.toLowerCase().includes(word)));
  say('relations-sum', found.length === shown.relations.length ? many(found.length, 'relation') : `${number(found.length)} of ${many(shown.relations.length, 'relation')}`);
  tables.relations.show(found, {first});
}

at('relations-filter').addEventListener('submit', (event) => event.preventDefault());
at('relations-text').addEventListener('input', () => filter(true));
at('relations-protection').addEventListener('input', () => filter(true));
at('relations-database').addEventListener('input', () => last && relations(last));

function live(state, words) {
  at('live').className = `live ${state}`;
  say('live', words);
}

function listen() {
  const events = new EventSource('/api/events');
  events.addEventListener('status', (event) => {
    live('on', 'Live');
    show(JSON.parse(event.data));
  });
  events.addEventListener('error', () => {
    live('off', last ? 'Connection lost: this is how it was' : 'No connection');
    if (events.readyState === EventSource.CLOSED) { // it does not try again by itself
      events.close();
      setTimeout(listen, 5000);
    }
  });
}

listen();
