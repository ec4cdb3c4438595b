import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartupError } from '../platform/errors.js';
import type { Baton } from './app.js';
import { createGraphiqlPage } from './graphiql.js';
import { createGraphqlHandler, createHttpServer } from './http.js';
import { attachWebSocketServer } from './websocket.js';

/** The open doors of the application. Disposing closes them: sockets with 1001, so that clients come back elsewhere. */
export interface Doors extends AsyncDisposable {
  /** Address of the API, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
}

/**
 * Opens the doors: HTTP, SSE and WebSocket on the configured port. Throws StartupError when the port is taken or not
 * allowed.
 */
export async function serve(app: Baton): Promise<Doors> {
  const yoga = createGraphqlHandler(app);
  const page = app.config.graphiql ? await createGraphiqlPage(app) : null;
  const server = createHttpServer(app, yoga, page);
  const sockets = attachWebSocketServer(app, server, yoga);
  await listen(server, app.config.host, app.config.port);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets[Symbol.asyncDispose]();
      // Event streams end by themselves only when their client goes; idle connections would keep the server open too.
      setTimeout(() => server.closeAllConnections(), 2000).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
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
