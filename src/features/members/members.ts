/**
 * Members are the company's employees. One who leaves becomes RESIGNED and keeps holding their customers, in the pool,
 * until those are handed to successors. A last day may be planned ahead; the transfers room sees to it when it is over.
 *
 * This is what other rooms may call.
 */
export { contactOf } from './contact.js';
export { restampPools } from './pool-changes.store.js';
export { claimLeaving, loadHeld, lockPortfolios, settleOwnedGroups, type Holding } from './members.store.js';
export { dropPlan, farthestDays, planResignation } from './plan-resignation.js';
export { lockMember, requireAnotherAdministrator } from './lock-member.js';
export { mayViewRoom } from './members.policy.js';
export { lockToResign, resign } from './resign.js';
