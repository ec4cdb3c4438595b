import type { TransferItemKind } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection } from '../../graphql/connection.js';
import { requireRight } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import { reachOf } from '../../platform/rights.js';
import { readPage, toConnection } from '../../graphql/paging.js';
import { DepartmentNode, loadDepartment } from '../enterprise/enterprise.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import {
  countStatistics,
  listStatistics,
  statisticsKeys,
  type StatisticsBy,
  type StatisticsCounted,
  type StatisticsRow,
} from './statistics.store.js';
import { TransferKindEnum } from './transfer-status.schema.js';

const ByEnum = builder.enumType('StatisticsBy', {
  description: 'What statistics are added up by.',
  values: {
    LEAVER: { value: 'LEAVER', description: 'One row for each member who handed over, by name.' },
    SUCCESSOR: {
      value: 'SUCCESSOR',
      description:
        'One row for each successor, by name; the one without a member counts those who wait, or waited to the end, for somebody ' +
        'with room.',
    },
    DEPARTMENT: {
      value: 'DEPARTMENT',
      description:
        'One row for each department of leavers, as it was when the transfer was submitted, by name; the one without a ' +
        'department counts those who were in none. Departments below count on their own.',
    },
    RULE: {
      value: 'RULE',
      description:
        'One row for each assignment rule, by name, also of rules that are gone; the one without a rule counts what went to ' +
        'successors whom an administrator named.',
    },
    DAY: { value: 'DAY', description: 'One row for each day on which a transfer was submitted, the latest first.' },
  } as const satisfies Record<StatisticsBy, unknown>,
});

const nothing: StatisticsCounted = {
  ...{ assigned: 0, queued: 0, waiting: 0, completed: 0, refused: 0, cancelled: 0, successorFull: 0, failed: 0 },
  ...{ undone: 0, medianMinutes: null },
};

const Counts = builder.objectRef<StatisticsCounted>('StatisticsCounts').implement({
  description:
    'What became of customers, or of groups, as of now. Each of `assigned` is in one of `waiting`, `completed`, `refused`, ' +
    '`cancelled`, `successorFull`, `failed` and `undone`; so are those for whom there is, or was, nobody with room. What was ' +
    'rejected at submit is in none.',
  fields: (t) => ({
    assigned: t.exposeInt('assigned', { description: 'Those who were given a successor.' }),
    waiting: t.exposeInt('waiting', { description: 'Those who wait to be taken over, `queued` included.' }),
    queued: t.exposeInt('queued', { description: 'Of those who wait, how many have no successor yet.' }),
    completed: t.exposeInt('completed', { description: 'Those who were taken over, and not undone.' }),
    refused: t.exposeInt('refused', { description: 'Those whose customer declined.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Those whom an administrator called off.' }),
    successorFull: t.exposeInt('successorFull', {
      description: 'Those whose successor served as many customers as they may when it was due.',
    }),
    failed: t.exposeInt('failed', {
      description:
        'Those whose relation had ended before the takeover, or whom a rule forbade by then; successorFull apart.',
    }),
    undone: t.exposeInt('undone', { description: 'Those who were taken over, and then taken back.' }),
    medianMinutesToTakeover: t.float({
      nullable: true,
      description:
        'The median time from submit to takeover, in full minutes, of all that were taken over, those undone since included; the mean ' +
        'of the middle two of an even number. Null where nothing was taken over.',
      resolve: ({ medianMinutes }) => medianMinutes,
    }),
  }),
});

/** A row with what it is by. */
type Row = StatisticsRow & { readonly by: StatisticsBy };

const StatisticsNode = builder.objectRef<Row>('Statistics').implement({
  description: 'What became of what one member, department or rule, or the transfers of one day, handed over.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'By LEAVER or SUCCESSOR: who. Null for nobody yet, and otherwise.',
      resolve: ({ by, key }, _args, context) =>
        (by === 'LEAVER' || by === 'SUCCESSOR') && key !== '' ? loadMember(context, key) : null,
    }),
    department: t.field({
      type: DepartmentNode,
      nullable: true,
      description: "By DEPARTMENT: the leavers' department. Null for leavers in none, and otherwise.",
      resolve: ({ by, key }, _args, context) =>
        by === 'DEPARTMENT' && key !== '' ? loadDepartment(context, key) : null,
    }),
    ruleId: t.id({
      nullable: true,
      description: 'By RULE: id of the assignment rule, which may be gone. Null for named successors, and otherwise.',
      resolve: ({ by, key }) => (by === 'RULE' && key !== '' ? encodeId('AssignmentRule', key) : null),
    }),
    ruleName: t.string({
      nullable: true,
      description:
        'By RULE: what the rule was called in its latest transfer here; empty for named successors. Null otherwise.',
      resolve: ({ by, name }) => (by === 'RULE' ? name : null),
    }),
    day: t.field({
      type: 'Date',
      nullable: true,
      description: "By DAY: the day of the submit, in the enterprise's present time zone. Null otherwise.",
      resolve: ({ by, key }) => (by === 'DAY' ? key : null),
    }),
    customers: t.field({
      type: Counts,
      description: 'What became of customers.',
      resolve: countsOf('CUSTOMER'),
    }),
    groups: t.field({
      type: Counts,
      description: 'What became of customer groups.',
      resolve: countsOf('GROUP'),
    }),
  }),
});

function countsOf(kind: TransferItemKind) {
  return ({ counts }: Row) => counts[kind] ?? nothing;
}

const StatisticsConnection = defineConnection('Statistics', StatisticsNode);

const StatisticsFilter = builder.inputType('StatisticsFilter', {
  description: 'What to add up; all conditions must hold.',
  fields: (t) => ({
    kind: t.field({ type: TransferKindEnum, description: 'Only transfers of this kind.' }),
    leaverId: t.id({ description: 'Only what this member handed over.' }),
    successorId: t.id({ description: 'Only what was given to this member.' }),
    departmentId: t.id({
      description: 'Only of leavers who were in this very department, not below it, when the transfer was submitted.',
    }),
    ruleId: t.id({ description: 'Only what this assignment rule gave out; it may be gone.' }),
  }),
});

builder.queryField('statistics', (t) =>
  t.connection(
    {
      type: StatisticsNode,
      description:
        'What became of customers and groups that were handed over, added up by leaver, successor, department, rule or day. Read from ' +
        'counters that every change keeps, so it is exact at each moment, and costs the same for a million customers as for ten. A ' +
        "transfer counts on the day of its submit, whenever its customers are taken over; days are those of the enterprise's " +
        'present time zone. Needs VIEW, and adds up the transfers it reaches.',
      args: {
        by: t.arg({ type: ByEnum, required: true, description: 'What to add up by.' }),
        from: t.arg({
          type: 'Date',
          description: 'Only transfers submitted on this day or later. Default: from the first. Refused after `to`.',
        }),
        to: t.arg({
          type: 'Date',
          description: 'Only transfers submitted on this day or earlier. Default: to the last.',
        }),
        filter: t.arg({ type: StatisticsFilter, description: 'Default: everything.' }),
      },
      resolve: async (_root, args, context) => {
        const actor = requireRight(context, 'VIEW');
        const { enterpriseId } = actor;
        const { by, filter } = args;
        const [from, to] = [dayOf(args.from, 'from'), dayOf(args.to, 'to')];
        if (from !== null && to !== null && from > to) {
          throw badInput(`\`from\` is the first day and \`to\` the last: ${from} is after ${to}.`);
        }
        const idOf = (type: string, id: string | null | undefined) => (id == null ? null : uuidOf(type, id));
        const scope = {
          ...{ enterpriseId, reach: reachOf(actor, 'VIEW'), by, from, to, kind: filter?.kind ?? null },
          leaverId: idOf('Member', filter?.leaverId),
          successorId: idOf('Member', filter?.successorId),
          departmentId: idOf('Department', filter?.departmentId),
          ruleId: idOf('AssignmentRule', filter?.ruleId),
        };
        const order = `statistics ${by}`;
        const page = readPage(args, order, statisticsKeys);
        const rows = await listStatistics(context.app, scope, page);
        return {
          ...toConnection<Row>(
            rows.map((row) => ({ ...row, by })),
            page,
            order,
            ({ name, key }) => [name, key],
          ),
          totalCount: () => countStatistics(context.app, scope),
        };
      },
    },
    StatisticsConnection,
  ),
);

/** A day as the database reads it. The first year of the calendar is 1, though ISO 8601 knows 0. */
function dayOf(date: Date | null | undefined, name: string): string | null {
  if (date == null) return null;
  const day = date.toISOString().slice(0, 10);
  if (day < '0001-01-01') throw badInput(`\`${name}\` must be a day of the year 1 or later.`);
  return day;
}
