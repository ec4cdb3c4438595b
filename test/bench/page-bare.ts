/** What a page costs at least: node:http, and one prepared statement that builds the whole answer. Prints its address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { baselineSql } from './company.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const page = (await baselineSql('page')).replace(/^--.*\n/gm, '').trim();
const counted = page.replace(
  "json_build_object('nodes', (",
  "json_build_object('totalCount', (SELECT count(*) FROM relation WHERE member_id = m.id), 'nodes', (",
);
if (counted === page) throw new Error('The count found no place in the statement of the page.');

const server = createServer((req, res) => {
  req.resume();
  const [name, text] = req.url === '/counted' ? ['counted', counted] : ['page', page];
  pool.query<{ j: string }>({ name, text, values: [1, 50] }).then(
    ({ rows }) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(`{"data":{"member":${rows[0]?.j}}}`);
    },
    (error: unknown) => res.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
