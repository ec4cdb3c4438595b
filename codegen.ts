import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // The committed file, not the built schema: `.ci/schema.ts check` holds the two equal, and this needs no app to load.
  schema: 'schema.graphql',
  documents: ['src/**/*.graphql', 'test/**/*.graphql'],
  generates: {
    'src/generated/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // A document is its own text with the types attached: fetch and graphql-ws send text anyway, so a client
        // neither loads the parser nor prints a syntax tree before each request.
        documentMode: 'string',
        importExtension: '.js',
        emitLegacyCommonJSImports: false,
        useTypeImports: true,
        enumType: 'string-literal',
        strictScalars: true,
        scalars: { Date: 'string', DateTime: 'string', JSON: 'unknown' },
      },
    },
  },
};

export default config;
