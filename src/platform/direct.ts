/** Who may be handed a value at once. */
export interface Taker<Value> {
  /** Takes the value, or answers false, and then it is as if it had not been shown. May not throw. */
  take(value: Value): boolean;
}

/**
 * An iterator whose `next` may be given a taker. While that `next` waits, what comes is handed straight to the taker, and
 * `next` goes on waiting as long as the taker takes all of it; the first value that it refuses is the answer of `next`.
 *
 * An event for thousands who wait would otherwise settle some ten promises for each of them, one for each layer between the
 * database and the line: that took as long as sending it. A layer is itself the taker that it hands on, an object and no
 * function: each function is three more places in memory to look up for each of the thousands.
 */
export interface DirectIterator<Value> extends AsyncIterableIterator<Value> {
  next(taker?: Taker<Value>): Promise<IteratorResult<Value>>;
  return(): Promise<IteratorResult<Value>>;
}

/**
 * A direct iterator as a class, for those of which thousands wait: they keep their fields, and share their functions. In an
 * object literal a function under `[Symbol.asyncIterator]` alone takes 200 bytes, most of them for its name.
 */
export abstract class Direct<Value> implements DirectIterator<Value> {
  abstract next(taker?: Taker<Value>): Promise<IteratorResult<Value>>;
  abstract return(): Promise<IteratorResult<Value>>;
  [Symbol.asyncIterator](): this {
    return this;
  }
}
