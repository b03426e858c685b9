// node-postgres: a pool that asks for a new token for each connection, and a connection that gets a new one.
'use strict';
const { Pool } = require('pg');

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('node-postgres', version('pg'), 'Node', process.version);
  process.exit();
}

const newToken = async () => (await fetch(process.env.TOKEN_URL)).text();
const who = `SELECT current_setting('request.jwt.claims')::json ->> 'sub' AS sub, pg_backend_pid() AS pid`;

async function main() {
  const pool = new Pool({ max: 1, password: newToken });
  pool.on('error', e => console.log('ended', e.code)); // the token of an idle connection has expired
  const first = (await pool.query(who)).rows[0];
  console.log('user', first.sub);
  for (;;) {
    try {
      const { rows: [{ sub }] } = await pool.query(who);
      if (sub !== first.sub) {
        console.log('user', sub);
        break;
      }
    } catch (e) {
      if (e.code !== '57P01') throw e;
      console.log('ended', e.code); // the query was on its way when the token expired
    }
    await new Promise(later => setTimeout(later, 300));
  }
  const client = await pool.connect();
  const before = (await client.query(who)).rows[0];
  console.log((await client.query(`SET tenantproxy.token = '${await newToken()}'`)).command);
  const after = (await client.query(who)).rows[0];
  console.log('user', after.sub, before.pid === after.pid);
  client.release();
  await pool.end();
}

main().then(() => console.log('done'), e => { console.error(e); process.exit(1); });
