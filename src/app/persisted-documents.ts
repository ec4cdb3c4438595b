import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { printExecutableGraphQLDocument } from '@graphql-tools/documents';
import { GraphQLError, Kind, parse, type DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { StartupError } from '../platform/errors.js';
import type { Baton } from './app.js';
import { ToldError } from './told-error.js';

/** The documents that clients were built with. */
export interface PersistedDocuments {
  /** The text of an id; undefined for one that is not listed. */
  textOf(id: string): string | undefined;
  /** Whether this document is listed, however it is spaced or sorted. */
  has(document: DocumentNode): boolean;
}

/** Unknown documents that are remembered as reported. */
const mostReported = 10_000;

/**
 * Reads a list of documents: a JSON object of id and text, as `graphql-codegen` writes `persisted-documents.json`. Throws
 * StartupError when it cannot be read or is none.
 */
export function readPersistedDocuments(file: string): PersistedDocuments {
  const texts = new Map<string, string>();
  const known = new Set<string>();
  try {
    const listed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    for (const [id, text] of Object.entries(listed)) {
      known.add(hashOf(parse(text)));
      texts.set(id, text);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The documents of PERSISTED_DOCUMENTS_FILE cannot be read: ${reason}\nIt must be a JSON object of id and document, as graphql-codegen writes it.`,
      { cause: error },
    );
  }
  return { textOf: (id) => texts.get(id), has: (document) => known.has(hashOf(document)) };
}

// Codegen sorts what it lists, and clients send it as it was written: sorted, both are the same.
function hashOf(document: DocumentNode): string {
  return createHash('sha256').update(printExecutableGraphQLDocument(document)).digest('hex');
}

/** The id that a request names in place of a document: `extensions.persistedQuery.sha256Hash`. */
function idIn(extensions: unknown): string | null {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
  const id = persistedQuery?.sha256Hash;
  return typeof id === 'string' ? id : null;
}

/**
 * The document of an operation that may have come as an id alone, or with an empty text as over WebSocket; the text as it is
 * where there is one. Throws PERSISTED_DOCUMENT_NOT_FOUND for an id that is not listed.
 */
export function documentTextOf(
  app: Pick<Baton, 'persistedDocuments'>,
  { query, extensions }: { readonly query?: string | null | undefined; readonly extensions?: unknown },
): string | undefined {
  const id = query ? null : idIn(extensions);
  if (id === null) return query ?? undefined;
  const text = app.persistedDocuments?.textOf(id);
  if (text !== undefined) return text;
  throw new ToldError('No document of this id is known here. Send the document itself.', {
    extensions: { code: 'PERSISTED_DOCUMENT_NOT_FOUND', http: { status: 400 } },
  });
}

/**
 * Takes ids of listed documents in place of their text. By the setting PERSISTED_DOCUMENTS what is not listed is let through and
 * logged, once for each document with its hash and operation, or refused over every transport with PERSISTED_DOCUMENT_REQUIRED,
 * before its person is looked up and the first statement. GraphiQL and introspection are no exception.
 */
export function persistedDocuments(app: Pick<Baton, 'config' | 'log' | 'persistedDocuments'>): Plugin {
  const { config, log, persistedDocuments: listed } = app;
  if (!listed) return {};
  const enforced = config.persistedDocuments === 'enforce';
  const checked = new WeakMap<DocumentNode, boolean>();
  const reported = new Set<string>();

  function report(document: DocumentNode): void {
    const hash = hashOf(document);
    if (reported.has(hash) || reported.size >= mostReported) return;
    reported.add(hash);
    const operations = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? [definition.name?.value ?? `unnamed ${definition.operation}`]
        : [],
    );
    log.warn({ hash, operations }, 'A document that is not listed was asked for');
  }

  return {
    onParams({ params, setParams }) {
      const query = documentTextOf(app, params);
      if (query !== undefined && query !== params.query) setParams({ ...params, query });
    },
    onParse() {
      return ({ result, replaceParseResult }) => {
        const document = result as Partial<DocumentNode> | null;
        if (document?.kind !== Kind.DOCUMENT) return;
        const known = checked.get(document as DocumentNode) ?? listed.has(document as DocumentNode);
        checked.set(document as DocumentNode, known);
        if (known) return;
        if (enforced) replaceParseResult(notListed());
        else report(document as DocumentNode);
      };
    },
  };
}

function notListed(): GraphQLError {
  return new GraphQLError(
    'Only documents that were listed when this server was set up are answered here. Ask its operator to list yours.',
    { extensions: { code: 'PERSISTED_DOCUMENT_REQUIRED' } },
  );
}
