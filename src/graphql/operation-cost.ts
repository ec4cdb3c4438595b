import { complexityFromQuery } from '@pothos/plugin-complexity';
import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';

/** Different page sizes by variable of one document that are remembered. */
const mostRemembered = 100;

interface Measured {
  /** Names of the variables that say how large a page is: the only ones on which a cost depends. */
  readonly pageSizes: readonly string[];
  readonly costs: Map<string, number>;
}

/**
 * What an operation costs by the builder's `complexity`, counted from the document and its page sizes before anything is done.
 * Null where variables or the operation's name do not fit: execution says what is wrong. Remembers what it counted of a document.
 */
export function createCostOf(
  schema: GraphQLSchema,
): (document: DocumentNode, name: string | null | undefined, variables: unknown) => number | null {
  const known = new WeakMap<DocumentNode, Map<OperationDefinitionNode, Measured>>();
  return (document, name, given) => {
    const operation = operationOf(document, name);
    if (!operation) return null;
    const variables = (given ?? {}) as Record<string, unknown>;
    const operations = known.get(document) ?? new Map<OperationDefinitionNode, Measured>();
    known.set(document, operations);
    const measured = operations.get(operation) ?? {
      pageSizes: pageSizesOf(document),
      costs: new Map<string, number>(),
    };
    operations.set(operation, measured);

    const key = measured.pageSizes.map((each) => String(variables[each])).join();
    const remembered = measured.costs.get(key);
    if (remembered !== undefined) return remembered;
    const cost = costOf(schema, document, operation, variables);
    if (cost !== null && measured.costs.size < mostRemembered) measured.costs.set(key, cost);
    return cost;
  };
}

function operationOf({ definitions }: DocumentNode, name: string | null | undefined): OperationDefinitionNode | null {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (name) return operations.find((operation) => operation.name?.value === name) ?? null;
  return operations.length === 1 ? (operations[0] ?? null) : null;
}

function pageSizesOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      const isPageSize = name.value === 'first' || name.value === 'last';
      if (isPageSize && value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number | null {
  const others = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  try {
    // The plugin measures the first operation of a document: here it is the only one.
    return complexityFromQuery({ kind: Kind.DOCUMENT, definitions: [operation, ...others] }, { schema, variables })
      .complexity;
  } catch {
    return null;
  }
}
