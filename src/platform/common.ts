/**
 * What the followers of one event have in common, made where the event is handed out to them. It carries what was worked
 * out for one of them to the others, and goes when the last of them has been served. A WeakMap by event would do the same,
 * but cost the garbage collector more than all the rest of a delivery.
 */
export class Common {
  readonly kept = new Map<string, unknown>();
}
