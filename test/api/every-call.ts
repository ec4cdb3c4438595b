import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import { schema } from '../../src/app/schema.js';
import type { FullCompany } from '../support/full-company.js';

type Field = GraphQLField<unknown, unknown>;

/** The fields of an operation's type, each with its name, for `test.each`. */
export function fieldsOf(type: GraphQLObjectType | null | undefined): (readonly [string, Field])[] {
  return Object.values(type?.getFields() ?? {}).map((field) => [field.name, field] as const);
}

/**
 * A call of this field as the schema lets it be written: with whatever it demands and wherever it takes an id or a cursor, those of this
 * company, by what the name of the argument asks for; everything selected that is to be had without arguments, three levels deep.
 */
export function callWithIdsOf(company: FullCompany, field: Field, cursor?: string): string {
  const isGiven = ({ type, name }: GraphQLArgument | GraphQLInputField) => isNonNullType(type) || /id$/i.test(name);
  // What has one `id` says by its own name whose it is.
  const asked = (name: string) => (name === 'id' ? field.name : name);
  const args = field.args.filter(isGiven).map(({ name, type }) => `${name}: ${valueOf(company, asked(name), type)}`);
  if (cursor !== undefined) args.push(`after: ${JSON.stringify(cursor)}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${selectionOf(field.type)}`;
}

function idFor(company: FullCompany, name: string): string {
  const { ids, leaver, handed, ana, kept } = company;
  const known: readonly (readonly [RegExp, string])[] = [
    [/taggroup/i, ids.TagGroup],
    [/tag/i, ids.Tag],
    [/department/i, ids.Department],
    [/rule/i, ids.AssignmentRule],
    [/transfer/i, ids.Transfer],
    [/relation/i, ids.Relation],
    [/group/i, ids.CustomerGroup],
    [/leaver/i, leaver.id],
    [/customer/i, handed.id],
    [/through|after|before/i, ids.AssignmentNotification],
    [/member|successor|owner|actor|administrator|planner/i, ana.id],
  ];
  return known.find(([pattern]) => pattern.test(name))?.[1] ?? kept.id;
}

function valueOf(company: FullCompany, name: string, type: GraphQLInputType, depth = 0): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return `[${valueOf(company, name, nullable.ofType, depth)}]`;
  const named = getNamedType(nullable);
  if (isEnumType(named)) return named.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields());
    const given = named.isOneOf
      ? fields.filter(({ name: field }) => /ids?$|^all$/i.test(field)).slice(0, 1)
      : fields.filter((field) => isNonNullType(field.type) || (depth < 2 && /id(s)?$/i.test(field.name)));
    return `{ ${given.map((field) => `${field.name}: ${valueOf(company, field.name, field.type, depth + 1)}`).join(', ')} }`;
  }
  switch (named.name) {
    case 'ID':
      return JSON.stringify(idFor(company, name));
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
      return JSON.stringify(/userId/.test(name) ? 'ana' : /chat/i.test(name) ? company.chatId : 'text');
  }
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

/** Finds what of a company stands in an answer: ids, as clients see them and as the database does. */
export function secretsOf(company: FullCompany): (answer: unknown) => string[] {
  const secrets = [
    ...company.everyId,
    ...company.everyId.map((id) => Buffer.from(id, 'base64url').toString()),
    company.enterpriseId,
  ];
  return (answer) => {
    const text = JSON.stringify(answer);
    return secrets.filter((secret) => text.includes(secret));
  };
}
