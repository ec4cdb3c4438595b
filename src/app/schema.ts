import type { GraphQLSchema } from 'graphql';
import { builder } from '../graphql/builder.js';
import '../features/audit/audit.schema.js';
import '../features/customers/customer-mutations.schema.js';
import '../features/customers/customers.schema.js';
import '../features/customers/delete-tag.schema.js';
import '../features/customers/relations.schema.js';
import '../features/enterprise/enterprise.schema.js';
import '../features/enterprise/update-settings.schema.js';
import '../features/groups/groups.schema.js';
import '../features/members/member-mutations.schema.js';
import '../features/members/members.schema.js';
import '../features/members/pool.schema.js';
import '../features/inbox/inbox.schema.js';
import '../features/tags/tag-mutations.schema.js';
import '../features/tags/tags.schema.js';
import '../features/transfers/cancel-transfer.schema.js';
import '../features/transfers/end-relation.schema.js';
import '../features/transfers/retry-transfer.schema.js';
import '../features/transfers/takeover-say.schema.js';
import '../features/transfers/transfer-customers.schema.js';
import '../features/transfers/transfer-facts.schema.js';
import '../features/transfers/transfer-links.schema.js';
import '../features/transfers/transfer-rules.schema.js';
import '../features/transfers/transfers.schema.js';
import '../features/transfers/undo-transfer.schema.js';

/** The whole API, of every room. */
export const schema: GraphQLSchema = builder.toSchema();
