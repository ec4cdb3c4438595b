const times = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(' ');
const nested = (depth: number, open: string, close: string, core: string): string =>
  open.repeat(depth) + core + close.repeat(depth);

/** Documents that a server answers slowly, or dies of, when nothing holds them back; each with what it is. */
export const hostileDocuments: Readonly<Record<string, { readonly make: () => string; readonly code: string }>> = {
  '10,000 sets in each other': { make: () => nested(10_000, '{ a ', '}', '{ a }'), code: 'TOO_EXPENSIVE' },
  '10,000 sets of real fields': {
    make: () => `{ viewer ${nested(3_000, '{ member { transfers { nodes { leaver ', '} } } }', '{ id }')} }`,
    code: 'TOO_EXPENSIVE',
  },
  'a list value of 10,000 lists': {
    make: () => `{ node(id: ${nested(10_000, '[', ']', '1')}) { id } }`,
    code: 'TOO_EXPENSIVE',
  },
  'an input of 5,000 objects in each other': {
    make: () => `{ customers(filter: ${nested(5_000, '{ not: ', '}', '{}')}) { nodes { id } } }`,
    code: 'TOO_EXPENSIVE',
  },
  '10,000 aliases of __typename': {
    make: () => `{ ${times(10_000, (n) => `a${n}: __typename`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  '10,000 aliases of a field': {
    make: () => `{ ${times(10_000, (n) => `a${n}: enterprise { id }`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  '1,000 aliases of a field': {
    make: () => `{ ${times(1_000, (n) => `a${n}: enterprise { id }`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  '1,000 mutations': {
    make: () =>
      `mutation { ${times(1_000, (n) => `a${n}: resignMember(input: { memberId: "x" }) { userErrors { code } }`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  '66 kB of overlapping fields': {
    make: () => `{ ${times(8_250, () => 'enterprise')} }`.slice(0, 66_000) + ' }',
    code: 'TOO_EXPENSIVE',
  },
  '33,000 equal short fields': { make: () => `{ enterprise { ${times(33_000, () => 'id')} } }`, code: 'TOO_EXPENSIVE' },
  'overlapping sets in each other': {
    make: () => `{ ${times(200, () => `enterprise { ${times(20, () => 'settings { waitHours }')} }`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  'overlapping fields in fragments': {
    make: () =>
      `{ ${times(300, (n) => `...F${n}`)} } ${times(300, (n) => `fragment F${n} on Query { viewer { __typename ...G${n} } } fragment G${n} on Viewer { __typename }`)}`,
    code: 'TOO_EXPENSIVE',
  },
  'a fragment in itself': { make: () => '{ ...A } fragment A on Query { ...A }', code: 'GRAPHQL_VALIDATION_FAILED' },
  'two fragments in each other, often': {
    make: () =>
      `{ ...A } fragment A on Query { ${times(1_000, () => '...B')} } fragment B on Query { ${times(1_000, () => '...A')} }`,
    code: 'TOO_EXPENSIVE',
  },
  'fragments that double 30 times': {
    make: () =>
      `{ ...F0 } ${times(30, (n) => `fragment F${n} on Query { a${n}: node(id: "x") { id } ...F${n + 1} ...F${n + 1} }`)} fragment F30 on Query { __typename }`,
    code: 'TOO_EXPENSIVE',
  },
  'a chain of 3,000 fragments': {
    make: () =>
      `{ ...F0 } ${times(3_000, (n) => `fragment F${n} on Query { ...F${n + 1} }`)} fragment F3000 on Query { __typename }`,
    code: 'TOO_EXPENSIVE',
  },
  '10,000 unused fragments': {
    make: () => `{ __typename } ${times(10_000, (n) => `fragment F${n} on Query { __typename }`)}`,
    code: 'TOO_EXPENSIVE',
  },
  '1,000 operations': { make: () => times(1_000, (n) => `query q${n} { __typename }`), code: 'TOO_EXPENSIVE' },
  '10,000 directives': {
    make: () => `{ __typename ${times(10_000, () => '@skip(if: false)')} }`,
    code: 'TOO_EXPENSIVE',
  },
  '10,000 unknown directives': {
    make: () => `{ __typename ${times(10_000, (n) => `@d${n}`)} }`,
    code: 'TOO_EXPENSIVE',
  },
  '10,000 unknown fields': { make: () => `{ ${times(10_000, (n) => `customrs${n}`)} }`, code: 'TOO_EXPENSIVE' },
  '5,000 variables': {
    make: () => `query (${times(5_000, (n) => `$v${n}: Int`)}) { __typename }`,
    code: 'TOO_EXPENSIVE',
  },
  '5,000 unknown arguments': {
    make: () => `{ node(${times(5_000, (n) => `a${n}: 1`)} id: "x") { id } }`,
    code: 'TOO_EXPENSIVE',
  },
  'introspection in itself': {
    make: () => `{ __schema { types { ${nested(12, 'fields { type { ', '} }', 'name')} } } }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'a string of 900 kB': { make: () => `{ node(id: "${'x'.repeat(900_000)}") { id } }`, code: 'TOO_EXPENSIVE' },
  '900 kB of commas': { make: () => `{ __typename ${','.repeat(900_000)} }`, code: 'TOO_EXPENSIVE' },
  '900 kB of comment': { make: () => `{ __typename } # ${'x'.repeat(900_000)}`, code: 'TOO_EXPENSIVE' },
  'a name of 900 kB': { make: () => `{ ${'x'.repeat(900_000)} }`, code: 'TOO_EXPENSIVE' },
  '900 kB of names': { make: () => `{ ${times(180_000, () => 'abcd')} }`, code: 'TOO_EXPENSIVE' },
  '900 kB of opening braces': { make: () => '{'.repeat(900_000), code: 'TOO_EXPENSIVE' },
};
