import type { builder } from '../../graphql/builder.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { updateSettings } from './enterprise.js';
import { EnterpriseNode } from './enterprise.schema.js';
import { LanguageEnum, meaning, numbers, switches, texts } from './settings.schema.js';
import { settingLimits, textLimit } from './update-settings.js';

declareErrorCodes({
  CUSTOMER_CONTACT_DISABLED:
    'Customer contact is switched off for the enterprise. An administrator switches it on with updateSettings.',
});

/** The settings that a null takes back. */
const nullable: ReadonlySet<string> = new Set([...texts, 'approvalAbove']);

type InputBuilder = PothosSchemaTypes.InputFieldBuilder<(typeof builder)['$inferSchemaTypes'], 'InputObject'>;

/** An input field of the same kind for each of these settings. */
function fieldsOf<Name extends string, Field>(
  names: readonly Name[],
  make: (name: Name) => Field,
): Record<Name, Field> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Field>;
}

const settings = (t: InputBuilder) => ({
  ...fieldsOf(switches, (name) => t.boolean({ description: meaning[name] })),
  ...fieldsOf(numbers, (name) =>
    t.int({ description: `${meaning[name]} From ${settingLimits[name][0]} to ${settingLimits[name][1]}.` }),
  ),
  approvalAbove: t.int({
    description: `${meaning.approvalAbove} From ${settingLimits.approvalAbove.join(' to ')}. What waits already goes on waiting.`,
  }),
  language: t.field({ type: LanguageEnum, description: meaning.language }),
  timeZone: t.string({ description: `${meaning.timeZone} An unknown name is refused.` }),
  ...fieldsOf(texts, (name) =>
    t.string({ description: `${meaning[name]} 1 to ${textLimit} characters; null takes the default back.` }),
  ),
});

defineMutation('updateSettings', {
  description:
    'Changes settings of your company. What is left out stays; running transfers keep what they began with. Needs CONFIGURE over every department. ' +
    'Refuses INVALID_INPUT for a value out of its range.',
  who: 'companyConfigurer',
  input: settings,
  // A null means nothing, but for these: there it is the default.
  resolve: (input, caller, context) =>
    updateSettings(
      context.app,
      caller,
      Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== null || nullable.has(name))),
    ),
  payload: (t) => ({
    enterprise: t.field({
      type: EnterpriseNode,
      nullable: true,
      description: 'The company as it now is; null when refused.',
      resolve: ({ enterpriseId }, _args, context) =>
        enterpriseId ? context.app.db.prisma.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } }) : null,
    }),
  }),
});
