import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { startGraphiql } from './graphiql-script.js';

/** One file of the page, in the encodings that browsers ask for. */
export interface Asset {
  readonly type: string;
  readonly etag: string;
  body(encoding: Encoding): Promise<Buffer>;
}

/** How a body may be encoded; `identity` is as it is. */
export type Encoding = 'br' | 'gzip' | 'identity';

/** The files that GraphiQL consists of, by name, and a mark that changes when one of them does. */
export interface GraphiqlAssets {
  readonly mark: string;
  readonly files: ReadonlyMap<string, Asset>;
}

const javascript = 'text/javascript; charset=utf-8';

// Low levels: 5 MB of script take a tenth of a second once, and the best level would save a browser nothing it notices.
const encoders: Readonly<Record<Encoding, (raw: Buffer) => Promise<Buffer>>> = {
  identity: async (raw) => raw,
  gzip: (raw) => promisify(gzip)(raw, { level: 3 }),
  br: (raw) => promisify(brotliCompress)(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
};

/**
 * Reads GraphiQL from its package, which needs no CDN. That is 9 MB of text: call it when somebody wants the page, not at
 * start. Each file is compressed at its first request, and once.
 */
export async function loadGraphiqlAssets(): Promise<GraphiqlAssets> {
  const [parts, subscriptions] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    // Not among the package's exports, since it is meant for a CDN; next to its package.json, which is.
    readFile(new URL('umd/graphql-ws.min.js', packageOf('graphql-ws')), 'utf8'),
  ]);
  const files = new Map([
    ['graphiql.css', assetOf('text/css; charset=utf-8', parts.css)],
    ['graphiql.js', assetOf(javascript, parts.js)],
    ['graphql-ws.js', assetOf(javascript, subscriptions)],
    ['start.js', assetOf(javascript, startGraphiql)],
    ['editor.worker.js', assetOf(javascript, parts.editorWorkerService)],
    ['json.worker.js', assetOf(javascript, parts.jsonWorker)],
    ['graphql.worker.js', assetOf(javascript, parts.graphqlWorker)],
  ]);
  const mark = markOf([...files.values()].map(({ etag }) => etag).join());
  return { mark, files };
}

function assetOf(type: string, text: string): Asset {
  const raw = Buffer.from(text);
  const made = new Map<Encoding, Promise<Buffer>>();
  return {
    type,
    etag: `"${markOf(raw)}"`,
    body(encoding) {
      const known = made.get(encoding) ?? encoders[encoding](raw);
      made.set(encoding, known);
      return known;
    },
  };
}

function markOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 16);
}

function packageOf(name: string): URL {
  return new URL(`file://${createRequire(import.meta.url).resolve(`${name}/package.json`)}`);
}
