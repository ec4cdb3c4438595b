/**
 * Tags say what kind of customer somebody is. CORP tags belong to the enterprise, stand in groups, and travel with a
 * customer; PERSONAL ones belong to a member and show to that member only, while they serve the customer.
 *
 * This is what other rooms may call.
 */
export { noSuchTag, onlyAdministrators } from './tags.errors.js';
export { mayChangeTag, tagSightOf, type TagSight } from './tags.policy.js';
export { findTag, loadTags, visibleTags, type TagRow } from './tags.store.js';
