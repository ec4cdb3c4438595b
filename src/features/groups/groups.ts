/**
 * Customer groups are chats with an owner, who is a member, and participants, who are members and customers. A group
 * outlives its owner: it is handed to another member.
 *
 * This is what other rooms may call.
 */
export { groupSightOf, type GroupSight } from './groups.policy.js';
export { loadGroups, type GroupRow } from './groups.store.js';
