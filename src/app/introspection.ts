import { BREAK, GraphQLError, visit, type DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Actor } from '../platform/actor.js';
import type { Config } from './config.js';
import type { ServedContext } from './http.js';

type Guarded = { readonly config: Pick<Config, 'introspection'> };

/** Whether this person may ask what the schema has. */
function mayIntrospect({ config }: Guarded, actor: Actor | null | undefined): boolean {
  if (config.introspection !== 'administrators') return config.introspection === 'everybody';
  return actor?.kind === 'member' && actor.rights !== null;
}

/**
 * Refuses introspection, over every transport, to whom the setting INTROSPECTION does not name, with INTROSPECTION_REFUSED; and
 * leaves out of what validation says the names that it suggests, for all: a document is validated before its person is known, so
 * that a bad one costs no statement, and whoever may has the whole schema to look at.
 */
export function guardedIntrospection(app: Guarded): Plugin<ServedContext> {
  if (app.config.introspection === 'everybody') return {};
  const asks = new WeakMap<DocumentNode, boolean>();
  const introspects = (document: DocumentNode): boolean => {
    const known = asks.get(document) ?? hasIntrospection(document);
    asks.set(document, known);
    return known;
  };
  return {
    onValidate:
      () =>
      ({ valid, result, setResult }) => {
        if (valid) return;
        setResult(
          result.map((error) => (error instanceof GraphQLError ? withoutSuggestions(error) : (error as GraphQLError))),
        );
      },
    onExecute({ args, setResultAndStopExecution }) {
      const { actor, requestId } = args.contextValue;
      if (!introspects(args.document as DocumentNode) || mayIntrospect(app, actor)) return;
      const who = app.config.introspection === 'administrators' ? ' but for administrators: send a token of one' : '';
      setResultAndStopExecution({
        errors: [
          new GraphQLError(`Introspection is off here${who}. The schema is in schema.graphql of the release.`, {
            extensions: { code: 'INTROSPECTION_REFUSED', requestId },
          }),
        ],
      });
    },
  };
}

/** The words without what GraphQL guesses was meant: it names what the schema has. */
export function withoutGuesses(message: string): string {
  return message.replace(/ Did you mean [^?]*\?/gs, '');
}

function withoutSuggestions(error: GraphQLError): GraphQLError {
  const { nodes, source, positions, path, extensions } = error;
  return new GraphQLError(withoutGuesses(error.message), { nodes, source, positions, path, extensions });
}

function hasIntrospection(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      if (name.value !== '__schema' && name.value !== '__type') return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}
