import { builder } from '../../graphql/builder.js';
import { requireSuper, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { encodeId } from '../../graphql/ids.js';
import { UnreadableEvidence } from './audit.errors.js';
import { readCheckpoints } from './checkpoint.js';
import { verifyAudit, type AuditVerdict } from './verify-audit.js';
import type { BadRecord, ChainFault, ChainPlace } from './verify-chain.js';

/** The most records that one request looks at. */
const mostRecords = 50_000;

/** A look costs seconds of the server's time: two in one operation, a hundred a minute, and no more. */
const cost = 100_000;

const faults: Readonly<Record<ChainFault, string>> = {
  CHANGED: 'The record is not the one that its hash was made of, or the one before it is not.',
  MISSING: 'A place of the chain is missing, or its record is.',
  OUT_OF_PLACE: 'A record stands where none, or another, should.',
  CUT: 'The log ends before a checkpoint that was made of it.',
  REWRITTEN: 'The log hangs together, but it is not the one that a checkpoint was made of.',
  ITEMS_CHANGED: 'The customers or groups that the record tells of are not those that it was made of.',
  OUTSIDE: 'The record is in the log without a place in the chain, and does not wait for one.',
};

const AuditFaultEnum = builder.enumType('AuditFault', {
  description: 'How the audit log is wrong.',
  values: Object.fromEntries(Object.entries(faults).map(([fault, description]) => [fault, { description }])) as Record<
    ChainFault,
    { description: string }
  >,
});

const BadAuditRecord = builder.objectRef<BadRecord>('BadAuditRecord').implement({
  description: 'The first record of the audit log that is wrong.',
  fields: (t) => ({
    sequence: t.exposeInt('sequence', {
      nullable: true,
      description: 'Its place in the chain; null where it has none.',
    }),
    auditEvent: t.field({
      type: 'ID',
      nullable: true,
      description: 'Id of the record; null where there is none.',
      resolve: ({ recordId }) => recordId && encodeId('AuditEvent', recordId),
    }),
    fault: t.expose('fault', { type: AuditFaultEnum, description: 'What is wrong with it.' }),
    message: t.exposeString('message', { description: 'The same in a sentence.' }),
  }),
});

const AuditVerification = builder.objectRef<AuditVerdict>('AuditVerification').implement({
  description: 'What a look at the audit log came to.',
  fields: (t) => ({
    sequence: t.int({
      description:
        'How far the chain hangs together; with a checkpoint contradicted, how far the one before it agreed.',
      resolve: ({ verified }) => verified.sequence,
    }),
    hash: t.string({
      description: 'The hash of that record; 64 zeros before the first.',
      resolve: ({ verified }) => verified.hash,
    }),
    bad: t.expose('bad', {
      type: BadAuditRecord,
      nullable: true,
      description: 'The first record that is wrong; null: none is, as far as was looked.',
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description:
        `Whether it looked as far as there is to look. False: it stopped after ${mostRecords} records; ask again with afterSequence and ` +
        'afterHash, the sequence and hash of this answer.',
    }),
    unsealed: t.exposeInt('unsealed', {
      description:
        'Records that were written just now and have no place in the chain yet. They get one within a second or so.',
    }),
  }),
});

builder.queryField('verifyAudit', (t) =>
  t.field({
    type: AuditVerification,
    complexity: cost,
    description:
      "Reads the company's audit log in order and finds the first record that was changed, removed, swapped, added or forged since it was sealed. " +
      `A tail that was cut off, and a log that was made anew, show only against a checkpoint that was kept outside. At most ${mostRecords} records ` +
      'at a time. For super administrators: the chain is of the whole company.',
    args: {
      checkpoints: t.arg.stringList({
        description:
          'Lines that `npm run audit:checkpoint` printed, a thousand at most. One that the server cannot prove, or of another company, is BAD_USER_INPUT.',
      }),
      afterSequence: t.arg.int({
        description:
          'Begin after this record, with afterHash; what comes before is trusted. Default: from the first one.',
      }),
      afterHash: t.arg.string({ description: 'The hash of the record afterSequence. Both are given, or none.' }),
    },
    resolve: (_root, { checkpoints, afterSequence, afterHash }, context) => {
      const { enterpriseId } = requireSuper(context);
      const from = placeOf(afterSequence, afterHash);
      const known = checkpointsOf(context, enterpriseId, checkpoints ?? []);
      return verifyAudit(context.app, enterpriseId, { checkpoints: known, most: mostRecords, ...(from && { from }) });
    },
  }),
);

function placeOf(sequence: number | null | undefined, hash: string | null | undefined): ChainPlace | null {
  if (sequence == null && hash == null) return null;
  if (sequence == null || hash == null || sequence < 0 || !/^[0-9a-f]{64}$/.test(hash)) {
    throw badInput('Give afterSequence and afterHash both, as an earlier answer has them, or neither.');
  }
  return { sequence, hash };
}

function checkpointsOf({ app }: BatonContext, enterpriseId: string, lines: readonly string[]): ChainPlace[] {
  if (lines.length === 0) return [];
  if (lines.length > 1000) throw badInput('Give a thousand checkpoints at most.');
  const { checkpointKey } = app;
  if (!checkpointKey) {
    throw badInput(
      'This server has no key to prove checkpoints with. Set AUDIT_VERIFYING_KEY, or use npm run audit:verify.',
    );
  }
  try {
    const known = readCheckpoints(lines.join('\n'), checkpointKey);
    if (known.every((checkpoint) => checkpoint.enterpriseId === enterpriseId)) return known;
  } catch (error) {
    if (!(error instanceof UnreadableEvidence)) throw error;
    throw badInput(error.message);
  }
  throw badInput('A checkpoint is not of this company.');
}
