/**
 * Customers belong to the enterprise; a relation says that a member serves one now. A customer may be served by several
 * members. When a member leaves, the transfers room moves the relation, with all that stands on it, to a successor.
 *
 * This is what other rooms may call.
 */
export {
  mayEditRelation,
  mayEndRelation,
  sightOf,
  viewOf,
  type Serving,
  type Sight,
  type View,
} from './customers.policy.js';
export { touched, type Touch } from './touched.js';
export type { CustomerRow } from './customer-row.js';
export { endRelationOf, findRelation, type RelationEnd } from './relation-end.store.js';
export { loadCustomers, visibleCustomers } from './customers.store.js';
export { filterNeedsCustomer, relationFilterSql, type RelationFilter, type TagCondition } from './relation-filter.js';
export {
  countRelations,
  listRelations,
  loadRelations,
  type RelationListing,
  type RelationOrder,
  type RelationRow,
} from './relations.store.js';
