import type { Rights } from './rights.js';

/** Who asks, as proven by a token and looked up in the database; never taken from arguments. */
export type Actor =
  | {
      readonly kind: 'member';
      readonly id: string;
      readonly enterpriseId: string;
      readonly name: string;
      /** Null for who is no administrator. */
      readonly rights: Rights | null;
    }
  | { readonly kind: 'customer'; readonly id: string; readonly enterpriseId: string; readonly name: string }
  | { readonly kind: 'system'; readonly id: null; readonly enterpriseId: string; readonly name: string };

/** An actor and the request that brought them: what the audit log keeps of "by whom". */
export interface Caller<A extends Actor = Actor> {
  readonly actor: A;
  /** Null for work that no request asked for. */
  readonly requestId: string | null;
  /** Network address of the client; null when there is none. */
  readonly address: string | null;
}
