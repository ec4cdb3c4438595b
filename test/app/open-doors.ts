import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { createHttpServer } from '../../src/app/http.js';
import { closeDoors } from '../../src/app/serve.js';
import { attachWebSocketServer, type SocketLimits } from '../../src/app/websocket.js';
import type { Recipient } from '../../src/features/inbox/inbox.store.js';
import type { TestApp } from '../support/app.js';

/** The doors of a test's application, really open. */
export interface TestDoors {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the doors on a free port, or on that one, until `close` or the end of the test file. */
export async function openDoors(
  { app, served = app, yoga }: Pick<TestApp, 'app' | 'yoga'> & Partial<Pick<TestApp, 'served'>>,
  { limits, port: wanted = 0 }: { limits?: Partial<SocketLimits>; port?: number } = {},
): Promise<TestDoors> {
  const leaving = new AbortController();
  const server = createHttpServer(served, yoga, null, leaving.signal);
  const sockets = attachWebSocketServer(served, server, yoga, limits);
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const doors = {
    url: `ws://127.0.0.1:${port}/graphql`,
    port,
    close: () => (closed ??= closeDoors(app, server, sockets, leaving)),
  };
  afterAll(() => doors.close());
  return doors;
}

/** A member who may sign in, and that member's inbox. */
export async function hire({ app }: Pick<TestApp, 'app'>): Promise<{ id: string; enterpriseId: string } & Recipient> {
  const enterpriseId = randomUUID();
  const id = randomUUID();
  await app.db.prisma.enterprise.create({
    data: { id: enterpriseId, key: enterpriseId, name: 'Acme', createdAt: app.clock.now() },
  });
  await app.db.prisma.member.create({
    data: { id, enterpriseId, userId: 'ana', name: 'Ana', createdAt: app.clock.now() },
  });
  return { id, enterpriseId, recipientId: id };
}

/** One message of graphql-transport-ws. */
export interface Message {
  type: string;
  id?: string;
  payload?: { data?: Record<string, Record<string, string>>; errors?: Refused[] } & Refused[];
}
export interface Refused {
  message: string;
  extensions: { code: string; requestId: string };
}

/** A client that speaks graphql-transport-ws word by word, to see what really goes over the line. */
export class PlainClient {
  readonly #messages: Message[] = [];
  #stir: () => void = () => undefined;
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.#messages.push(JSON.parse(data.toString()) as Message);
      this.#stir();
    });
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => undefined);
  }

  static async open(url: string, options: ClientOptions = {}): Promise<PlainClient> {
    const socket = new WebSocket(url, 'graphql-transport-ws', options);
    const client = new PlainClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Opens a socket and signs in. */
  static async signIn(url: string, token: string | null): Promise<PlainClient> {
    const client = await PlainClient.open(url);
    client.send({ type: 'connection_init', payload: token === null ? {} : { Authorization: `Bearer ${token}` } });
    await client.next('connection_ack');
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** The next message; it must be of this type. */
  async next(type: string): Promise<Message> {
    while (this.#messages.length === 0) await new Promise<void>((resolve) => (this.#stir = resolve));
    const message = this.#messages.shift();
    if (message?.type !== type) throw new Error(`Expected ${type}, got ${JSON.stringify(message)}`);
    return message;
  }

  get waiting(): number {
    return this.#messages.length;
  }
}

export const notifications = `subscription ($after: String) {
  assignmentNotifications(after: $after) {
    __typename
    ... on AssignmentNotification { id cursor note }
    ... on ResyncRequired { reason cursor }
  }
}`;
