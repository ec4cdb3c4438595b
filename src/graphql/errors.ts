import { GraphQLError } from 'graphql';

/** A request that cannot be read: the top-level error BAD_USER_INPUT. The message says what to send instead. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
