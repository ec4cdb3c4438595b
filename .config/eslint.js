// @ts-check
import graphql from '@graphql-eslint/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const typescript = ['**/*.ts'];
const schema = ['schema.graphql'];
const documents = ['src/**/*.graphql', 'test/**/*.graphql'];

/**
 * What a file offers to others has a doc comment. A rule of our own, because eslint-plugin-jsdoc, where this rule is
 * usually taken from, no longer runs on Node 20.
 * @type {import('eslint').Rule.RuleModule}
 */
const documentedExports = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      missing: 'Say above "{{name}}", in a /** comment */, what it promises and what it refuses.',
    },
  },
  create(context) {
    const { sourceCode } = context;
    /** @param {any} node the node types of TypeScript are not among ESLint's own */
    const isDocumented = (node) => {
      const comment = sourceCode.getCommentsBefore(node).at(-1);
      return comment?.type === 'Block' && /^\*[\s*]*\S/.test(comment.value);
    };
    /** @param {any} declaration */
    const namesToDocument = (declaration) => {
      if (declaration.type !== 'VariableDeclaration') return [declaration.id?.name ?? 'default'];
      return declaration.declarations
        .filter((/** @type {any} */ each) => /Function/.test(each.init?.type ?? ''))
        .map((/** @type {any} */ each) => each.id.name);
    };
    /** @type {Set<string>} */
    const seen = new Set(); // The first of several overloads speaks for all of them.
    /** @param {any} node */
    const check = (node) => {
      if (!node.declaration || /^(Identifier|.*Expression|Literal)$/.test(node.declaration.type)) return;
      for (const name of namesToDocument(node.declaration)) {
        if (!seen.has(name) && !isDocumented(node)) context.report({ node, messageId: 'missing', data: { name } });
        seen.add(name);
      }
    };
    return { ExportNamedDeclaration: check, ExportDefaultDeclaration: check };
  },
};

const readsEnvironment = 'Take the value from the config: only src/app/config.ts reads the environment.';

export default defineConfig(
  { ignores: ['**/node_modules/', 'dist/', '.data/', 'coverage/', 'src/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: typescript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: `${import.meta.dirname}/..` } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An async function without await still turns a throw into a rejection, which is what its interface promises.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { named: true } }],
    },
  },

  {
    files: ['src/**/*.ts'],
    plugins: { baton: { rules: { 'documented-exports': documentedExports } } },
    rules: { 'baton/documented-exports': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/app/config.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: readsEnvironment }],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:process', 'process'].map((name) => ({ name, importNames: ['env'], message: readsEnvironment })),
        },
      ],
    },
  },
  {
    // The terminal belongs to those who talk to a person; everyone else has a log.
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['src/features/**/*.ts', 'src/graphql/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.object.name="Date"][callee.property.name="now"]',
          message: 'Ask app.clock.now(): tests give their own clock.',
        },
        {
          selector:
            'CallExpression[callee.object.name="Math"][callee.property.name="random"], CallExpression[callee.property.name="randomUUID"], CallExpression[callee.name="randomUUID"]',
          message: 'Ids come from app.ids, and randomness is passed in: a run has to be repeatable.',
        },
      ],
    },
  },
  {
    // A test that is wrong about a null fails there and then, which is what it is for.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/unbound-method': 'off' },
  },

  {
    files: [...schema, ...documents],
    plugins: { '@graphql-eslint': { rules: graphql.rules } },
    languageOptions: {
      parser: graphql.parser,
      // Two projects: the schema can be linted before there is a document.
      parserOptions: {
        graphQLConfig: {
          projects: { api: { schema, include: schema }, documents: { schema, documents, include: documents } },
        },
      },
    },
  },
  {
    files: schema,
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Connections have `nodes` beside `edges`, and not everything listed is a Node.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // Lists go one way, forwards or back, by the same four arguments.
      // An inbox is read forward only: its cursor is where a subscription goes on.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          rootField: true,
        },
      ],
      '@graphql-eslint/naming-convention': [
        'error',
        {
          types: 'PascalCase',
          FieldDefinition: 'camelCase',
          InputValueDefinition: 'camelCase',
          Argument: 'camelCase',
          DirectiveDefinition: 'camelCase',
          EnumValueDefinition: 'UPPER_CASE',
          'FieldDefinition[parent.name.value=Query]': { forbiddenPrefixes: ['get', 'list', 'query', 'find'] },
          'FieldDefinition[parent.name.value=Mutation]': { forbiddenSuffixes: ['Mutation'] },
          'FieldDefinition[parent.name.value=Subscription]': { forbiddenPrefixes: ['on', 'subscribe'] },
          'EnumTypeDefinition,EnumTypeExtension': { forbiddenSuffixes: ['Enum'] },
        },
      ],
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/no-unreachable-types': 'error',
      // Relay's id is opaque; a type without one (an edge, a payload, a count) is a value.
      '@graphql-eslint/strict-id-in-types': 'off',
      // A value type may begin with its owner's name where the bare word would not stand alone (tagGroup on Tag).
      '@graphql-eslint/no-typename-prefix': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: '[description.value=/[^.?!]$/]',
          message: 'A description is whole sentences: end it with a full stop.',
        },
        {
          selector:
            'Directive[name.value="deprecated"] > Argument[name.value="reason"] > StringValue:not([value=/\\d{4}-\\d{2}-\\d{2}/])',
          message: 'Say in the reason since when it is deprecated, as 2026-01-31, and what to use instead.',
        },
        {
          selector: 'ObjectTypeDefinition[name.value="Mutation"] > FieldDefinition:not([arguments.length=1])',
          message: 'A mutation takes one argument, input.',
        },
        {
          selector:
            'ObjectTypeDefinition[name.value="Mutation"] > FieldDefinition:not([gqlType.gqlType.name.value=/Payload$/])',
          message: 'A mutation answers with its own payload, verbNoun → VerbNounPayload!.',
        },
      ],
    },
  },
  {
    files: documents,
    rules: {
      ...graphql.configs['flat/operations-recommended'].rules,
      // Our clients keep no cache that would need every id.
      '@graphql-eslint/require-selections': 'off',
      '@graphql-eslint/naming-convention': [
        'error',
        {
          OperationDefinition: 'PascalCase',
          FragmentDefinition: 'PascalCase',
          VariableDefinition: 'camelCase',
        },
      ],
    },
  },
);
