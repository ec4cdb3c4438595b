import type { GraphQLSchema } from 'graphql';
import { builder } from '../graphql/builder.js';
import '../features/enterprise/enterprise.schema.js';
import '../features/members/members.schema.js';
import '../features/inbox/inbox.schema.js';

/** The whole API, of every room. */
export const schema: GraphQLSchema = builder.toSchema();
