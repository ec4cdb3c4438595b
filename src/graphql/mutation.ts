import type { FieldMap, InputFieldMap, InputShapeFromFields } from '@pothos/core';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { recordRefusal } from '../platform/events/audit.js';
import type { Caller } from '../platform/actor.js';
import { Refusal } from '../platform/errors.js';
import { requireReadable } from '../platform/text.js';
import { askedIn } from './asked.js';
import { builder } from './builder.js';
import type { BatonContext } from './context.js';
import {
  callerOf,
  requireActor,
  requireCompanyRight,
  requireCustomer,
  requireMember,
  requireRight,
  requireSuper,
} from './context.js';

type Types = (typeof builder)['$inferSchemaTypes'];
type InputBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>;
/** What a refusal tells. Not the refusal itself: GraphQL takes an Error in a list for a failure to resolve it. */
type Told = Pick<Refusal, 'code' | 'message' | 'path' | 'variant' | 'data'>;
type Outcome<Result> = Partial<Result> & { readonly userErrors: readonly Told[] };
type PayloadBuilder<Result> = PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome<Result>>;

const UserErrorCode = builder.enumType('UserErrorCode', {
  description: 'Every failure that a caller can act on. Map by name; later versions add values.',
  values: {},
});

/** Adds the codes of a room to the one enum. Each says what was refused and what to do. */
export function declareErrorCodes(descriptions: Readonly<Record<string, string>>): void {
  const values = Object.fromEntries(
    Object.entries(descriptions).map(([code, description]) => [code, { value: code, description }]),
  );
  UserErrorCode.updateConfig((config) => ({ ...config, values: { ...config.values, ...values } }));
}

const UserError = builder.interfaceRef<Told>('UserError').implement({
  description: 'Why a mutation did nothing, or not all. Some kinds carry more: see the types that implement this.',
  resolveType: (refusal) => refusal.variant,
  fields: (t) => ({
    code: t.field({
      type: UserErrorCode,
      description: 'What a program decides by.',
      resolve: (refusal) => refusal.code as never,
    }),
    message: t.exposeString('message', { description: 'What a person reads: what is wrong and what to do.' }),
    path: t.stringList({
      description: 'Where in the arguments: `["input", "successorIds", "0"]`. Empty when no one place is to blame.',
      resolve: (refusal) => [...refusal.path],
    }),
  }),
});

/** A kind of user error that carries data; `name` is the `variant` of the refusals it stands for. */
export function defineUserError(
  name: string,
  description: string,
  fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Told>) => FieldMap,
): void {
  builder.objectRef<Told>(name).implement({ description, interfaces: [UserError], fields: fields });
}

builder.objectRef<Told>('CommonError').implement({
  description: 'A user error with nothing to add to its code and message.',
  interfaces: [UserError],
});

declareErrorCodes({
  NOT_FOUND: 'There is no such object, or it is not yours to see.',
  INVALID_INPUT: 'A value is out of its range; the message says which range.',
  IDEMPOTENCY_KEY_REUSED: 'This idempotencyKey was used with other arguments. Take a new key for a new request.',
});

const callers = {
  super: requireSuper,
  assigner: (context: BatonContext) => requireRight(context, 'ASSIGN'),
  auditor: (context: BatonContext) => requireRight(context, 'AUDIT'),
  configurer: (context: BatonContext) => requireRight(context, 'CONFIGURE'),
  companyConfigurer: requireCompanyRight,
  member: requireMember,
  customer: requireCustomer,
  anyone: requireActor,
} as const;
type Who = keyof typeof callers;
type CallerOf<W extends Who> = Caller<ReturnType<(typeof callers)[W]>>;

interface Operation<Fields extends InputFieldMap, Result extends object, W extends Who> {
  readonly description: string;
  readonly who: W;
  readonly input: (t: InputBuilder) => Fields;
  readonly resolve: (
    input: InputShapeFromFields<Fields>,
    caller: CallerOf<W>,
    context: BatonContext,
  ) => Promise<Result>;
  /** Stands after `resolve`, from which the compiler learns what there is to show. */
  readonly payload: (t: PayloadBuilder<Result>) => FieldMap;
}

/**
 * Adds a mutation: `name(input: NameInput!): NamePayload!`, with `userErrors` in the payload.
 *
 * `resolve` does the whole work in its own transaction and writes its own audit record there. A Refusal that it throws
 * becomes a user error and an audit record; so does a caller who may not. Anything else is a fault.
 */
export function defineMutation<Fields extends InputFieldMap, Result extends object, W extends Who>(
  name: string,
  options: Operation<Fields, Result, W>,
): void {
  defineOperation('mutation', name, options);
}

/**
 * Adds a query of the same shape, for what a mutation would do: it changes nothing, and leaves nothing on the audit log.
 */
export function defineCheck<Fields extends InputFieldMap, Result extends object, W extends Who>(
  name: string,
  options: Operation<Fields, Result, W>,
): void {
  defineOperation('query', name, options);
}

function defineOperation<Fields extends InputFieldMap, Result extends object, W extends Who>(
  kind: 'mutation' | 'query',
  name: string,
  options: Operation<Fields, Result, W>,
): void {
  const typeName = name.charAt(0).toUpperCase() + name.slice(1);
  const Input = builder.inputType(`${typeName}Input`, {
    description: `What ${name} takes.`,
    fields: options.input,
  });
  const Payload = builder.objectRef<Outcome<Result>>(`${typeName}Payload`).implement({
    description: `What ${name} answers.`,
    fields: (t) => ({
      ...options.payload(t),
      userErrors: t.field({
        type: [UserError],
        description: 'Empty when all was done. Otherwise nothing was changed, and each entry says why.',
        resolve: (outcome) => [...outcome.userErrors],
      }),
    }),
  });
  const field = (t: PothosSchemaTypes.RootFieldBuilder<Types, object>) =>
    t.field({
      type: Payload,
      description: options.description,
      args: { input: t.arg({ type: Input, required: true, description: 'The arguments, all in one object.' }) },
      resolve: (async (
        _root: object,
        args: { input: InputShapeFromFields<Fields> },
        context: BatonContext,
        info: GraphQLResolveInfo,
      ) => {
        try {
          const actor = callers[options.who](context);
          const caller = callerOf(context, actor) as CallerOf<W>;
          requireReadable(args.input);
          const result = await options.resolve(args.input, caller, context);
          // What they loaded for an earlier mutation of this operation may no longer be true.
          if (kind === 'mutation') context.loaders.clear();
          return { ...result, userErrors: [] };
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal && context.actor && kind === 'mutation') {
            const asked = askedIn(info.schema, `${typeName}Input`, args.input);
            await recordRefusal(context.app, callerOf(context, context.actor), name, refusal, asked);
          }
          if (error instanceof Refusal) {
            const { code, message, path, variant, data } = error;
            return { userErrors: [{ code, message, path, variant, data }] };
          }
          throw error;
        }
        // Pothos resolves its conditional types only for concrete fields; the input and payload types above hold them.
      }) as never,
    });
  if (kind === 'mutation') builder.mutationField(name, field);
  else builder.queryField(name, field);
}

/** The code and message of a failure the caller is to blame for; null for a fault. */
function refusalOf(error: unknown): { code: string; message: string } | null {
  if (error instanceof Refusal) return error;
  if (error instanceof GraphQLError && typeof error.extensions.code === 'string') {
    return { code: error.extensions.code, message: error.message };
  }
  return null;
}
