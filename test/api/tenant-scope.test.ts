import { randomUUID } from 'node:crypto';
import {
  execute,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  type ExecutionResult,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { createAuthenticator } from '../../src/app/authenticate.js';
import { withinEnterprise } from '../../src/platform/db/scope.js';
import { openTestApp } from '../support/app.js';
import { everythingOf, fullCompany } from '../support/full-company.js';

/*
 * As if no statement of the application had the right filter: somebody of one company asks, by everything that the application
 * decides by, while the database stands within another.
 */
const baton = await openTestApp();
const own = await fullCompany(baton);
const others = await fullCompany(baton);
const app = baton.served;
const authenticator = createAuthenticator(app);
const people = { administrator: others.admin, member: others.ana, customer: others.handed };
const secrets = [
  ...others.everyId,
  ...others.everyId.map((id) => Buffer.from(id, 'base64url').toString()),
  others.enterpriseId,
];

/** What this person of the others is answered where the database stands within this enterprise. */
async function ask(scope: string, person: keyof typeof people, document: string): Promise<ExecutionResult> {
  const signedIn = await authenticator.signIn(people[person].token);
  const context = {
    app,
    actor: signedIn?.actor,
    requestId: randomUUID(),
    address: null,
    bookmark: null,
    loaders: new Map(),
  };
  return withinEnterprise(scope, () => execute({ schema, document: parse(document), contextValue: context }));
}

const list = (field: GraphQLField<unknown, unknown>[]) => field.map((each) => [each.name, each] as const);
const queries = list(Object.values(schema.getQueryType()?.getFields() ?? {}));
const mutations = list(Object.values(schema.getMutationType()?.getFields() ?? {}));

/** Ids of the others, by what the name of an argument asks for. */
const idsFor: readonly (readonly [RegExp, string])[] = [
  [/taggroup/i, others.ids.TagGroup],
  [/tag/i, others.ids.Tag],
  [/department/i, others.ids.Department],
  [/rule/i, others.ids.AssignmentRule],
  [/transfer/i, others.ids.Transfer],
  [/relation/i, others.ids.Relation],
  [/group/i, others.ids.CustomerGroup],
  [/leaver/i, others.leaver.id],
  [/customer/i, others.handed.id],
  [/through|after|before/i, others.ids.AssignmentNotification],
  [/member|successor|owner|actor|administrator|planner/i, others.ana.id],
];

function valueOf(name: string, type: GraphQLInputType, depth = 0): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return `[${valueOf(name, nullable.ofType as GraphQLInputType, depth)}]`;
  const named = getNamedType(nullable);
  if (isEnumType(named)) return named.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields());
    const given = named.isOneOf
      ? fields.filter(({ name: field }) => /ids?$|^all$/i.test(field)).slice(0, 1)
      : fields.filter((field) => isNonNullType(field.type) || (depth < 2 && /id(s)?$/i.test(field.name)));
    return `{ ${given.map((field) => `${field.name}: ${valueOf(field.name, field.type, depth + 1)}`).join(', ')} }`;
  }
  switch (named.name) {
    case 'ID':
      return JSON.stringify(idsFor.find(([pattern]) => pattern.test(name))?.[1] ?? others.kept.id);
    case 'Int':
    case 'Float':
      return '1';
    case 'Boolean':
      return 'true';
    case 'DateTime':
      return '"2026-03-01T08:00:00.000Z"';
    case 'Date':
    case 'LocalDate':
      return '"2026-04-01"';
    default:
      return JSON.stringify(/userId/.test(name) ? 'ana' : /chat/i.test(name) ? others.chatId : 'text');
  }
}

function call(field: GraphQLField<unknown, unknown>): string {
  const isGiven = ({ type, name }: GraphQLArgument | GraphQLInputField) => isNonNullType(type) || /id$/i.test(name);
  const args = field.args.filter(isGiven).map(({ name, type }) => `${name}: ${valueOf(name, type)}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${selectionOf(field.type)}`;
}

function selectionOf(type: GraphQLOutputType, depth = 3): string {
  const named = getNamedType(type);
  if (isUnionType(named))
    return `{ __typename ${schema
      .getPossibleTypes(named)
      .map((each) => `... on ${each.name} ${selectionOf(each, 1)}`)
      .join(' ')} }`;
  if (!isObjectType(named) && !isInterfaceType(named)) return '';
  const fields = Object.values(named.getFields())
    .filter(({ args }) => !args.some(({ type: arg }) => isNonNullType(arg)))
    .flatMap((field) => {
      const below = getNamedType(field.type);
      const isLeaf = !isObjectType(below) && !isInterfaceType(below) && !isUnionType(below);
      if (isLeaf) return [field.name];
      return depth > 0 && !isUnionType(below) ? [`${field.name} ${selectionOf(field.type, depth - 1)}`] : [];
    });
  return `{ __typename ${fields.join(' ')} }`;
}

/** What of the others stands in an answer. */
const leaked = (result: ExecutionResult) => {
  const text = JSON.stringify(result);
  return secrets.filter((secret) => text.includes(secret));
};

describe('whoever asks in the name of another company gets nothing of it', () => {
  let shown = 0;
  test.each(queries)('%s', async (_name, field) => {
    const document = `{ ${call(field)} }`;
    for (const person of Object.keys(people) as (keyof typeof people)[]) {
      const given = leaked(await ask(others.enterpriseId, person, document)).length;
      shown += given;
      expect(leaked(await ask(own.enterpriseId, person, document))).toEqual([]);
    }
  });

  test('though the same queries show them much where the database stands within their company', () => {
    expect(shown).toBeGreaterThan(50);
  });

  test('node, by the id of each object', async () => {
    for (const id of others.everyId) {
      const document = `{ node(id: ${JSON.stringify(id)}) { id } }`;
      const { data } = await ask(own.enterpriseId, 'administrator', document);
      expect(data?.['node'] ?? null).toBeNull();
    }
  });
});

describe('whoever changes in the name of another company changes nothing, here or there', () => {
  test.each(mutations)('%s', async (_name, field) => {
    const before = [await everythingOf(baton, own.enterpriseId), await everythingOf(baton, others.enterpriseId)];

    for (const person of Object.keys(people) as (keyof typeof people)[]) {
      expect(leaked(await ask(own.enterpriseId, person, `mutation { ${call(field)} }`))).toEqual([]);
    }

    const after = [await everythingOf(baton, own.enterpriseId), await everythingOf(baton, others.enterpriseId)];
    expect(after).toEqual(before);
  });
});
