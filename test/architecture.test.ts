import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

// In order: a room may import the faces of those before it, and knows nothing of those behind it.
const rooms = 'enterprise members administrators tags customers groups archive rules transfers inbox audit'.split(' ');

// Who may import what. A target is a place of this table or, in a room, own:, earlier: or later: and its role.
const table: Record<string, { may: RegExp; mayAsType?: RegExp; instead: string }> = {
  main: { may: /^app$/, instead: 'Start things in src/app and call them from here.' },
  app: { may: /./, instead: '' },
  graphql: {
    may: /^(graphql|platform|rights|db|prisma|enums|library)$/,
    instead: "Let a room's *.schema.ts add it instead.",
  },
  platform: {
    may: /^(platform|rights|db|prisma|library)$/,
    instead: 'Platform knows no domain word: take it as a parameter.',
  },
  rights: { may: /^$/, mayAsType: /^platform$/, instead: 'What somebody may do is pure: take values as parameters.' },
  client: { may: /^(client|documents|library)$/, instead: 'Write a document in src/client: it speaks the API alone.' },
  cli: {
    may: /^(cli|app|client|documents|platform|rights|db|prisma|enums|library|earlier:face)$/,
    instead: 'Commands are thin: call the face of a room, or the API.',
  },
  schema: {
    may: /^(graphql|own:.*|earlier:(face|schema)|rights|prisma|enums|library)$/,
    mayAsType: /^(platform|db)$/,
    instead: 'A schema file is thin: let a use case of its room do this.',
  },
  pure: {
    // What somebody may do is pure as well, and every policy asks for it.
    may: /^(own:(pure|code\.(errors|events))|rights|enums)$/,
    mayAsType: /^(own:(?!schema).*|earlier:face|platform|db|prisma|library)$/,
    instead: 'Plans and policies are pure: import types only, take values as parameters.',
  },
  store: {
    // Stores of a room share pieces of statements, such as what counts for statistics.
    may: /^(own:(pure|store|code\.(errors|events))|rights|db|prisma|enums|library)$/,
    mayAsType: /^(own:(?!schema).*|earlier:face|platform)$/,
    instead: "A store is SQL for its room's tables: let the use case do this and pass the result.",
  },
  code: {
    may: /^(own:(?!schema).*|earlier:face|platform|rights|db|prisma|enums|library)$/,
    instead: 'Nothing flows back: return a value or throw a Refusal, and let the *.schema.ts file call this.',
  },
};

const inRoom =
  /^src\/features\/([^/]+)\/(?:([a-z-]+)\.(schema|policy|store|errors|events)|([a-z-]+)-(plan)|([a-z-]+))\.ts$/;

/** Where a file stands: a place of the table and, in features, its room. */
function placeOf(file: string): { place: string; room?: string } {
  const [, room, , dotted, , plan, name] = inRoom.exec(file) ?? [];
  if (room !== undefined) {
    if (plan !== undefined || dotted === 'policy') return { place: 'pure', room };
    if (dotted === 'schema' || dotted === 'store') return { place: dotted, room };
    if (dotted !== undefined) return { place: `code.${dotted}`, room };
    return { place: name === room ? 'face' : 'code', room };
  }
  if (!file.startsWith('src/')) return { place: 'library' };
  if (file.startsWith('src/platform/db/')) return { place: 'db' };
  if (file === 'src/platform/rights.ts') return { place: 'rights' };
  if (file.startsWith('src/generated/graphql/')) return { place: 'documents' };
  if (file.startsWith('src/generated/')) return { place: file.endsWith('/enums.ts') ? 'enums' : 'prisma' };
  return { place: file.replace(/^src\//, '').replace(/(\/.*|\.ts)$/, '') };
}

/** Every static and dynamic import, re-export and import type of a source text; own files as paths from the root. */
function importsOf(file: string, text: string): { target: string; asType: boolean }[] {
  const found: { target: string; asType: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    const [from, asType] = ts.isImportDeclaration(node)
      ? [node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword]
      : ts.isExportDeclaration(node)
        ? [node.moduleSpecifier, node.isTypeOnly]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? [node.argument.literal, true]
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? [node.arguments[0], false]
            : [undefined, false];
    if (from !== undefined && ts.isStringLiteralLike(from)) {
      const own = from.text.startsWith('.') && path.posix.join(path.posix.dirname(file), from.text);
      found.push({ target: own ? own.replace(/\.js$/, '.ts') : from.text, asType });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

/** What to do instead of this import; undefined when the table allows it. */
function objection(file: string, { target, asType }: { target: string; asType: boolean }): string | undefined {
  const [from, to] = [placeOf(file), placeOf(target)];
  const rule = table[from.place.replace(/^(db|face|code\..*)$/, (place) => (place === 'db' ? 'platform' : 'code'))];
  if (rule === undefined)
    return 'Move it into a room of architecture: app, graphql, features, platform, client or cli.';
  const distance = from.room === undefined ? -1 : rooms.indexOf(to.room ?? '') - rooms.indexOf(from.room);
  const nearness = distance === 0 ? 'own' : distance < 0 ? 'earlier' : 'later';
  const found = to.room === undefined ? to.place : `${nearness}:${to.place}`;
  if (rule.may.test(found) || (asType && rule.mayAsType?.test(found))) return undefined;
  if (from.room !== undefined && nearness === 'later' && to.room !== undefined)
    return `${to.room} comes after ${from.room}: extend the type in ${to.room}'s schema file, or record a fact it reads.`;
  if (from.room !== undefined && /^earlier:(code|pure|store)/.test(found))
    return `This is ${to.room}'s inside: export what you need from its face, ${to.room}.ts.`;
  return rule.instead;
}

/** Why a file in features is not named by its role; any other carries the name, or its beginning, of what it exports. */
function objectionToName(file: string, text: string): string | undefined {
  const [, , area, room = ''] = ['', ...file.split('/')];
  if (area !== 'features') return undefined;
  if (!rooms.includes(room)) return `Give the room "${room}" its place in the order at the top of this test.`;
  const [, , , , , , useCase] = inRoom.exec(file) ?? [];
  const isNamedByRole = inRoom.test(file) && (useCase === undefined || useCase === room);
  const name = useCase?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) ?? '-';
  if (isNamedByRole || new RegExp(`^export (async )?(function\\*?|const|interface|type) ${name}`, 'im').test(text))
    return undefined;
  return 'Name it <room>.ts, *.schema|policy|store|errors|events.ts or *-plan.ts, or as what it exports.';
}

const manifest = readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8');
const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };

/** The package that would be missing where only `dependencies` are installed, as in production. */
function missingPackage({ target, asType }: { target: string; asType: boolean }): string | undefined {
  const name = /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '';
  const isInstalled = asType || /^(node:|src\/)/.test(target) || name in dependencies;
  return isInstalled ? undefined : `Production does not install ${name}: move it to "dependencies".`;
}

function objections(file: string, text: string): string[] {
  const readsEnvironment =
    file !== 'src/app/config.ts' && /\bprocess\.env\b|\benv\b.*from '(node:)?process'/.test(text);
  return [
    ...importsOf(file, text).map((each) => ({ advice: objection(file, each), about: ` imports ${each.target}` })),
    ...importsOf(file, text).map((each) => ({ advice: missingPackage(each), about: '' })),
    { advice: objectionToName(file, text), about: '' },
    { advice: readsEnvironment ? 'Take it from the config, which alone reads process.env.' : undefined, about: '' },
  ].flatMap(({ advice, about }) => (advice === undefined ? [] : [`${file}${about}: ${advice}`]));
}

test('every file of src imports only what its place allows, and says in its name what it is', () => {
  const root = path.join(import.meta.dirname, '..');
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.split(path.sep).join('/')}`)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('src/generated/'));

  const found = files.flatMap((file) => objections(file, readFileSync(path.join(root, file), 'utf8')));

  expect(found).toEqual([]);
});

const transfers = 'src/features/transfers';
test.each([
  ['src/main.ts', "import '../src/platform/log.js';", /Start things in src\/app/],
  ['src/graphql/builder.ts', "import type { A } from '../features/members/members.js';", /room's \*\.schema\.ts/],
  ['src/platform/db/database.ts', "export * from '../../app/config.js';", /no domain word/],
  ['src/client/client.ts', "await import('../platform/log.js');", /speaks the API alone/],
  ['src/cli/demo.ts', "import { x } from '../features/members/resign-member.js';", /face of a room/],
  ['src/services/x.ts', "import { x } from 'graphql';", /Move it into a room/],
  [`${transfers}/transfers.schema.ts`, "import { x } from '../members/members.store.js';", /members's inside/],
  [`${transfers}/transfers.schema.ts`, "import { x } from '../../platform/db/transaction.js';", /schema file is thin/],
  ['src/features/members/members.schema.ts', "import { x } from '../transfers/transfers.js';", /comes after members/],
  ['src/features/members/members.ts', "type A = import('../transfers/transfers.js').A;", /comes after members/],
  [`${transfers}/transfers.ts`, "import { x } from '../inbox/inbox.js';", /record a fact/],
  ['src/features/audit/audit.ts', "import { x } from '../transfers/start-transfer.js';", /transfers's inside/],
  [`${transfers}/transfers.ts`, "import { x } from './transfers.schema.js';", /Nothing flows back/],
  [`${transfers}/transfers.ts`, "import type { Context } from '../../graphql/context.js';", /Nothing flows back/],
  [`${transfers}/transfer-plan.ts`, "import { readFileSync } from 'node:fs';", /are pure/],
  [`${transfers}/transfers.policy.ts`, "import { x } from './transfers.store.js';", /are pure/],
  [`${transfers}/transfers.store.ts`, "import { x } from './transfers.js';", /SQL for its room's tables/],
  [`${transfers}/transfers.store.ts`, "import type { Row } from '../members/members.store.js';", /members's inside/],
  [`${transfers}/start-transfer.ts`, 'export const other = 1;', /as what it exports/],
  [`${transfers}/steps/plan.ts`, 'export const plan = 1;', /as what it exports/],
  ['src/features/billing/billing.ts', '', /its place in the order/],
  ['src/platform/log.ts', "import pretty from 'pino-pretty';", /Production does not install pino-pretty/],
  ['src/app/http.ts', 'const port = process.env.PORT;', /alone reads process\.env/],
])('%s with %s is refused, and told what to do instead', (file, text, advice) => {
  expect(objections(file, text)).toEqual([expect.stringMatching(advice)]);
});

test.each([
  ['src/main.ts', "import { run } from './app/app.js';"],
  ['src/app/config.ts', 'const port = process.env.PORT;'],
  [`${transfers}/transfers.schema.ts`, "import { MemberRef } from '../members/members.schema.js';"],
  [
    `${transfers}/start-transfer.ts`,
    "import { x } from '../members/members.js';\nexport async function startTransfer() {}",
  ],
  [`${transfers}/transfer-plan.ts`, "import type { Row } from './transfers.store.js';"],
  [`${transfers}/transfers.store.ts`, "import type { Tx } from '../../platform/db/transaction.js';"],
  [`${transfers}/transfers.store.ts`, "import { x } from './items.store.js';"],
])('%s with %s is allowed', (file, text) => {
  expect(objections(file, text)).toEqual([]);
});
