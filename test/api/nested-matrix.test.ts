import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { openTestApp } from '../support/app.js';
import type { Person } from '../support/seed.js';
import { twoDepartments, type Whereabouts } from './two-departments.js';

/**
 * What each field of each type shows of a department to who has one right over it, and to who has it over the department beside.
 * The fields are the schema's. All of them are asked of every object, by every way that leads to it, and a cell says the most that came
 * out. What comes out is `nested-matrix.txt`, which is reviewed; `vitest -u` writes it anew. Whole operations: role-matrix.test.ts.
 */
const baton = await openTestApp({ MOST_COST_PER_MINUTE: '0' });
const here = await twoDepartments(baton);
const rights = ['VIEW', 'ASSIGN', 'CONFIGURE', 'AUDIT'] as const;
const places = ['own', 'beside', 'nowhere'] as const;

/** From the least to the most that a field can say. */
const outcomes = ['', 'refused', 'null', 'empty', 'OUT_OF_SCOPE', 'yes'] as const;
type Outcome = (typeof outcomes)[number];

/** What came out, by `Type.field`, then by column. */
const cells = new Map<string, Map<string, Outcome>>();
/** The fields that led to what was shown of the department beside, by `Type.field`. */
const ways = new Map<string, Set<string>>();

/** What administrators were answered, as text. */
const answers: {
  readonly right: string;
  readonly home: Whereabouts | null;
  readonly query: string;
  readonly text: string;
}[] = [];

/** Somebody who asks for everything, and notes down what each field of the answers shows. */
class Asking {
  /** Fields that were refused: they are left out from then on, since a refusal takes the object with it that it stands on. */
  private readonly refused = new Set<string>();

  /** `home`: the department that their right is over; null for those who only have to show that there is something to see. */
  constructor(
    private readonly right: string,
    private readonly person: Person,
    private readonly home: Whereabouts | null,
  ) {}

  async everything(): Promise<void> {
    for (const type of Object.keys(here.objects)) await this.objects(type);
    await this.roots();
    for (const from of ['SALES', 'SERVICE'] as const) {
      for (const how of [{ successorIds: [here.successors[from].id] }, { byRules: true }]) {
        const input = { leaverId: here.leavers[from].id, selection: { all: true }, ...how };
        await this.ask('previewTransfer(input: $input)', 'preview { {TransferPreview} }', { input }, from);
      }
    }
  }

  /** What is shown to nobody but a person themself, whatever rights others have. */
  async theirOwn(): Promise<void> {
    await this.objects('Relation');
    await this.roots();
  }

  private async objects(type: string): Promise<void> {
    const inside = `__typename ... on ${type} { {${type}} }`;
    const ids = [...here.objects[type]!.keys()];
    // What may cost too much for a list of objects is asked of one after the other.
    if (type !== 'Transfer') return this.ask('nodes(ids: $ids)', inside, { ids });
    for (const id of ids) await this.ask('node(id: $id)', inside, { id });
  }

  private async roots(): Promise<void> {
    for (const [root, inside] of roots) await this.ask(root, inside);
  }

  /** Asks one query for all that can be selected: `{Type}` stands for every field of this type. */
  private async ask(
    query: string,
    inside: string,
    variables: { readonly id?: string; readonly ids?: string[]; readonly input?: object } = {},
    around: Whereabouts = 'NOWHERE',
  ): Promise<void> {
    const given = Object.keys(variables).map((name) => variableTypes[name as keyof typeof variables]);
    const selected = inside.replace(/\{(\w+)\}/, (_, type: string) => this.selection(typeNamed(type), 1));
    const { data, errors } = await baton.ask<Record<string, Row | null> | null>(
      this.person.token,
      `query ${given.join()} { ${query} { ${selected} } }`,
      variables,
    );
    answers.push({ right: this.right, home: this.home, query, text: JSON.stringify({ data, errors }) });
    const name = query.split('(')[0]!;
    for (const { message, path = [], extensions } of errors ?? []) {
      if (extensions.code !== 'FORBIDDEN') throw new Error(`${message} (${extensions.code}): ${query}`);
      if (path.length === 1) return;
      const field = fieldAt(path, inside);
      if (this.refused.has(field)) throw new Error(`${field} was left out, and refused again.`);
      this.refused.add(field);
    }
    if (errors) return this.ask(query, inside, variables, around);
    const type = elementOf(schema.getQueryType()!.getFields()[name]!);
    const answer = name === 'previewTransfer' ? data?.[name]?.['preview'] : data?.[name];
    for (const one of objectsIn(answer))
      this.walk(one, name === 'previewTransfer' ? typeNamed('TransferPreview') : type, around, name);
  }

  /** Every field of a type, on to objects with an id so many times, and of values as far as they go. */
  private selection(type: GraphQLObjectType, further: number): string {
    const fields = Object.values(type.getFields()).map((field) => {
      const inner = elementOf(field);
      const asked = field.args.some(({ name }) => name === 'first') ? `${field.name}(first: 3)` : field.name;
      if (this.refused.has(`${type.name}.${field.name}`)) return '';
      if (!isCompositeType(inner)) return asked;
      if (!isObjectType(inner))
        throw new Error(`${type.name}.${field.name} is of several types: say how to ask for it.`);
      const inside =
        isNode(inner) && further === 0 ? 'id' : this.selection(inner, isNode(inner) ? further - 1 : further);
      return getNamedType(field.type) === inner ? `${asked} { ${inside} }` : `${asked} { nodes { ${inside} } }`;
    });
    return fields.join(' ');
  }

  private walk(value: Row, expected: GraphQLNamedType, around: Whereabouts, way: string, outer?: Row): void {
    const type = typeNamed((value['__typename'] as string | undefined) ?? expected.name);
    if (this.home !== null && [idOf(value), idOf(value['member'])].includes(this.person.id)) return; // What is one's own.
    const whose = whereabouts(value, type, around, outer);
    const isWhole = Object.keys(value).some((key) => key !== 'id');
    if (!isWhole) return;
    for (const [name, field] of Object.entries(type.getFields())) {
      const row = `${type.name}.${name}`;
      if (this.refused.has(row)) this.note(row, whose, 'refused', way);
      if (!(name in value)) continue;
      this.note(row, whose, outcomeOf(value[name]), way);
      const inner = elementOf(field);
      // What is said of somebody inside another's object is no place of its own: the rule of an item is the transfer's.
      const within = type.name === 'AssignmentReason' ? around : whose;
      if (isCompositeType(inner)) for (const one of objectsIn(value[name])) this.walk(one, inner, within, row, value);
    }
  }

  private note(row: string, whose: Whereabouts, outcome: Outcome, way: string): void {
    const place = whose === 'NOWHERE' ? 'nowhere' : whose === this.home ? 'own' : 'beside';
    const column = this.home === null ? 'anybody' : `${place} ${this.right}`;
    const found = cells.get(row) ?? new Map<string, Outcome>();
    cells.set(row, found);
    if (outcomes.indexOf(outcome) > outcomes.indexOf(found.get(column) ?? '')) found.set(column, outcome);
    if (column.startsWith('beside') && outcome === 'yes') ways.set(row, (ways.get(row) ?? new Set()).add(way));
  }
}

const variableTypes = { id: '($id: ID!)', ids: '($ids: [ID!]!)', input: '($input: PreviewTransferInput!)' };

type Row = Readonly<Record<string, unknown>>;

function typeNamed(name: string): GraphQLObjectType {
  return schema.getType(name) as GraphQLObjectType;
}

const isNode = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === 'Node');

/** What a field leads to; of a connection, what is in the list. */
function elementOf(field: GraphQLField<unknown, unknown>) {
  const type = getNamedType(field.type);
  return isObjectType(type) && type.name.endsWith('Connection') ? getNamedType(type.getFields()['nodes']!.type) : type;
}

/** The `Type.field` that an error's path leads to. */
function fieldAt(path: readonly (string | number)[], inside: string): string {
  let type = /\.\.\. on (\w+)/.exec(inside)?.[1];
  let row = '';
  for (const step of path.slice(1)) {
    if (typeof step === 'number' || step === 'nodes') continue;
    const parent = typeNamed(type ?? getNamedType(schema.getQueryType()!.getFields()[path[0]!]!.type).name);
    row = `${parent.name}.${step}`;
    type = elementOf(parent.getFields()[step]!).name;
  }
  return row;
}

function objectsIn(value: unknown): Row[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { nodes } = value as { nodes?: unknown };
  return nodes === undefined ? [value as Row] : objectsIn(nodes);
}

/** Whose an object is: by its id, or by whom it is about; otherwise whose it is part of. */
function whereabouts(value: Row, { name }: GraphQLObjectType, around: Whereabouts, outer?: Row): Whereabouts {
  const known = (id: string | undefined) =>
    id === undefined
      ? undefined
      : Object.values(here.objects)
          .find((objects) => objects.has(id))
          ?.get(id);
  const about =
    name === 'AssignmentReason' ? outer?.['successor'] : (value['member'] ?? value['customer'] ?? value['department']);
  return known(idOf(value)) ?? ('id' in value ? undefined : known(idOf(about))) ?? around;
}

function idOf(object: unknown): string | undefined {
  return (object as { id?: string } | null | undefined)?.id;
}

function outcomeOf(value: unknown): Outcome {
  if (value === null || value === undefined) return 'null';
  if (value === '' || (Array.isArray(value) && value.length === 0)) return 'empty';
  if (value === 'OUT_OF_SCOPE') return value;
  if (typeof value === 'object' && 'nodes' in value) return objectsIn(value).length > 0 ? 'yes' : 'empty';
  return 'yes';
}

/** Ways to what `nodes` cannot answer. */
const roots = [
  ...(['LEAVER', 'DEPARTMENT', 'RULE', 'DAY'] as const).map(
    (by) => [`statistics(by: ${by})`, 'nodes { {Statistics} }'] as const,
  ),
  ['viewer', '{Viewer}'],
  ['administrators', 'nodes { {Administrator} }'],
  ['verifyAudit', '{AuditVerification}'],
  ['searchMessages(text: "hello")', 'nodes { {MessageMatch} }'],
  ['assignmentNotifications', 'nodes { {AssignmentNotification} }'],
  ['customerNotices', 'nodes { {CustomerNotice} }'],
] as const;

test('what each field shows is as it was reviewed, and each has a row', { timeout: 300_000 }, async () => {
  for (const right of rights) {
    await new Asking(right, here.people.sales[right]!, 'SALES').everything();
    await new Asking(right, here.people.service[right]!, 'SERVICE').everything();
  }
  await new Asking('every', here.company.admin, null).everything();
  for (const person of [here.company.ana, ...here.customers]) await new Asking('none', person, null).theirOwn();

  expect(asked().filter((row) => cells.get(row)?.get('anybody') !== 'yes' && !(row in notThere))).toEqual([]);
  await expect(matrix()).toMatchFileSnapshot('nested-matrix.txt');
});

test("no answer has a name, id or figure in it that is the department's beside alone", () => {
  const told = answers.flatMap(({ right, home, query, text }) => {
    const secrets = home === null ? [] : here.secrets[home === 'SALES' ? 'SERVICE' : 'SALES'];
    return secrets.filter((secret) => text.includes(secret)).map((secret) => `${query} of ${right}: ${secret}`);
  });

  expect(told).toEqual([]);
  const all = answers
    .filter(({ right }) => right === 'every')
    .map(({ text }) => text)
    .join();
  for (const place of ['SALES', 'SERVICE'] as const)
    expect(here.secrets[place].filter((secret) => !all.includes(secret))).toEqual([]);
});

/** What nobody can be shown in this company, and why: of all else, a cell that says nothing hides something. */
const notThere: Readonly<Record<string, string>> = {
  'AuditEvent.address': 'tests ask from nowhere',
  'AuditEvent.requestId': 'tests ask without',
  'AuditVerification.bad': 'nobody has changed the log',
  BadAuditRecord: 'nobody has changed the log',
};

/** Answers of mutations and subscriptions, and errors, of which nothing is asked here. */
function isElsewhere({ name }: GraphQLObjectType): boolean {
  return /(Payload|Connection|Edge|Error)$/.test(name) || ['PageInfo', 'Query'].includes(name);
}

/** Every type that a query leads to. */
function typesOfQueries(): Set<GraphQLObjectType> {
  const found = new Set<GraphQLObjectType>();
  const lead = (type: GraphQLNamedType): void => {
    if (!isCompositeType(type)) return;
    if (type.name === 'UserError') return;
    if (!isObjectType(type)) return schema.getPossibleTypes(type).forEach(lead);
    if (found.has(type)) return;
    found.add(type);
    Object.values(type.getFields()).forEach((field) => lead(getNamedType(field.type)));
  };
  lead(schema.getQueryType()!);
  return found;
}

/** Every `Type.field` that has to have a row. A list is a field of what has it; what a page is made of has no row. */
function asked(): string[] {
  return [...typesOfQueries()]
    .filter((type) => !isElsewhere(type) && !(type.name in notThere))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}

const explained = `What each field shows, as test/api/nested-matrix.test.ts found it out. Do not edit: review what changes here.

Each column is an administrator with one right over one department, asked about the objects of that department (own), of the one
beside it, and of those who work nowhere and the company itself (nowhere). Not about themselves.

yes      something, by any way that leads there     null, empty   nothing, or a list of nothing
refused  FORBIDDEN                                  (nothing)     no way leads to such an object

"by way of" says which fields lead to what shows of the department beside; nodes: its id is enough.
`;

function matrix(): string {
  const columns = places.flatMap((place) => rights.map((right) => `${place} ${right}`));
  const rows = [
    ['', ...columns, 'beside by way of'],
    ...[...cells]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([row, found]) => [row, ...columns.map((column) => found.get(column) ?? ''), waysTo(row)]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const others = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !typesOfQueries().has(type))
    .map(({ name }) => name);
  return [
    explained,
    ...table,
    '',
    `Only in answers of mutations and subscriptions: ${others.sort().join(', ')}`,
    '',
  ].join('\n');
}

function waysTo(row: string): string {
  const found = [...(ways.get(row) ?? [])].sort();
  return found.includes('nodes') ? 'nodes' : found.join(', ');
}
