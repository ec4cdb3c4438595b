import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bytesOf, frameSize, writeTextFrame, type Text } from './text-frame.js';

/** What goes out on one socket, held back while the other end does not read. */
export interface SocketOutlet {
  /** Sends a message now, after all that was posted. Answers what to wait for before the next one, if so much is under way. */
  send(message: string): Promise<void> | null;
  /**
   * Sends a message, which is `head` and then `body`, soon: together with whatever else is posted before the process does
   * something else. Ask for `full` before.
   */
  post(head: string, body: Text): void;
  /**
   * Fulfilled when there is room again; null while there is. More than `highWaterBytes` are under way otherwise, and nothing is
   * read from the socket either, so a client cannot ask for more than it takes.
   */
  readonly full: Promise<void> | null;
  /** For how many milliseconds the other end has read nothing, though much waits for it; 0 when nothing waits. */
  stalledFor(now: number): number;
  /** The socket is closed: nobody waits any longer. */
  release(): void;
}

/** Opens outlets. What is sent on one after its socket began to close is dropped. */
export interface SocketOutlets {
  /** The outlet of a socket, and the stream below it. `ws` writes whole frames there too, each at once, so both may. */
  open(socket: WebSocket, stream: Duplex): SocketOutlet;
}

/** What is written from a buffer that all share, if the system takes it at once. */
const sharedBytes = 16 * 1024;

/**
 * Outlets that write together: an event for thousands is first worked out for all of them and then written to all, as fast as
 * the system takes it. In turns with the work, each write would find the other end asleep, and waking it costs more than
 * the write. Frames are written here and not by `ws`, for whom each is two buffers, a callback and a promise.
 */
export function createSocketOutlets(highWaterBytes: number): SocketOutlets {
  let shared = Buffer.allocUnsafeSlow(sharedBytes);
  let due: Outlet[] = [];

  function writeAll(): void {
    const outlets = due;
    due = [];
    for (const outlet of outlets) outlet.write();
  }

  // A class: an idle socket keeps its fields, and none of the functions.
  class Outlet implements SocketOutlet {
    readonly #socket: WebSocket;
    readonly #stream: Duplex;
    #posted: { readonly head: string; readonly body: Text; readonly bytes: number }[] = [];
    /** Of the frames that wait to be written. */
    #bytes = 0;
    #drain: { readonly drained: Promise<void>; readonly resolve: () => void } | null = null;
    #movedAt = 0;

    constructor(socket: WebSocket, stream: Duplex) {
      this.#socket = socket;
      this.#stream = stream;
    }

    get full(): Promise<void> | null {
      return this.#drain && this.#drain.drained;
    }

    send(message: string): Promise<void> | null {
      this.#add(message, '');
      this.write();
      return this.full;
    }

    post(head: string, body: Text): void {
      if (this.#posted.length === 0) {
        if (due.length === 0) process.nextTick(writeAll);
        due.push(this);
      }
      this.#add(head, body);
      if (this.#bytes + this.#stream.writableLength > highWaterBytes) this.write();
    }

    #add(head: string, body: Text): void {
      const bytes = bytesOf(head) + bytesOf(body);
      this.#posted.push({ head, body, bytes });
      this.#bytes += frameSize(bytes);
    }

    write(): void {
      const [posted, size] = [this.#posted, this.#bytes];
      if (posted.length === 0) return;
      this.#posted = [];
      this.#bytes = 0;
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      // What the system does not take at once stays in its buffer until it does.
      const mayShare = size <= sharedBytes && this.#stream.writableLength === 0;
      const buffer = mayShare ? shared : Buffer.allocUnsafe(size);
      let end = 0;
      for (const { head, body, bytes } of posted) end = writeTextFrame(buffer, end, bytes, head, body);
      this.#stream.write(mayShare ? buffer.subarray(0, end) : buffer, () => this.#written());
      const waiting = this.#stream.writableLength;
      if (mayShare && waiting > 0) shared = Buffer.allocUnsafeSlow(sharedBytes);
      if (waiting > highWaterBytes && !this.#drain) {
        this.#movedAt = performance.now();
        this.#drain = withResolvers();
        this.#socket.pause();
      }
    }

    #written(): void {
      if (!this.#drain) return;
      this.#movedAt = performance.now();
      if (this.#stream.writableLength > highWaterBytes / 4) return;
      this.release();
      this.#socket.resume();
    }

    stalledFor(now: number): number {
      return this.#drain ? now - this.#movedAt : 0;
    }

    release(): void {
      this.#drain?.resolve();
      this.#drain = null;
    }
  }

  return { open: (socket, stream) => new Outlet(socket, stream) };
}

function withResolvers(): { drained: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const drained = new Promise<void>((done) => (resolve = done));
  return { drained, resolve };
}
