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

/** A message whose text, `head` and then `body`, takes so many bytes. */
interface Posted {
  readonly head: string;
  readonly body: Text;
  readonly bytes: number;
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
  /** The beginning of it: one event for all makes frames of one length. */
  let view = shared;
  const mostShared = Math.min(sharedBytes, highWaterBytes);
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
    #posted: Posted[] | null = null;
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
      if (!this.#posted) {
        if (due.length === 0) process.nextTick(writeAll);
        due.push(this);
      }
      this.#add(head, body);
      if (this.#bytes + this.#stream.writableLength > highWaterBytes) this.write();
    }

    #add(head: string, body: Text): void {
      const bytes = bytesOf(head) + bytesOf(body);
      const message = { head, body, bytes };
      // Most often it stays the only one, and an array that grows takes room for sixteen.
      if (this.#posted) this.#posted.push(message);
      else this.#posted = [message];
      this.#bytes += frameSize(bytes);
    }

    write(): void {
      const [posted, size] = [this.#posted, this.#bytes];
      if (!posted) return;
      this.#posted = null;
      this.#bytes = 0;
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (this.#stream.writableLength === 0 && size <= mostShared) return this.#writeShared(posted, size);
      const buffer = Buffer.allocUnsafe(size);
      writeFrames(buffer, posted);
      this.#stream.write(buffer, () => this.#written());
      const waiting = this.#stream.writableLength;
      if (waiting > highWaterBytes && !this.#drain) {
        this.#movedAt = performance.now();
        this.#drain = withResolvers();
        this.#socket.pause();
      }
    }

    /** So little that nobody needs to know when it is written: it does not fill the outlet. */
    #writeShared(posted: readonly Posted[], size: number): void {
      if (view.length !== size) view = shared.subarray(0, size);
      writeFrames(view, posted);
      this.#stream.write(view);
      // What the system does not take at once stays in its buffer until it does.
      if (this.#stream.writableLength > 0) view = shared = Buffer.allocUnsafeSlow(sharedBytes);
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

function writeFrames(into: Buffer, posted: readonly Posted[]): void {
  let end = 0;
  for (const { head, body, bytes } of posted) end = writeTextFrame(into, end, bytes, head, body);
}

function withResolvers(): { drained: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const drained = new Promise<void>((done) => (resolve = done));
  return { drained, resolve };
}
