import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { createYoga, type Plugin, type YogaInitialContext, type YogaServerInstance } from 'graphql-yoga';
import { outageIn } from '../platform/db/outage.js';
import { Refusal } from '../platform/errors.js';
import { createCompiler } from '../graphql/compiled.js';
import type { BatonContext, Bookmark } from '../graphql/context.js';
import type { Baton } from './app.js';
import { bearerOf, type SignedIn } from './authenticate.js';
import { addressOf } from './client-address.js';
import { limitedDocuments } from './document-limits.js';
import { eventStreams, type StreamLimits } from './event-streams.js';
import { createHealthChecks } from './health.js';
import { guardedIntrospection, withoutGuesses } from './introspection.js';
import { describeOutage } from './outage-errors.js';
import { persistedDocuments } from './persisted-documents.js';
import { rateLimitedOperations } from './rate-limited-operations.js';
import { countedOperations } from './operations-under-way.js';
import { schema } from './schema.js';
import { scopedOperations } from './scoped-operations.js';
import { subscriberOf } from './subscriber.js';
import { ToldError } from './told-error.js';
import { KeysAwayError, TokenError } from './tokens.js';

/** What resolvers see, and what the doors know of the person behind it. */
export interface ServedContext extends BatonContext {
  readonly signedIn: SignedIn | null;
}

/** What a request comes with from the HTTP server. */
export interface NodeContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Tells event streams that the server goes. */
  readonly leaving?: AbortSignal | undefined;
}

/** GraphQL over HTTP, as a function of a request. */
export type BatonYoga = YogaServerInstance<NodeContext, ServedContext>;

/** Largest request body, in bytes: 10,000 ids and room to spare. */
const largestBody = 1024 * 1024;

/** The context of one operation of this person. */
export function contextFor(
  app: Baton,
  signedIn: SignedIn | null,
  request: Pick<ServedContext, 'requestId' | 'address' | 'bookmark'>,
): ServedContext {
  return { app, actor: signedIn?.actor ?? null, signedIn, loaders: new Map(), ...request };
}

/**
 * GraphQL over HTTP and SSE. Queries and mutations are JSON by POST; subscriptions also answer GET with
 * `accept: text/event-stream`; a Last-Event-ID resumes them. Faults are masked, with the cause in the log under the same requestId.
 */
export function createGraphqlHandler(app: Baton, streamLimits?: StreamLimits): BatonYoga {
  const bookmarks = new WeakMap<Request, Bookmark>();
  return createYoga<NodeContext, ServedContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    cors:
      app.config.allowedOrigins.length === 0 ? false : { origin: [...app.config.allowedOrigins], credentials: false },
    multipart: false,
    batching: false,
    logging: {
      debug: (...parts: unknown[]) => app.log.debug(parts.map(String).join(' ')),
      info: (...parts: unknown[]) => app.log.info(parts.map(String).join(' ')),
      warn: (...parts: unknown[]) => app.log.warn(parts.map(String).join(' ')),
      error: (...parts: unknown[]) => app.log.error(parts.map(String).join(' ')),
    },
    maskedErrors: { maskError: (error) => withStatus(maskError(app, error)) },
    plugins: [
      jsonOnly(),
      utf8Only(),
      limitedDocuments(),
      persistedDocuments(app),
      guardedIntrospection(app),
      rateLimitedOperations(app),
      compiling(app),
      scopedOperations(),
      countedOperations(app),
      withRequestId(),
      eventStreams((request) => bookmarks.get(request), streamLimits),
    ],
    context: async ({ request, req }: YogaInitialContext & NodeContext) => {
      const requestId = randomUUID();
      // No request of a line where the handler is called as a function.
      const address = req ? addressOf(req, app.config.trustedProxies) : null;
      const bookmark: Bookmark = { resumeAfter: request.headers.get('last-event-id') || null, cursor: null };
      bookmarks.set(request, bookmark);
      try {
        const signedIn = await app.authenticator.signIn(bearerOf(request.headers.get('authorization')));
        return contextFor(app, signedIn, { requestId, address, bookmark });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        throw new GraphQLError(error.message, {
          extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
        });
      }
    },
  });
}

/**
 * What a client may read of an error: our own GraphQL errors as they are; that the database, or the keys of tokens, cannot be had, and when to come back;
 * anything else as one masked fault. Every error has `extensions.code` and `extensions.requestId`.
 */
export function maskError(
  app: Pick<Baton, 'log' | 'config'>,
  error: unknown,
  requestId: string = requestIdIn(error) ?? randomUUID(),
): GraphQLError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const position = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  if (original instanceof Refusal) {
    return new ToldError(original.message, { ...position, extensions: { code: original.code, requestId } });
  }
  if (error instanceof GraphQLError && (original instanceof GraphQLError || error.originalError === undefined)) {
    const told = original as GraphQLError;
    // Yoga tells here what the JSON parser said, and that quotes what was sent.
    const { originalError: _quoted, ...extensions } = told.extensions;
    // Without a code it comes from GraphQL itself: a document or variables that do not fit the schema.
    const code = typeof extensions.code === 'string' ? extensions.code : 'BAD_USER_INPUT';
    // Of variables, whose guesses GraphQL makes when it executes.
    const message = app.config.introspection === 'everybody' ? error.message : withoutGuesses(error.message);
    return new ToldError(message, { ...position, extensions: { ...extensions, code, requestId } });
  }
  app.log.error({ err: original, requestId }, 'An operation failed.');
  const keysAway = original instanceof KeysAwayError;
  const outage = keysAway ? 'UNAVAILABLE' : outageIn(original);
  if (outage) {
    const { message, extensions } = describeOutage(outage, keysAway ? original.message : undefined);
    return new ToldError(message, { ...position, extensions: { ...extensions, requestId } });
  }
  return new ToldError('Something went wrong on our side. Try again; if it stays, report the requestId.', {
    ...position,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  });
}

/** A result with what a client may read of its errors; the very same if it has none. */
export function maskErrors(
  app: Pick<Baton, 'log' | 'config'>,
  result: ExecutionResult,
  requestId: string,
): ExecutionResult {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => maskError(app, error, requestIdIn(error) ?? requestId)) };
}

const refusedByStatus: ReadonlySet<string> = new Set(['TOO_EXPENSIVE', 'BAD_REQUEST', 'PERSISTED_DOCUMENT_REQUIRED']);

/** What is no request, or too large a one, is refused by its status whatever the client accepts; by the specification some would get 200. */
function withStatus(error: GraphQLError): GraphQLError {
  const { code, http } = error.extensions as { code?: string; http?: { status?: number } };
  if (code !== undefined && refusedByStatus.has(code))
    error.extensions.http = { ...http, status: http?.status ?? 400, spec: false };
  return error;
}

function requestIdIn(error: unknown): string | undefined {
  const id = error instanceof GraphQLError ? error.extensions.requestId : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Refuses what a form or a link could send in a person's name, and what is too large to read. */
function jsonOnly(): Plugin<ServedContext> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      // An event stream may be opened by GET: for a subscription. Sockets have no request here.
      const { request, requestId } = args.contextValue as ServedContext & Partial<YogaInitialContext>;
      if (request?.method !== 'GET') return;
      const told = new ToldError('Only subscriptions are opened by GET. Send queries and mutations by POST, as JSON.', {
        extensions: {
          ...{ code: 'METHOD_NOT_ALLOWED', requestId },
          http: { status: 405, headers: { allow: 'POST' } },
        },
      });
      setResultAndStopExecution({ errors: [told] });
    },
    onRequest(event) {
      const { request, fetchAPI } = event;
      const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}) =>
        event.endResponse(
          fetchAPI.Response.json(
            { errors: [{ message, extensions: { code, requestId: randomUUID() } }] },
            { status, headers },
          ),
        );
      if (request.method === 'GET') {
        if (request.headers.get('accept')?.includes('text/event-stream')) return;
        return refuse(405, 'METHOD_NOT_ALLOWED', 'Send queries and mutations by POST, as JSON.', { allow: 'POST' });
      }
      if (request.method !== 'POST') return;
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type !== 'application/json' && type !== 'application/graphql-response+json') {
        return refuse(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the operation as content-type: application/json.');
      }
      if (Number(request.headers.get('content-length') ?? 0) > largestBody) {
        return refuse(413, 'TOO_LARGE', `A request may have ${largestBody} bytes at most. Split it.`);
      }
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Refuses bodies that are not UTF-8, whose bad bytes would be replaced, executed and stored. WebSocket refuses such messages by itself. */
function utf8Only(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (request.method !== 'POST' || !requestParser) return;
      setRequestParser(async (asked) => {
        const text = decoded(await asked.arrayBuffer());
        const read = { value: () => Promise.resolve().then(() => JSON.parse(text) as unknown) };
        return requestParser(Object.create(asked, { json: read }) as typeof asked);
      });
    },
  };
}

function decoded(body: ArrayBuffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new GraphQLError('The body is not UTF-8 throughout. Encode it as UTF-8, and send it again.', {
      extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
    });
  }
}

/** Runs what comes again and again compiled, where it may be. */
function compiling(app: Baton): Plugin<ServedContext> {
  const compiledFor = createCompiler(schema);
  return {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscriberOf(app) as never),
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, operationName } = args as ExecutionArgs;
      const compiled = compiledFor(document, operationName);
      if (!compiled) return;
      setExecuteFn(async () => {
        const result = await compiled(args.rootValue, args.contextValue, args.variableValues);
        // A query has no effect, so it can be asked again, and then its errors have all that clients and the masking expect.
        return result.errors ? (executeFn(args) as ExecutionResult | Promise<ExecutionResult>) : result;
      });
    },
  };
}

/** Gives every error of an operation the operation's own requestId, as the log and the audit have it. */
function withRequestId(): Plugin<ServedContext> {
  return {
    // A document that does not fit never gets as far as the operation, nor the masking.
    onResultProcess({ result }) {
      if (Array.isArray(result) || Symbol.asyncIterator in result || !('errors' in result)) return;
      const requestId = randomUUID();
      for (const error of result.errors ?? []) {
        if (requestIdIn(error) === undefined) Object.assign(error, { extensions: { ...error.extensions, requestId } });
      }
    },
    onExecute({ args }) {
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result || !('errors' in result) || !result.errors) return;
          const { requestId } = args.contextValue as ServedContext;
          // The errors stay what they are: the masking comes after this, and takes anything else for a fault.
          const errors = (result.errors as readonly GraphQLError[]).map((error) =>
            Object.assign(error, { extensions: { ...error.extensions, requestId } }),
          );
          setResult({ ...result, errors });
        },
      };
    },
  };
}

/**
 * The HTTP server of the API: GraphQL and the health checks. `page`, if given, is served to browsers at /graphql. Once `leaving` is
 * aborted event streams end, so that their clients come back elsewhere, `/readyz` says no, and each answer is its connection's last.
 */
export function createHttpServer(
  app: Baton,
  yoga: BatonYoga,
  page: ((req: IncomingMessage, res: ServerResponse) => void) | null,
  leaving?: AbortSignal,
): Server {
  const health = createHealthChecks(app);
  const server = createServer(
    // Node looks only twice a minute by default whether they are over: a client could trickle for as long again.
    { requestTimeout: 39_000, headersTimeout: 29_000, keepAliveTimeout: 20_000, connectionsCheckingInterval: 1_000 },
    (req, res) => {
      // What is no address is answered by Yoga's adapter with 500, and a trace of its stack.
      if (!URL.canParse(`http://${req.headers.host ?? 'localhost'}${req.url}`)) {
        return answer(res, 400, 'The Host header names no host. Send the name and port of this server.');
      }
      const path = req.url?.split('?')[0];
      if (leaving?.aborted) {
        res.shouldKeepAlive = false;
        if (path === '/readyz') return answer(res, 503, 'the server is going away');
      }
      if (path === '/graphql') {
        const browser = req.method === 'GET' && req.headers.accept?.includes('text/html');
        if (page && browser) return page(req, res);
        // Without a length a body could trickle past the limit.
        if (req.method === 'POST' && req.headers['content-length'] === undefined) {
          return answer(res, 411, 'Send the body whole, with a content-length.');
        }
        return void yoga(req, res, { leaving });
      }
      if (page && path?.startsWith('/graphiql/')) return page(req, res);
      if (path === '/' && page) return void res.writeHead(302, { location: '/graphql' }).end();
      if (path && health(path, res)) return;
      answer(res, 404, 'The API is at /graphql.');
    },
  );
  return server;
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
