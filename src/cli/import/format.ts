import { z } from 'zod';
import { instant, key, oneOf, optional, tagList, text } from './cells.js';

/** The files of the format, in the order in which they are read: each refers to earlier ones only. */
export const fileNames = [
  'departments',
  'members',
  'customers',
  'relations',
  'groups',
  'group_members',
  'messages',
] as const;
/** A file of the format. */
export type FileName = (typeof fileNames)[number];

/** A cell that names a row of another file, or of the enterprise. */
export interface Reference {
  readonly column: string;
  readonly to: 'departments' | 'members' | 'customers' | 'groups';
  readonly key: string;
}

/** What one file of the format may hold. */
export interface Format<Row> {
  readonly name: FileName;
  /** Whether a folder without the file is refused. */
  readonly isRequired: boolean;
  /** Columns by name: whether the header must have them. */
  readonly columns: Readonly<Record<string, boolean>>;
  readonly row: z.ZodType<Row>;
  /** What no two rows may have in common; null where equal rows are different things. */
  identity(row: Row): string | null;
  /** The columns that make the identity, as a report names them. */
  readonly identityColumns: string;
  references(row: Row): readonly Reference[];
}

const department = z.object({ id: key, name: text(200), parent_id: optional(200) });

const member = z
  .object({
    user_id: key,
    name: text(200),
    department_id: optional(200),
    position: optional(200),
    email: optional(320),
    mobile: optional(50),
    status: oneOf(['ACTIVE', 'NOT_ACTIVATED', 'DISABLED', 'RESIGNED'], 'may be empty'),
    resigned_at: instant,
  })
  .check(({ value, issues }) => {
    const mistake = (message: string) => issues.push({ code: 'custom', message, path: ['resigned_at'], input: value });
    if (value.status === 'RESIGNED' && value.resigned_at === null) {
      mistake('is empty; a RESIGNED member needs the day, the inheritance is counted from it');
    }
    if (value.status !== 'RESIGNED' && value.resigned_at !== null) {
      mistake('is given, but the status is not RESIGNED');
    }
  });

const customer = z.object({
  external_user_id: key,
  name: text(200),
  kind: oneOf(['WECHAT', 'WECOM']),
  corp_name: optional(200),
  region: optional(200),
  city: optional(200),
  business_type: optional(200),
});

const addWays = [
  'UNKNOWN',
  'QR_CODE',
  'MOBILE_SEARCH',
  'CARD',
  'GROUP_CHAT',
  'CONTACTS',
  'EXTERNAL_LINK',
  'ADMIN_ASSIGNED',
  'OTHER',
] as const;

const relation = z.object({
  user_id: key,
  external_user_id: key,
  remark: optional(1000),
  description: optional(4000),
  added_at: instant,
  add_way: oneOf(addWays, 'may be empty'),
  tags: tagList,
});

const group = z.object({
  chat_id: key,
  name: text(200),
  owner_user_id: key,
  created_at: instant,
  notice: optional(4000),
});

const groupMember = z.object({ chat_id: key, kind: oneOf(['MEMBER', 'CUSTOMER']), ref: key });

const message = z.object({
  user_id: key,
  external_user_id: key,
  sent_at: instant.refine((value) => value !== null, 'is empty; every message needs the time it was sent'),
  direction: oneOf(['FROM_MEMBER', 'FROM_CUSTOMER']),
  text: z.string().max(100_000, 'is longer than 100,000 characters'),
});

/** What a good row of each file holds. */
export interface RowOf {
  departments: z.output<typeof department>;
  members: z.output<typeof member>;
  customers: z.output<typeof customer>;
  relations: z.output<typeof relation>;
  groups: z.output<typeof group>;
  group_members: z.output<typeof groupMember>;
  messages: z.output<typeof message>;
}

// No key holds a NUL, so joined keys stay different.
const both = (one: string, other: string) => `${one}\0${other}`;
const toMember = (column: string, key: string): Reference => ({ column, to: 'members', key });
const toCustomer = (column: string, key: string): Reference => ({ column, to: 'customers', key });

/** The format as import.md has it. A column is required where its cell may not be empty. */
export const formats: { readonly [Name in FileName]: Format<RowOf[Name]> } = {
  departments: {
    name: 'departments',
    isRequired: false,
    columns: { id: true, name: true, parent_id: false },
    row: department,
    identity: (row) => row.id,
    identityColumns: 'id',
    // Parents may stand below their children: the tree is checked as a whole.
    references: () => [],
  },
  members: {
    name: 'members',
    isRequired: true,
    columns: {
      user_id: true,
      name: true,
      department_id: false,
      position: false,
      email: false,
      mobile: false,
      status: false,
      resigned_at: false,
    },
    row: member,
    identity: (row) => row.user_id,
    identityColumns: 'user_id',
    references: (row) =>
      row.department_id === null ? [] : [{ column: 'department_id', to: 'departments', key: row.department_id }],
  },
  customers: {
    name: 'customers',
    isRequired: true,
    columns: {
      external_user_id: true,
      name: true,
      kind: true,
      corp_name: false,
      region: false,
      city: false,
      business_type: false,
    },
    row: customer,
    identity: (row) => row.external_user_id,
    identityColumns: 'external_user_id',
    references: () => [],
  },
  relations: {
    name: 'relations',
    isRequired: true,
    columns: {
      user_id: true,
      external_user_id: true,
      remark: false,
      description: false,
      added_at: false,
      add_way: false,
      tags: false,
    },
    row: relation,
    identity: (row) => both(row.user_id, row.external_user_id),
    identityColumns: 'user_id and external_user_id',
    references: (row) => [toMember('user_id', row.user_id), toCustomer('external_user_id', row.external_user_id)],
  },
  groups: {
    name: 'groups',
    isRequired: false,
    columns: { chat_id: true, name: true, owner_user_id: true, created_at: false, notice: false },
    row: group,
    identity: (row) => row.chat_id,
    identityColumns: 'chat_id',
    references: (row) => [toMember('owner_user_id', row.owner_user_id)],
  },
  group_members: {
    name: 'group_members',
    isRequired: false,
    columns: { chat_id: true, kind: true, ref: true },
    row: groupMember,
    identity: (row) => both(row.chat_id, both(row.kind, row.ref)),
    identityColumns: 'chat_id, kind and ref',
    references: (row) => [
      { column: 'chat_id', to: 'groups', key: row.chat_id },
      row.kind === 'MEMBER' ? toMember('ref', row.ref) : toCustomer('ref', row.ref),
    ],
  },
  messages: {
    name: 'messages',
    isRequired: false,
    columns: { user_id: true, external_user_id: true, sent_at: true, direction: true, text: true },
    row: message,
    identity: () => null,
    identityColumns: '',
    references: (row) => [toMember('user_id', row.user_id), toCustomer('external_user_id', row.external_user_id)],
  },
};
