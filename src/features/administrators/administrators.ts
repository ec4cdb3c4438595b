/**
 * Administrators are members who may do more than their own work. A super administrator may do everything in the company; a
 * customer-contact administrator what was granted: VIEW, ASSIGN, CONFIGURE and AUDIT, each over departments and all below them.
 * Super administrators grant and revoke, never for themselves, and one of them is always left.
 *
 * This is what other rooms may call.
 */
export { grantRights } from './grant-rights.js';
export { revokeRights } from './revoke-rights.js';
export { loadRights } from './administrators.store.js';
