import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartupError } from '../platform/errors.js';
import type { Baton } from './app.js';
import { createGraphiqlPage } from './graphiql.js';
import { createGraphqlHandler, createHttpServer } from './http.js';
import { operationsUnderWayOf } from './operations-under-way.js';
import { attachWebSocketServer } from './websocket.js';

/**
 * The open doors of the application. Disposing closes them: sockets with 1001 and event streams without `complete`, so that clients
 * come back elsewhere. Requests that are under way are answered before, if that takes no more than seven seconds.
 */
export interface Doors extends AsyncDisposable {
  /** Address of the API, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
}

/** Leaves the process time to close the database before it has to end. */
const answerWithinMs = 7_000;
const tidyMs = 100;

/**
 * Opens the doors: HTTP, SSE and WebSocket on the configured port. Throws StartupError when the port is taken or not
 * allowed.
 */
export async function serve(app: Baton): Promise<Doors> {
  const yoga = createGraphqlHandler(app);
  const page = app.config.graphiql ? await createGraphiqlPage(app) : null;
  const leaving = new AbortController();
  // Every event stream listens.
  setMaxListeners(0, leaving.signal);
  const server = createHttpServer(app, yoga, page, leaving.signal);
  const sockets = attachWebSocketServer(app, server, yoga);
  await listen(server, app.config.host, app.config.port);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    [Symbol.asyncDispose]: () => closeDoors(app, server, sockets, leaving),
  };
}

/**
 * Closes what `serve` opened, in its order. What clients asked for who went away without the answer is waited for as well, so that
 * the database can be closed after it.
 */
export async function closeDoors(
  app: Baton,
  server: Server,
  sockets: AsyncDisposable,
  leaving: AbortController,
): Promise<void> {
  const began = performance.now();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  leaving.abort();
  const deadline = setTimeout(() => server.closeAllConnections(), answerWithinMs);
  // A connection that was busy is idle once it is answered, and would keep the server open.
  const tidying = setInterval(() => server.closeIdleConnections(), tidyMs);
  await sockets[Symbol.asyncDispose]();
  await closed;
  clearTimeout(deadline);
  clearInterval(tidying);
  await operationsUnderWayOf(app).ended(answerWithinMs - (performance.now() - began));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        return reject(new StartupError(`Port ${port} is taken. Stop what listens there, or set PORT to another one.`));
      }
      if (error.code === 'EACCES') {
        return reject(new StartupError(`Port ${port} may not be used by this user. Set PORT to one above 1023.`));
      }
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
        return reject(new StartupError(`HOST ${host} is no address of this machine. Set HOST, e.g. to 127.0.0.1.`));
      }
      reject(error);
    });
    server.listen(port, host, resolve);
  });
}
