/**
 * What runs in the browser, as text, since nothing compiles it: starts GraphiQL with the page's tabs, and with a fetcher of
 * its own. GraphiQL's would send all subscriptions over one socket and no token with it; here each has a socket, signed in
 * with the "authorization" of its own tab's headers, as a customer's and a member's subscription need it.
 */
export const startGraphiql = String.raw`
(() => {
  'use strict';
  const page = JSON.parse(document.getElementById('page').textContent);
  const endpoint = new URL('/graphql', location.href);

  self.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_, label) => {
      const name = { json: 'json', graphql: 'graphql' }[label] ?? 'editor';
      return '/graphiql/' + name + '.worker.js?' + page.mark;
    },
  };

  // Tabs are kept in the browser. Those of another company than the server's are of no use, and tokens run out: the
  // fresh ones take the place of older ones of the same person.
  const kept = 'graphiql:tabState';
  if (localStorage.getItem('baton:tabs') !== page.stamp) {
    for (const key of Object.keys(localStorage)) if (key.startsWith('graphiql:')) localStorage.removeItem(key);
    localStorage.setItem('baton:tabs', page.stamp);
  }
  const personOf = (token) => {
    try {
      return JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).sub;
    } catch {
      return null;
    }
  };
  const fresh = new Map(page.tokens.map((token) => [personOf(token), token]));
  const renew = (text) => text.replace(/[\w-]+\.[\w-]+\.[\w-]+/g, (token) => fresh.get(personOf(token)) ?? token);
  for (const key of [kept, 'graphiql:headers']) {
    const text = localStorage.getItem(key);
    if (text) localStorage.setItem(key, renew(text));
  }

  async function post(operation, headers) {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(operation),
    });
    return answer.json();
  }

  // The prepared tabs cannot know the id of a transfer that is yet to be made.
  async function fillIn(operation, headers) {
    const { id: one, input } = operation.variables ?? {};
    if (one !== 'newest' && input?.transferId !== 'newest') return operation;
    // A customer knows a transfer by the notice of it alone; the newest comes last.
    const isCustomers = /^mutation Decline/m.test(operation.query);
    const query = isCustomers
      ? '{ customerNotices(first: 100) { nodes { transferId } } }'
      : '{ transfers(first: 1) { nodes { id } } }';
    const { data } = await post({ query }, headers);
    const id = isCustomers ? data?.customerNotices.nodes.at(-1)?.transferId : data?.transfers.nodes[0]?.id;
    if (!id) throw new Error('There is no transfer yet: run the tab "Transfer" first.');
    const variables = one === 'newest' ? { id } : { input: { ...input, transferId: id } };
    return { ...operation, variables: { ...operation.variables, ...variables } };
  }

  async function* subscribe(operation, headers) {
    const url = new URL(endpoint);
    url.protocol = url.protocol.replace('http', 'ws');
    const client = graphqlWs.createClient({ url: url.href, connectionParams: headers, retryAttempts: 1000 });
    try {
      yield* client.iterate(await fillIn(operation, headers));
    } catch (error) {
      // Neither the list of errors that refuses a subscription, nor a closed socket, is an Error that GraphiQL can show.
      if (Array.isArray(error)) yield { errors: error };
      else if (error?.code) throw new Error('The server closed the connection: ' + error.code + ' ' + error.reason);
      else throw error;
    } finally {
      client.dispose();
    }
  }

  // By the text, since what GraphiQL says of it lags behind for a moment when another tab is opened.
  function fetcher(operation, { headers = {} } = {}) {
    const all = [...operation.query.matchAll(/^\s*(query|mutation|subscription)\b\s*(\w*)/gm)];
    const [, kind, name] = all.find(([, , name]) => name === operation.operationName) ?? all[0] ?? [];
    const asked = { ...operation, operationName: name || undefined };
    return kind === 'subscription' ? subscribe(asked, headers) : fillIn(asked, headers).then((full) => post(full, headers));
  }

  YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
    title: 'Baton',
    logo: page.logo,
    fetcher,
    defaultTabs: page.tabs,
    defaultHeaders: page.tabs[0].headers,
    defaultEditorToolsVisibility: 'variables',
    shouldPersistHeaders: page.tokens.length > 0,
    // GraphiQL as Yoga brings it writes every keystroke into the address.
    onEditQuery: () => undefined,
  });
})();
`;
