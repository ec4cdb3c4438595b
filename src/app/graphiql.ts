import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeCursor, headOf } from '../features/inbox/inbox-cursor.js';
import { readHorizon } from '../features/inbox/inbox.store.js';
import type { Baton } from './app.js';
import { loadGraphiqlAssets, type Encoding, type GraphiqlAssets } from './graphiql-assets.js';
import { prepareTabs, type TabPeople, type TabPerson } from './graphiql-tabs.js';
import { findSamplePeople, type SamplePeople, type SamplePerson } from './sample-people.js';
import { issueToken } from './tokens.js';

// All that the page loads is its own. Styles are written by its editor as it runs.
const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * GraphiQL, from this process alone: the page for browsers at /graphql, and the files it consists of under /graphiql/. They
 * are read and compressed when the first browser comes.
 *
 * Its tabs run at a click, signed in as people of the sample company, only outside production, only where the process
 * keeps the sample company, and only for a browser that came by this machine's name or by an address. Everywhere else
 * the tabs hold no token.
 */
export async function createGraphiqlPage(app: Baton): Promise<(req: IncomingMessage, res: ServerResponse) => void> {
  const sample = await findSamplePeople(app);
  let loading: Promise<GraphiqlAssets> | null = null;
  const assets = () => (loading ??= loadGraphiqlAssets());

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/graphiql/')) return answerFile(req, res, await assets());
    const people = sample && isDirect(req.headers.host) ? await peopleOf(app, sample) : null;
    const html = renderPage((await assets()).mark, sample, people);
    res.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    res.end(html);
  }

  return (req, res) => {
    answer(req, res).catch((error: unknown) => {
      app.log.error({ err: error }, 'GraphiQL could not be served.');
      if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      res.end('GraphiQL cannot be shown; the log says why.\n');
    });
  };
}

/**
 * Whether the browser asked for an address or for `localhost`. A page elsewhere may have its own name point here and read
 * our answers as its own; it cannot do that with these.
 */
function isDirect(host: string | undefined): boolean {
  return /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])(:\d+)?$/i.test(host ?? '');
}

async function answerFile(req: IncomingMessage, res: ServerResponse, { files, mark }: GraphiqlAssets): Promise<void> {
  const { pathname, search } = new URL(req.url ?? '/', 'http://localhost');
  const file = files.get(pathname.slice('/graphiql/'.length));
  if (!file || (req.method !== 'GET' && req.method !== 'HEAD')) {
    res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('GraphiQL is at /graphql.\n');
    return;
  }
  const cache = {
    ...headers,
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': search === `?${mark}` ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (req.headers['if-none-match'] === file.etag) {
    res.writeHead(304, cache).end();
    return;
  }
  const encoding = encodingFor(req.headers['accept-encoding']);
  const body = await file.body(encoding);
  res.writeHead(200, {
    ...cache,
    'content-type': file.type,
    'content-length': body.length,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function encodingFor(accepted: string | string[] | undefined): Encoding {
  const names = String(accepted ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  if (names.includes('br')) return 'br';
  return names.includes('gzip') ? 'gzip' : 'identity';
}

async function peopleOf(app: Baton, sample: SamplePeople): Promise<TabPeople> {
  // Issued anew for each page, so that they last from when somebody opens it and not from when the server started.
  const signed = async (person: SamplePerson): Promise<TabPerson> => ({
    id: person.personId,
    name: person.name,
    token: await issueToken(app, person),
  });
  const horizon = await readHorizon(app);
  const here = ({ personId }: SamplePerson) =>
    encodeCursor(personId, { epoch: horizon.epoch, position: headOf(horizon) });
  const [first, ...others] = sample.successors;
  const { customer, departmentId } = sample;
  return {
    administrator: await signed(sample.administrator),
    leaver: await signed(sample.leaver),
    departmentId,
    successors: [await signed(first), ...(await Promise.all(others.map(signed)))],
    customer: await signed(customer),
    successorCursor: here(first),
    customerCursor: here(customer),
  };
}

function renderPage(mark: string, sample: SamplePeople | null, people: TabPeople | null): string {
  const tabs = prepareTabs(people);
  const persons = people ? [people.administrator, people.leaver, ...people.successors, people.customer] : [];
  const page = {
    mark,
    // Tabs that a browser kept are of use for as long as this stays the same.
    stamp: people && sample ? sample.enterpriseId : 'none',
    tabs,
    tokens: persons.map(({ token }) => token),
    logo,
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Baton · GraphiQL</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
    <link rel="stylesheet" href="/graphiql/graphiql.css?${mark}">
    <style>${styles}</style>
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript. The API does not: POST JSON to /graphql.</noscript>
    <div id="root"></div>
    <script type="application/json" id="page">${JSON.stringify(page).replaceAll('<', '\\u003c')}</script>
    <script src="/graphiql/graphql-ws.js?${mark}" defer></script>
    <script src="/graphiql/graphiql.js?${mark}" defer></script>
    <script src="/graphiql/start.js?${mark}" defer></script>
  </body>
</html>
`;
}

// Where several tabs are prepared, GraphiQL leaves each with a shift that shows while it has the focus: the tab jumps from
// under the pointer between its press and its release, and the click is lost.
const styles = 'html, body, #root { height: 100%; margin: 0 } .graphiql-tab { transform: none !important }';

/** A baton on its way from one hand to the next. */
const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28">' +
  '<rect x="1" y="12.5" width="30" height="7" rx="3.5" transform="rotate(-38 16 16)" fill="#d60590"/>' +
  '<rect x="11" y="12.5" width="10" height="7" transform="rotate(-38 16 16)" fill="#fff" fill-opacity=".75"/></svg>';
