import {
  getNamedType,
  isInputObjectType,
  OperationTypeNode,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  TypeInfo,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { compileFlat } from './flat-events.js';

const mark = 'batonCompiles';

/** Marks a field as one that may be compiled: its resolver does not read `info`. */
export const compiles = { [mark]: true };

/** Runs one operation as `execute` would, but for the errors: ask `execute` again for those, it words them better. */
export type CompiledOperation = (
  root: unknown,
  context: unknown,
  variables: unknown,
) => ExecutionResult | PromiseLike<ExecutionResult>;

/** A document is compiled when it comes for this time: compiling costs as much as serving it twenty times. */
const worthwhileAt = 3;

/** Longest document that is compiled, in characters: compiling blocks the process. */
const longestCompiled = 2000;

interface Known {
  uses: number;
  compiled: CompiledOperation | null;
}

/**
 * Turns queries that come again and again into functions; answers null for one that has not, or may not be compiled. Of a
 * subscription it is the execution of an event, which is the function's root.
 *
 * Where an operation is compiled, Prisma's plugin does not find its selections in `info` and loads each object anew. So a
 * query is compiled only when every field that could be loaded by the plugin (a field of Query or Subscription, an object of
 * the data model, a connection) is marked with `compiles`.
 */
export function createCompiler(
  schema: GraphQLSchema,
): (document: DocumentNode, operationName: string | null | undefined) => CompiledOperation | null {
  // Each is kept as long as the parser's cache keeps the document.
  const known = new WeakMap<DocumentNode, Map<string, Known>>();
  return (document, operationName) => {
    const operations = known.get(document) ?? new Map<string, Known>();
    known.set(document, operations);
    const name = operationName ?? '';
    const operation = operations.get(name) ?? { uses: 0, compiled: null };
    operations.set(name, operation);
    operation.uses += 1;
    if (operation.uses === worthwhileAt && mayCompile(schema, document)) {
      operation.compiled = compile(schema, document, operationName ?? undefined);
    }
    return operation.compiled;
  };
}

function compile(schema: GraphQLSchema, document: DocumentNode, name: string | undefined): CompiledOperation | null {
  const flat = compileFlat(schema, document, name);
  if (flat) return flat;
  const compiled = compileQuery(schema, document, name);
  if (!isCompiledQuery<CompiledQuery, ExecutionResult>(compiled)) return null;
  return (root, context, variables) => compiled.query(root, context, variables as Record<string, unknown>);
}

function mayCompile(schema: GraphQLSchema, document: DocumentNode): boolean {
  if ((document.loc?.source.body.length ?? Infinity) > longestCompiled) return false;
  const info = new TypeInfo(schema);
  let may = true;
  visit(
    document,
    visitWithTypeInfo(info, {
      OperationDefinition: ({ operation }) => void (may &&= operation !== OperationTypeNode.MUTATION),
      VariableDefinition({ type }) {
        const known = typeFromAST(schema, type);
        may &&= known !== undefined && !nests(getNamedType(known));
      },
      Field() {
        const field = info.getFieldDef();
        const isRoot = [schema.getQueryType(), schema.getSubscriptionType()].includes(info.getParentType() as never);
        if (field && (isRoot || mayReadInfo(field))) may &&= field.extensions[mark] === true;
      },
    }),
  );
  return may;
}

function mayReadInfo(field: GraphQLField<unknown, unknown>): boolean {
  const { name, extensions } = getNamedType(field.type);
  return (
    extensions.pothosPrismaModel != null || name.endsWith('Connection') || Boolean(field.extensions.pothosPrismaSelect)
  );
}

/** Whether an input type has itself inside, as filters do: graphql-jit tries for half a minute to write that out. */
function nests(type: GraphQLNamedType, around: readonly GraphQLNamedType[] = []): boolean {
  if (!isInputObjectType(type)) return false;
  if (around.includes(type)) return true;
  return Object.values(type.getFields()).some((field) => nests(getNamedType(field.type), [...around, type]));
}
