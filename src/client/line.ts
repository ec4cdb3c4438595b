import { createClient, type Client } from 'graphql-ws/client';

/** How a line is opened. */
export interface LineOptions {
  /** Address with ws or wss. */
  readonly url: string;
  readonly token: string | undefined;
  /** The class of sockets; undefined takes the platform's. */
  readonly webSocketImpl: unknown;
  /** So long a line may take to open, or stay silent after a ping, before it is taken for broken. */
  readonly timeoutMs: number;
}

/** A socket for one subscription, signed in when that begins. It never opens again by itself. */
export interface Line {
  readonly client: Client;
  /** Gives the socket up at once, whether or not the other end is there. */
  close(): void;
}

/**
 * Makes a line, which opens when something subscribes. A break shows within the time it was given, also where the network only
 * goes silent: a socket that opens to nobody has no time limit of its own.
 */
export function createLine({ url, token, webSocketImpl, timeoutMs }: LineOptions): Line {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const calm = () => clearTimeout(timer);
  const alarm = () => {
    calm();
    timer = setTimeout(() => {
      // Who was asleep, or busy, first reads what has come meanwhile.
      timer = setTimeout(() => client.terminate(), graceMs);
    }, timeoutMs);
  };
  const client: Client = createClient({
    url,
    webSocketImpl: closingFirmly(webSocketImpl),
    // Coming back is up to `follow`, which knows the cursor: this one would subscribe again where it began.
    retryAttempts: 0,
    keepAlive: timeoutMs,
    connectionParams: { token },
    on: {
      connecting: alarm,
      connected: calm,
      ping: (received) => {
        if (!received) alarm();
      },
      pong: calm,
      message: calm,
      error: calm,
      closed: calm,
    },
  });
  return {
    client,
    close() {
      calm();
      client.terminate();
    },
  };
}

const graceMs = 100;
/** For the other end's part of a goodbye. */
const closeWithinMs = 2_000;

interface Socket {
  close(code?: number, reason?: string): void;
  /** Of package `ws`: ends the connection without a goodbye. */
  terminate?(): void;
  addEventListener(type: string, listener: () => void): void;
}
type SocketClass = new (url: string, protocols?: string | string[]) => Socket;

/** The same class, but a socket that was given up neither waits for a goodbye that never comes nor throws what it dies of. */
function closingFirmly(given: unknown): unknown {
  const base = given ?? (globalThis as { WebSocket?: unknown }).WebSocket;
  // graphql-ws says what is missing.
  if (typeof base !== 'function') return given;
  return class extends (base as SocketClass) {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      // graphql-ws stops listening to a socket that it gives up, and for package `ws` an error nobody hears ends the process.
      this.addEventListener('error', () => undefined);
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      const timer = setTimeout(() => this.terminate?.(), closeWithinMs);
      this.addEventListener('close', () => clearTimeout(timer));
    }
  };
}
