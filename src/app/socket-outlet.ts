import type { WebSocket } from 'ws';

/** What goes out on one socket, held back while the other end does not read. */
export interface SocketOutlet {
  /**
   * Sends a message, and answers a promise when the producer should wait: more is under way than `highWaterBytes`.
   * Until that is drained nothing is read from the socket either, so a client cannot ask for more than it takes.
   */
  send(message: string): Promise<void> | undefined;
  /** For how many milliseconds the other end has read nothing, though much waits for it; 0 when nothing waits. */
  stalledFor(now: number): number;
  /** The socket is closed: nobody waits any longer. */
  release(): void;
}

/** An outlet for this socket. What is sent after the socket began to close is dropped. */
export function createSocketOutlet(socket: WebSocket, highWaterBytes: number): SocketOutlet {
  let full: { readonly drained: Promise<void>; readonly resolve: () => void } | null = null;
  let movedAt = 0;

  function open(): void {
    full?.resolve();
    full = null;
  }

  function flushed(): void {
    movedAt = performance.now();
    if (!full || socket.bufferedAmount > highWaterBytes / 4) return;
    open();
    socket.resume();
  }

  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return undefined;
      socket.send(message, flushed);
      if (socket.bufferedAmount <= highWaterBytes) return undefined;
      if (!full) {
        movedAt = performance.now();
        const { promise, resolve } = withResolvers();
        full = { drained: promise, resolve };
        socket.pause();
      }
      return full.drained;
    },
    stalledFor: (now) => (full ? now - movedAt : 0),
    release: open,
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
