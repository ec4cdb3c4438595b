/**
 * Members are the company's employees. One who leaves becomes RESIGNED and keeps holding their customers, in the pool,
 * until those are handed to successors.
 *
 * This is what other rooms may call.
 */
export { contactOf } from './contact.js';
export { loadHeld, lockPortfolios, settleOwnedGroups, type Holding } from './members.store.js';
