import { ActorKind, AuditOutcome } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection, pageOf, pageUnder } from '../../graphql/connection.js';
import { mayUse, loaderOf, requireActor, requireRight, type BatonContext } from '../../graphql/context.js';
import { isReadable } from '../../graphql/filters.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import { byId } from '../../graphql/loading.js';
import { rowNamed } from '../../graphql/node.js';
import type { PageArgs } from '../../graphql/paging.js';
import type { Actor } from '../../platform/actor.js';
import { reachOf } from '../../platform/rights.js';
import { findLinks } from './audit-chain.store.js';
import { auditKeys, listEventsOf } from './audit.store.js';

const ActorKindEnum = builder.enumType('ActorKind', {
  description: 'What kind of actor did something.',
  values: {
    MEMBER: { value: ActorKind.MEMBER, description: 'A member of the company, administrators included.' },
    CUSTOMER: { value: ActorKind.CUSTOMER, description: 'A customer.' },
    SYSTEM: {
      value: ActorKind.SYSTEM,
      description:
        'The system itself: a takeover or a planned last day that was due, or an assignment rule, by its name, also one that had room for ' +
        'customers who were queued.',
    },
  },
});

const AuditOutcomeEnum = builder.enumType('AuditOutcome', {
  description: 'Whether what was asked for was done.',
  values: {
    SUCCESS: { value: AuditOutcome.SUCCESS, description: 'It was done.' },
    REFUSED: { value: AuditOutcome.REFUSED, description: 'It was refused, and nothing was changed.' },
  },
});

const AuditEventNode = builder.prismaNode('AuditEvent', {
  id: { field: 'id', description: 'Opaque and stable.' },
  nullable: true,
  findUnique: (id, context) => {
    const actor = requireActor(context);
    return rowNamed(id, mayUse(context, 'AUDIT') ? recordsWithin(actor) : null);
  },
  description:
    'One line of the audit log: who did what, when, to whom. It belongs to the department, as it was then, of the member it is about (of a ' +
    'transfer, the leaver), or of all who serve the customer it is about, and shows where AUDIT reaches that; not for being of who did it. ' +
    'What is about nobody, several departments or the whole company shows to super administrators alone.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was done or refused.' }),
    action: t.exposeString('action', {
      description:
        'The mutation by name; `takeOver` for customers that the system handed over when they were due, `drainQueue` for those who were queued ' +
        'and got a successor, `transferByRules` for what a resignation handed over, `assignByRule` for what each rule took of it; `import`, `importRelations` and ' +
        '`importGroups` for what came by files, `openOwners` for who owned what when the log began to keep count.',
    }),
    outcome: t.expose('outcome', { type: AuditOutcomeEnum, description: 'Whether it was done.' }),
    code: t.exposeString('code', { nullable: true, description: 'Why it was refused; null when it was done.' }),
    actorKind: t.expose('actorKind', { type: ActorKindEnum, description: 'What kind of actor did it.' }),
    actorName: t.exposeString('actorName', { description: 'The name of the actor at that time.' }),
    actor: t.field({
      type: 'ID',
      nullable: true,
      description: 'Id of the member or customer who did it; null for the system. Look it up with node(id:).',
      resolve: ({ actorKind, actorId }) =>
        actorId && encodeId(actorKind === ActorKind.CUSTOMER ? 'Customer' : 'Member', actorId),
    }),
    subject: t.field({
      type: 'ID',
      nullable: true,
      description:
        'Id of what it was done to; for a takeover the successor, for a conversation that was read its member, for tags on several relations the ' +
        'member or the department who serve them all. Null where there is no one object.',
      resolve: ({ subjectType, subjectId }) => subjectType && subjectId && encodeId(subjectType, subjectId),
    }),
    transferId: t.field({
      type: 'ID',
      nullable: true,
      description: 'The transfer it belongs to: its items name every customer and who got them.',
      resolve: ({ transferId }) => transferId && encodeId('Transfer', transferId),
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request, as answered in errors and written to the log; null for the system.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Network address it came from; null when not known.',
    }),
    detail: t.field({
      type: 'JSON',
      description:
        'What was asked and what changed, as JSON; no secrets. Of what was refused: the message, and by field the ids and enum values that were ' +
        '`asked`, 50 at most; `more` counts the others.',
      resolve: ({ detail }) => detail,
    }),
    sequence: t.int({
      nullable: true,
      description:
        "Its place in the chain of the company's records, counted from 1 without gaps; null for the second or so until it has one.",
      resolve: async ({ id }, _args, context) => (await linkOf(context, id))?.sequence ?? null,
    }),
    hash: t.string({
      nullable: true,
      description:
        'SHA-256 over the hash of the record before it and all of this one, in hex: who changes one changes all that follow. Null until it has a place.',
      resolve: async ({ id }, _args, context) => (await linkOf(context, id))?.hash ?? null,
    }),
  }),
});

const linksKey = Symbol('places of audit events');

function linkOf(context: BatonContext, id: string) {
  return loaderOf(context, linksKey, async (ids) => byId(ids, await findLinks(context.app, ids))).load(id);
}

export const AuditEventConnection = defineConnection('AuditEvent', AuditEventNode);

const AuditEventFilter = builder.inputType('AuditEventFilter', {
  description: 'Which lines of the audit log to answer; all conditions must hold.',
  fields: (t) => ({
    action: t.stringList({ description: 'Only these actions, by mutation name.' }),
    outcome: t.field({ type: AuditOutcomeEnum, description: 'Only what was done, or only what was refused.' }),
    actorId: t.id({ description: 'Only what this member did.' }),
    transferId: t.id({ description: 'Only what belongs to this transfer.' }),
    after: t.field({ type: 'DateTime', description: 'Only from this time on, inclusive.' }),
    before: t.field({ type: 'DateTime', description: 'Only before this time, exclusive.' }),
  }),
});

/** The condition on records that the actor's AUDIT reaches. */
function recordsWithin(actor: Actor) {
  const { enterpriseId } = actor;
  const reach = reachOf(actor, 'AUDIT');
  return { enterpriseId, ...(reach !== 'ALL' && { departmentId: { in: [...reach] } }) };
}

type Info = Parameters<typeof pageOf>[0]['info'];

/** A page of the audit log, newest first. */
function auditPage(where: object, args: PageArgs, context: BatonContext, info: Info) {
  const within = recordsWithin(requireRight(context, 'AUDIT'));
  const { auditEvent } = context.app.db.prisma;
  return pageOf({
    args,
    context,
    info,
    typeName: 'AuditEvent',
    order: [
      { field: 'at', direction: 'desc', kind: 'time' },
      { field: 'id', direction: 'desc', kind: 'id' },
    ],
    find: (page) => auditEvent.findMany({ ...page, where: { AND: [within, where, page.where] } }),
  });
}

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      type: AuditEventNode,
      description: 'The audit log, newest first. Needs AUDIT, and answers the lines it reaches.',
      args: { filter: t.arg({ type: AuditEventFilter, description: 'Default: everything.' }) },
      resolve: (_root, args, context, info) => {
        const { action, outcome, actorId, transferId, after, before } = args.filter ?? {};
        const where = {
          ...(action && { action: { in: action.filter(isReadable) } }),
          ...(outcome && { outcome }),
          ...(actorId != null && { actorId: uuidOf('Member', actorId) }),
          ...(transferId != null && { transferId: uuidOf('Transfer', transferId) }),
          at: { ...(after && { gte: after }), ...(before && { lt: before }) },
        };
        return auditPage(where, args, context, info);
      },
    },
    AuditEventConnection,
  ),
);

builder.prismaObjectField('Transfer', 'auditEvents', (t) =>
  t.connection(
    {
      type: AuditEventNode,
      description:
        'What the audit log says of this transfer, newest first. Needs AUDIT, and answers the lines it reaches.',
      resolve: ({ id }, args, context) => {
        const actor = requireRight(context, 'AUDIT');
        const { enterpriseId } = actor;
        const reach = reachOf(actor, 'AUDIT');
        return pageUnder({
          args,
          context,
          name: 'audit events of a transfer',
          parentId: id,
          keys: auditKeys,
          ids: (transferIds, page) => listEventsOf(context.app, { enterpriseId, reach }, transferIds, page),
          rows: (ids) => context.app.db.prisma.auditEvent.findMany({ where: { id: { in: ids } } }),
          sortValues: (row) => [row.at.getTime() * 1000, row.id],
        });
      },
    },
    AuditEventConnection,
  ),
);
