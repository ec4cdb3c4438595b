import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { Actor, Caller } from '../platform/actor.js';
import type { App } from '../platform/app.js';
import { hasRight, isSuper, mayConfigureCompany, type Right } from '../platform/rights.js';

/** Where a reader is in an inbox they follow, for a door that carries the place beside the events. */
export interface Bookmark {
  /** The cursor that the door was given; it counts before the argument `after`. */
  readonly resumeAfter: string | null;
  /** That of the event that was told last, or of the place where following began; null where no inbox is followed. */
  cursor: string | null;
}

/** What every resolver gets: the application, who asks, and the loaders of this one operation. */
export interface BatonContext {
  readonly app: App;
  /** Null: the request carried no token. A bad token never gets this far. */
  readonly actor: Actor | null;
  /** Names the request in errors, log and audit. */
  readonly requestId: string;
  readonly address: string | null;
  /** Null where the door carries nothing beside the events. */
  readonly bookmark: Bookmark | null;
  readonly loaders: Map<symbol, DataLoader<string, unknown>>;
}

type ActorOf<Kind extends Actor['kind']> = Extract<Actor, { kind: Kind }>;

/** Somebody with a token: everybody but the system. */
export type SignedInActor = Exclude<Actor, { kind: 'system' }>;

/** The signed-in actor. Throws UNAUTHENTICATED when there is none. */
export function requireActor(context: BatonContext): SignedInActor {
  if (context.actor && context.actor.kind !== 'system') return context.actor;
  throw new GraphQLError('Sign in first: send a token as "Authorization: Bearer …", or in connection_init.', {
    extensions: { code: 'UNAUTHENTICATED' },
  });
}

/** The signed-in member. Throws UNAUTHENTICATED without a token, FORBIDDEN for a customer. */
export function requireMember(context: BatonContext): ActorOf<'member'> {
  const actor = requireActor(context);
  if (actor.kind === 'member') return actor;
  throw forbidden('Only members of the company may do this.');
}

/** The signed-in customer. Throws UNAUTHENTICATED without a token, FORBIDDEN for a member. */
export function requireCustomer(context: BatonContext): ActorOf<'customer'> {
  const actor = requireActor(context);
  if (actor.kind === 'customer') return actor;
  throw forbidden('Only customers may do this.');
}

/**
 * The signed-in administrator who has this right over somebody; over whom is for the rooms to ask. Throws UNAUTHENTICATED without
 * a token, FORBIDDEN for anyone else.
 */
export function requireRight(context: BatonContext, right: Right): ActorOf<'member'> {
  const actor = requireActor(context);
  if (actor.kind === 'member' && hasRight(actor, right)) return actor;
  throw forbidden(
    `Only administrators with the right ${right} may do this. A super administrator grants it with grantRights.`,
  );
}

/** The signed-in administrator who may change what belongs to the whole company. Throws UNAUTHENTICATED and FORBIDDEN. */
export function requireCompanyRight(context: BatonContext): ActorOf<'member'> {
  const actor = requireActor(context);
  if (actor.kind === 'member' && mayConfigureCompany(actor)) return actor;
  throw forbidden(
    'This belongs to the whole company: only administrators with the right CONFIGURE over every department may do it.',
  );
}

/** The signed-in super administrator. Throws UNAUTHENTICATED without a token, FORBIDDEN for anyone else. */
export function requireSuper(context: BatonContext): ActorOf<'member'> {
  const actor = requireActor(context);
  if (actor.kind === 'member' && isSuper(actor)) return actor;
  throw forbidden('Only super administrators may do this.');
}

/** Whether the signed-in actor has this right over somebody. Answers false without a token. */
export function mayUse(context: BatonContext, right: Right): boolean {
  return context.actor !== null && hasRight(context.actor, right);
}

/** The actor together with the request, as use cases and the audit log take it. */
export function callerOf<A extends Actor>(context: BatonContext, actor: A): Caller<A> {
  return { actor, requestId: context.requestId, address: context.address };
}

/**
 * The loader of this operation under `key`, made on first use. One statement serves all parents of a level;
 * `load` must answer in the order of its keys.
 */
export function loaderOf<Value>(
  context: BatonContext,
  key: symbol,
  load: (keys: readonly string[]) => Promise<readonly (Value | Error)[]>,
): DataLoader<string, Value> {
  const known = context.loaders.get(key);
  if (known) return known as DataLoader<string, Value>;
  const made = new DataLoader<string, Value>(load, { maxBatchSize: 1000 });
  context.loaders.set(key, made);
  return made;
}

function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}
