import {
  GraphQLError,
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type ParseOptions,
  type SelectionSetNode,
  type Source,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What a document may be, before anything is done for it. What it costs to answer is bounded in the schema's builder. */
export const documentLimits = {
  /** Comments and commas included; variables are not. */
  characters: 100_000,
  /** Words and signs. The introspection of GraphiQL has 400. */
  tokens: 3000,
  operations: 20,
  /** Sets in each other, those of fragments counted where they are spread. */
  depth: 30,
  /** Fields of an operation, those of fragments counted where they are spread, each time. */
  fields: 2000,
  /** Queries, mutations or subscriptions of one operation. */
  rootFields: 50,
} as const;

/**
 * Refuses documents that cost more to look at than any good one costs to answer, over HTTP and WebSocket alike: with code
 * TOO_EXPENSIVE (400), before validation, sign-in and the first statement.
 */
export function limitedDocuments(): Plugin {
  const passed = new WeakSet<DocumentNode>();
  return {
    onParse({ setParseFn }) {
      setParseFn(parseLimited);
      return ({ result, replaceParseResult }) => {
        if (!isDocument(result) || passed.has(result)) return;
        const problem = excessOf(result);
        // Thrown, it would look like a fault of ours; given back, it is what the parser says.
        if (problem !== null) return replaceParseResult(tooLarge(problem));
        passed.add(result);
      };
    },
  };
}

function parseLimited(source: string | Source, options?: ParseOptions): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body;
  if (length > documentLimits.characters) throw tooLarge(`it has more than ${documentLimits.characters} characters`);
  try {
    return parse(source, { ...options, maxTokens: documentLimits.tokens });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge('it nests too deep');
    if (error instanceof GraphQLError && error.message.endsWith('Parsing aborted.')) {
      throw tooLarge(`it has more than ${documentLimits.tokens} tokens`);
    }
    throw error;
  }
}

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === 'object' && result !== null && 'kind' in result && result.kind === Kind.DOCUMENT;
}

function tooLarge(problem: string): GraphQLError {
  return new GraphQLError(
    `This document is too large: ${problem}. Send lists as variables, ask for less at a time, or split it.`,
    { extensions: { code: 'TOO_EXPENSIVE' } },
  );
}

interface Extent {
  readonly depth: number;
  readonly fields: number;
  readonly ownFields: number;
}

/** What is too much about a document, in words; null for a document that may go on to validation. */
function excessOf({ definitions }: DocumentNode): string | null {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operations.length > documentLimits.operations) {
    return `it has ${operations.length} operations, at most ${documentLimits.operations} are taken`;
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const extentOf = createMeasure(fragments);
  // Fragments too: one that no operation spreads is still validated.
  for (const { selectionSet } of [...operations, ...fragments.values()]) {
    const { depth, fields, ownFields } = extentOf(selectionSet);
    if (depth > documentLimits.depth) return `it nests deeper than ${documentLimits.depth} sets`;
    if (fields > documentLimits.fields) return `it asks for more than ${documentLimits.fields} fields`;
    if (
      ownFields > documentLimits.rootFields &&
      operations.some((operation) => operation.selectionSet === selectionSet)
    ) {
      return `an operation has ${ownFields} fields at its root, at most ${documentLimits.rootFields} are taken`;
    }
  }
  return null;
}

/** Measures selection sets with their fragments; each fragment once, so that fragments which double cost no more than others. */
function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const known = new Map<string, Extent>();
  const nothing: Extent = { depth: 0, fields: 0, ownFields: 0 };

  function extentOf(selectionSet: SelectionSetNode): Extent {
    let depth = 1;
    let fields = 0;
    let ownFields = 0;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet ? extentOf(selection.selectionSet) : nothing;
        depth = Math.max(depth, inner.depth + 1);
        fields += inner.fields + 1;
        ownFields += 1;
      } else {
        const inner =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? extentOfFragment(selection.name.value)
            : extentOf(selection.selectionSet);
        depth = Math.max(depth, inner.depth + 1);
        fields += inner.fields;
        ownFields += inner.ownFields;
      }
    }
    return { depth, fields, ownFields };
  }

  function extentOfFragment(name: string): Extent {
    const measured = known.get(name);
    if (measured) return measured;
    // A fragment in itself counts as nothing here: validation tells of it.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const extent = fragment ? extentOf(fragment.selectionSet) : nothing;
    known.set(name, extent);
    return extent;
  }

  return extentOf;
}
