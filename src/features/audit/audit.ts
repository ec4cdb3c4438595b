/**
 * The audit log. A record is written by the transaction of what it tells of (see platform/events), without a place; the sealer
 * gives it one, seconds later, in its enterprise's chain of hashes. From then on whoever changes, removes or adds a record is found out:
 * by the chain or, where the chain was made anew as well, by a signed checkpoint that was kept outside.
 */
export { UnreadableEvidence } from './audit.errors.js';
export { checkpointKeys, readSigningKey, readVerifyingKey } from './checkpoint-keys.js';
export { readCheckpoints, type Checkpoint } from './checkpoint.js';
export { compareOwners, rebuildOwners } from './compare-owners.js';
export { exportAudit, readExport } from './export-audit.js';
export { makeCheckpoint } from './make-checkpoint.js';
export { sealAudit } from './seal-audit.js';
export { verifyAudit } from './verify-audit.js';
export { verifyChain, type ChainPlace, type ChainVerdict } from './verify-chain.js';
