import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type DocumentNode, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import {
  CloseCode,
  handleProtocols,
  makeServer,
  type Context,
  type OperationResult,
  type SubscribePayload,
} from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Baton } from './app.js';
import { bearerOf, type SignedIn } from './authenticate.js';
import { contextFor, maskError, type BatonYoga } from './http.js';
import { sessionWatchOf } from './session-watch.js';
import { createSocketOutlet, type SocketOutlet } from './socket-outlet.js';
import { TokenError } from './tokens.js';

/** How much one socket may ask of the server. */
export interface SocketLimits {
  /** Largest message from a client. */
  readonly largestMessageBytes: number;
  /** Operations that run at once on one socket. */
  readonly mostOperations: number;
  /** More than this under way to a client, and its events wait. */
  readonly highWaterBytes: number;
  /** A client that then reads nothing for so long is closed with 1013: it comes back with its cursor. */
  readonly stallMs: number;
  /** A client that answers no ping within so long is gone. */
  readonly heartbeatMs: number;
  /** Time for connection_init. */
  readonly initMs: number;
}

const defaultLimits: SocketLimits = {
  largestMessageBytes: 256 * 1024,
  mostOperations: 50,
  highWaterBytes: 256 * 1024,
  stallMs: 30_000,
  heartbeatMs: 12_000,
  initMs: 3_000,
};

/** Of the codes below, graphql-ws clients come back after 1001, 1013 and 4403, and give up after 4401. */
const goingAway = 1001;
const tryAgainLater = 1013;
const { Unauthorized: badToken, Forbidden: noLongerServed } = CloseCode;

/** For the closing handshake of a client that does not read. */
const closeWithinMs = 5_000;
const tickMs = 1_000;

interface Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly outlet: SocketOutlet;
  signedIn: SignedIn | null;
  /** Ticks until the next ping, spread so that not all sockets are pinged at once. */
  untilPing: number;
  alive: boolean;
}

/** The phases of an operation with Yoga's plugins around them. */
interface Enveloped {
  readonly schema: GraphQLSchema;
  parse(source: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  execute(args: ExecutionArgs): OperationResult;
  subscribe(args: ExecutionArgs): OperationResult;
}
type Served = ExecutionArgs & Pick<Enveloped, 'execute' | 'subscribe'>;
type Protocol = Context<Record<string, unknown>, Connection>;

/**
 * Serves GraphQL over WebSocket (graphql-ws) at /graphql of this server. The token comes in connection_init, as
 * `Authorization: "Bearer …"` or `token`: a bad one closes with 4401, which is final; one that has expired, now or later,
 * with 4403, after which clients come back with a new one.
 *
 * What is wrong with an operation is answered as its error, and never closes the socket: others live on it too. Disposing
 * closes all sockets with 1001, so that clients come back elsewhere.
 */
export function attachWebSocketServer(
  app: Baton,
  server: Server,
  yoga: BatonYoga,
  limits: SocketLimits = defaultLimits,
): AsyncDisposable {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.largestMessageBytes,
    // Costs each socket memory and each message time, and lets a small message become a large one.
    perMessageDeflate: false,
    handleProtocols,
  });
  const connections = new Set<Connection>();
  const protocol = makeProtocol(app, yoga, limits);
  let closing = false;

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    if (closing) return refuse(stream, '503 Service Unavailable');
    if (request.url?.split('?')[0] !== '/graphql') return refuse(stream, '404 Not Found');
    if (!mayCome(request, app.config.allowedOrigins)) return refuse(stream, '403 Forbidden');
    sockets.handleUpgrade(request, stream, head, (socket) => open(socket, request));
  };
  server.on('upgrade', onUpgrade);

  function open(socket: WebSocket, request: IncomingMessage): void {
    const connection: Connection = {
      socket,
      request,
      outlet: createSocketOutlet(socket, limits.highWaterBytes),
      signedIn: null,
      untilPing: 1 + Math.floor((Math.random() * limits.heartbeatMs) / tickMs),
      alive: true,
    };
    connections.add(connection);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => connection.outlet.send(message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data: Buffer) => {
            handle(data.toString()).catch((error: unknown) => {
              app.log.error({ err: error }, 'A WebSocket message could not be handled');
              socket.close(tryAgainLater, 'Something went wrong on our side');
            });
          }),
      },
      connection,
    );
    socket.on('pong', () => (connection.alive = true));
    // A protocol error of the client, or a broken line: `close` follows.
    socket.on('error', (error) => app.log.debug({ err: error }, 'A WebSocket broke'));
    socket.on('close', (code, reason) => {
      connections.delete(connection);
      connection.outlet.release();
      closed(code, reason.toString()).catch((error: unknown) => {
        app.log.error({ err: error }, 'A closed WebSocket could not be tidied up');
      });
    });
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) tend(connection, now, limits);
  }, tickMs).unref();

  return {
    async [Symbol.asyncDispose]() {
      closing = true;
      clearInterval(timer);
      const open = [...connections];
      const allClosed = Promise.all(
        open.map(({ socket }) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
      );
      for (const { socket } of open) closeFirmly(socket, goingAway, 'The server is going away');
      await allClosed;
      server.off('upgrade', onUpgrade);
      sockets.close();
    },
  };
}

/** Looks after one connection, once a second: the heartbeat, and those that do not read. */
function tend(connection: Connection, now: number, limits: SocketLimits): void {
  const { socket, outlet } = connection;
  if (socket.readyState !== socket.OPEN) return;
  const stalled = outlet.stalledFor(now);
  if (stalled > limits.stallMs) {
    closeFirmly(socket, tryAgainLater, 'You read too slowly: come back with your cursor');
  }
  // A pong may lie among what is not read while the outlet is full.
  if (stalled > 0 || --connection.untilPing > 0) return;
  if (!connection.alive) return socket.terminate();
  connection.alive = false;
  connection.untilPing = Math.ceil(limits.heartbeatMs / tickMs);
  socket.ping();
}

/** Closes with a code, and ends the line if the other end does not answer: what waits for it would stay in memory. */
function closeFirmly(socket: WebSocket, code: number, reason: string): void {
  // A paused socket would never see the other end's answer.
  socket.resume();
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), closeWithinMs);
  socket.once('close', () => clearTimeout(timer));
}

function makeProtocol(app: Baton, yoga: BatonYoga, limits: SocketLimits) {
  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: (context) => signIn(app, context),
    onSubscribe: (context, _id, payload) => prepare(app, yoga, limits, context, payload),
    execute: (args) => (args as Served).execute(args),
    // Thrown here, an error would close the socket with 4500, which clients take as final.
    subscribe: async (args) => {
      try {
        return await (args as Served).subscribe(args);
      } catch (error) {
        return { errors: [maskError(app, error)] };
      }
    },
  });
}

async function signIn(app: Baton, { connectionParams, extra: connection }: Protocol): Promise<boolean> {
  const { socket } = connection;
  try {
    connection.signedIn = await app.authenticator.signIn(tokenOf(connectionParams));
  } catch (error) {
    if (!(error instanceof TokenError)) {
      app.log.error({ err: error }, 'Nobody can sign in');
      socket.close(tryAgainLater, 'Something went wrong on our side');
    } else {
      socket.close(error.renewable ? noLongerServed : badToken, error.message);
    }
    return false;
  }
  if (connection.signedIn) {
    const watched = sessionWatchOf(app).watch(connection.signedIn, () =>
      closeFirmly(socket, noLongerServed, 'Your token has expired, or you may not sign in any more'),
    );
    socket.once('close', () => watched[Symbol.dispose]());
    // It may have closed while the token was read.
    if (socket.readyState === socket.CLOSED) watched[Symbol.dispose]();
  }
  return true;
}

function tokenOf(params: Readonly<Record<string, unknown>> | undefined): string | null {
  const { Authorization, authorization, token } = params ?? {};
  const header = Authorization ?? authorization;
  if (header != null) return bearerOf(asText(header));
  return token == null ? null : asText(token);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TokenError('The token in connection_init must be a text.');
}

/** What to execute, or what is wrong with it. */
async function prepare(
  app: Baton,
  yoga: BatonYoga,
  limits: SocketLimits,
  { subscriptions, extra: { request, signedIn, socket } }: Protocol,
  payload: SubscribePayload,
): Promise<Served | readonly GraphQLError[]> {
  const requestId = randomUUID();
  try {
    if (socket.readyState !== socket.OPEN) throw new GraphQLError('The socket is closing.');
    if (Object.keys(subscriptions).length > limits.mostOperations) {
      throw new GraphQLError(`At most ${limits.mostOperations} operations run on one socket. Complete one first.`, {
        extensions: { code: 'TOO_MANY_OPERATIONS' },
      });
    }
    const address = request.socket.remoteAddress ?? null;
    const contextValue = contextFor(app, signedIn, { requestId, address });
    // Not Yoga's own context: it would look for an HTTP request and its headers.
    const enveloped = yoga.getEnveloped(contextValue as never) as Enveloped;
    const { schema } = enveloped;
    const document = enveloped.parse(payload.query);
    const problems = enveloped.validate(schema, document);
    if (problems.length > 0) return problems.map((problem) => maskError(app, problem, requestId));
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue,
      execute: (args) => enveloped.execute(args),
      subscribe: (args) => enveloped.subscribe(args),
    };
  } catch (error) {
    return [maskError(app, error, requestId)];
  }
}

/** Whether the page that opens the socket may: browsers send cookies and local addresses, but no wrong Origin. */
function mayCome({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
