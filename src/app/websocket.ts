import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import {
  CloseCode,
  handleProtocols,
  makeServer,
  type Context,
  type OperationResult,
  type SubscribePayload,
} from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { admissionOf, type Cap } from './admission.js';
import type { Baton } from './app.js';
import { bearerOf, type SignedIn } from './authenticate.js';
import { addressOf, networkOf } from './client-address.js';
import { noLongerSignedIn } from './guarded-subscriptions.js';
import { contextFor, maskError, maskErrors, type BatonYoga, type ServedContext } from './http.js';
import { documentTextOf } from './persisted-documents.js';
import { sessionWatchOf, type WatchedSession } from './session-watch.js';
import { delivered } from './shared-text.js';
import { createSocketOutlets, type SocketOutlet } from './socket-outlet.js';
import { subscriberOf } from './subscriber.js';
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
  /** Time for the closing handshake of a client that is sent away; then its line is torn, which it sees as 1006. */
  readonly closeMs: number;
  /** A client that answers no ping within so long is gone. */
  readonly heartbeatMs: number;
  /** Time for connection_init. */
  readonly initMs: number;
}

const defaultLimits: Omit<SocketLimits, 'mostOperations'> = {
  largestMessageBytes: 256 * 1024,
  highWaterBytes: 256 * 1024,
  stallMs: 30_000,
  closeMs: 5_000,
  heartbeatMs: 12_000,
  initMs: 3_000,
};

/** Of the codes below, graphql-ws clients come back after 1001, 1013 and 4403, and give up after 4401. */
const goingAway = 1001;
const tryAgainLater = 1013;
const { Unauthorized: badToken, Forbidden: noLongerServed } = CloseCode;

/** For the closing handshake of a client that was not let in. */
const refuseWithinMs = 1_000;
/** When the server goes: for the answers that are under way, and then for the closing handshakes. */
const answerWithinMs = 4_000;
const leaveWithinMs = 3_000;
const tickMs = 1_000;

interface Connection {
  readonly socket: WebSocket;
  readonly address: string | null;
  readonly outlet: SocketOutlet;
  signedIn: SignedIn | null;
  session: WatchedSession | null;
  /** Queries and mutations that are not answered yet. */
  answering: Set<Promise<unknown>> | null;
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
}
interface Served extends ExecutionArgs {
  readonly contextValue: ServedContext;
  readonly connection: Connection;
  /** The name that the client gave the operation on this socket. */
  readonly messageId: string;
  readonly execute: Enveloped['execute'];
}
type Protocol = Context<Record<string, unknown>, Connection>;

/**
 * Serves GraphQL over WebSocket (graphql-ws) at /graphql of this server. The token comes in connection_init, as
 * `Authorization: "Bearer …"` or `token`: a bad one closes with 4401, which is final; one that has expired, now or later,
 * with 4403, after which clients come back with a new one.
 *
 * A socket lives on the token it was opened with. A fresh one would have to come in a message that no client of this protocol
 * sends; coming back with it costs a handshake, and nothing that is followed by a cursor.
 *
 * What is wrong with an operation is answered as its error, and never closes the socket: others live on it too. More sockets than
 * an address or a person may have are closed with 1013. `others`: limits that are not the usual ones. Disposing closes all with 1001, so that clients come back elsewhere:
 * at once, or as soon as the answers under way are given. One that is not by then is told by its idempotency key.
 */
export function attachWebSocketServer(
  app: Baton,
  server: Server,
  yoga: BatonYoga,
  others: Partial<SocketLimits> = {},
): AsyncDisposable {
  const limits = { ...defaultLimits, mostOperations: app.config.mostOperationsPerSocket, ...others };
  const admission = admissionOf(app);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.largestMessageBytes,
    // Costs each socket memory and each message time, and lets a small message become a large one.
    perMessageDeflate: false,
    handleProtocols,
  });
  const outlets = createSocketOutlets(limits.highWaterBytes);
  const connections = new Set<Connection>();
  const protocol = makeProtocol(app, yoga, limits);
  let closing = false;

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    if (closing) return refuse(stream, '503 Service Unavailable');
    if (request.url?.split('?')[0] !== '/graphql') return refuse(stream, '404 Not Found');
    if (!mayCome(request, app.config.allowedOrigins)) return refuse(stream, '403 Forbidden');
    const address = addressOf(request, app.config.trustedProxies);
    sockets.handleUpgrade(request, stream, head, (socket) => admit(socket, stream, address));
  };
  server.on('upgrade', onUpgrade);

  function admit(socket: WebSocket, stream: Duplex, address: string | null): void {
    const place = address === null ? undefined : admission.connectionsOfAddress.admit(networkOf(address));
    if (place === null) {
      socket.on('error', () => undefined);
      return tooMany(socket, admission.connectionsOfAddress, 'from your address');
    }
    socket.once('close', () => place?.[Symbol.dispose]());
    open(socket, stream, address);
  }

  function open(socket: WebSocket, stream: Duplex, address: string | null): void {
    const connection: Connection = {
      socket,
      address,
      outlet: outlets.open(socket, stream),
      signedIn: null,
      session: null,
      answering: null,
      untilPing: 1 + Math.floor((Math.random() * limits.heartbeatMs) / tickMs),
      alive: true,
    };
    connections.add(connection);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => connection.outlet.send(message) ?? undefined,
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data: Buffer) => {
            handle(readMessage(data.toString())).catch((error: unknown) => {
              // It knows the message, which only servers send, and leaves it to us to say so.
              if (error instanceof Error && error.message.startsWith('Unexpected message of type ')) {
                return socket.close(CloseCode.BadRequest, 'Invalid message received');
              }
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
      for (const connection of open) void leave(connection);
      await allClosed;
      // The server goes on refusing sockets: left to the HTTP handler, one would get an answer that no client tries again after.
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
    closeFirmly(socket, tryAgainLater, 'You read too slowly: come back with your cursor', limits.closeMs);
  }
  // A pong may lie among what is not read while the outlet is full.
  if (stalled > 0 || --connection.untilPing > 0) return;
  if (!connection.alive) return socket.terminate();
  connection.alive = false;
  connection.untilPing = Math.ceil(limits.heartbeatMs / tickMs);
  socket.ping();
}

/** Closes with a code, and ends the line if the other end does not answer: what waits for it would stay in memory. */
function closeFirmly(socket: WebSocket, code: number, reason: string, withinMs: number): void {
  // A paused socket would never see the other end's answer.
  socket.resume();
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), withinMs);
  socket.once('close', () => clearTimeout(timer));
}

function tooMany(socket: WebSocket, { most }: Cap, whose: string): void {
  closeFirmly(
    socket,
    tryAgainLater,
    `At most ${most} connections ${whose} are served at once: end one`,
    refuseWithinMs,
  );
}

/** Closes when the server goes: once what is under way is answered, but no later than that takes patience. */
async function leave({ socket, answering }: Connection): Promise<void> {
  const patience = new AbortController();
  if (answering && answering.size > 0) {
    const late = sleep(answerWithinMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled([...answering]), late]);
    patience.abort();
    // The answer is sent in the turn that follows.
    await turn();
  }
  closeFirmly(socket, goingAway, 'The server is going away', leaveWithinMs);
}

/**
 * A message as graphql-ws takes it too, in place of its text: the text of a subscription would be kept, beside what it says, for
 * as long as that lasts. What is no object stays a text, which graphql-ws refuses.
 */
function readMessage(text: string): string {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? (message as unknown as string) : text;
  } catch {
    return text;
  }
}

function makeProtocol(app: Baton, yoga: BatonYoga, limits: SocketLimits) {
  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: (context) => signIn(app, limits, context),
    onSubscribe: (context, id, payload) => prepare(app, yoga, limits, context, id, payload),
    execute: (args) => {
      const { connection, execute } = args as Served;
      const answer = Promise.resolve(execute(args));
      const answering = (connection.answering ??= new Set());
      answering.add(answer);
      const answered = () => {
        answering.delete(answer);
        // As thousands only follow.
        if (answering.size === 0) connection.answering = null;
      };
      answer.then(answered, answered);
      return answer as OperationResult;
    },
    // Not through Yoga's plugins, which lay a promise or two around each event. Thrown here, an error would close the socket
    // with 4500, which clients take as final.
    subscribe: async (args) => {
      const { contextValue, messageId, connection } = args as Served;
      const told = (result: ExecutionResult) => maskErrors(app, result, contextValue.requestId);
      try {
        const results = await subscriberOf(app)(args);
        return Symbol.asyncIterator in results ? delivered(results, messageId, connection.outlet, told) : told(results);
      } catch (error) {
        return { errors: [maskError(app, error, contextValue.requestId)] };
      }
    },
  });
}

async function signIn(
  app: Baton,
  limits: SocketLimits,
  { connectionParams, extra: connection }: Protocol,
): Promise<boolean> {
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
  const { signedIn } = connection;
  if (signedIn) {
    const { connectionsOfPerson } = admissionOf(app);
    const place = connectionsOfPerson.admit(signedIn.session.personId);
    if (!place) {
      tooMany(socket, connectionsOfPerson, 'of one person');
      return false;
    }
    const watched = sessionWatchOf(app).watch(signedIn, () =>
      closeFirmly(
        socket,
        noLongerServed,
        'Your token has expired, or what you may do has changed: sign in again',
        limits.closeMs,
      ),
    );
    connection.session = watched;
    const over = () => {
      watched[Symbol.dispose]();
      place[Symbol.dispose]();
    };
    socket.once('close', over);
    // It may have closed while the token was read.
    if (socket.readyState === socket.CLOSED) over();
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
  { subscriptions, extra: connection }: Protocol,
  id: string,
  payload: SubscribePayload,
): Promise<Served | readonly GraphQLError[]> {
  const requestId = randomUUID();
  const { socket, signedIn, session, address } = connection;
  try {
    if (socket.readyState !== socket.OPEN) throw new GraphQLError('The socket is closing.');
    if (Object.keys(subscriptions).length > limits.mostOperations) {
      throw new GraphQLError(`At most ${limits.mostOperations} operations run on one socket. Complete one first.`, {
        extensions: { code: 'TOO_MANY_OPERATIONS' },
      });
    }
    // What the token was good for when the socket was opened says nothing of now.
    const held = session?.holds() ?? true;
    if (held !== true && !(await held)) throw noLongerSignedIn(requestId);
    const contextValue = contextFor(app, signedIn, { requestId, address, bookmark: null });
    // Not Yoga's own context: it would look for an HTTP request and its headers.
    const enveloped = yoga.getEnveloped(contextValue as never) as Enveloped;
    const { schema } = enveloped;
    const document = enveloped.parse(documentTextOf(app, payload) ?? '');
    const problems = enveloped.validate(schema, document);
    if (problems.length > 0) return problems.map((problem) => maskError(app, problem, requestId));
    // The message is kept as long as the operation runs, and thousands have the same words: keep those of the first.
    if (document.loc?.source.body === payload.query) Object.assign(payload, { query: document.loc.source.body });
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue,
      connection,
      messageId: id,
      // What is enveloped would be kept for as long as something is followed.
      execute: isSubscription(document, payload.operationName) ? notExecuted : (args) => enveloped.execute(args),
    };
  } catch (error) {
    return [maskError(app, error, requestId)];
  }
}

function notExecuted(): never {
  throw new Error('A subscription is not executed.');
}

function isSubscription(document: DocumentNode, operationName: string | null | undefined): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
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
