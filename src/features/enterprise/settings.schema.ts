import type { Enterprise } from '../../generated/prisma/client.js';
import { Language } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { customerText } from './enterprise.js';
import type { TextSetting } from './update-settings.js';

export const LanguageEnum = builder.enumType('Language', {
  description: 'Language of the default texts that customers read.',
  values: {
    ZH: { value: Language.ZH, description: 'Chinese.' },
    EN: { value: Language.EN, description: 'English.' },
  },
});

const keepsOwn = 'A running transfer keeps what it began with.';
const placeholders = 'with the placeholders {leaver} {successor} {contact} {enterprise} {hours}';

/** What each setting means: the words are the same in the type and in the mutation's input. */
export const meaning = {
  customerContactEnabled:
    'Whether members may serve customers at all. Off: mutations about customers answer CUSTOMER_CONTACT_DISABLED. Default: on.',
  archiveEnabled: 'Whether conversations are archived, of customers who agreed. Default: off.',
  reassignAfterRefusal:
    'Whether a customer who declined after a resignation returns to the pool; off: the relation ends as LOST. Default: on.',
  autoAssignOnResignation:
    'Whether whoever resigns hands everything over by the assignment rules at once, where resignMember does not say. Default: off.',
  travelTags: `Whether corp tags go with the customer. ${keepsOwn} Default: on.`,
  travelRemark: `Whether the remark goes with the customer. ${keepsOwn} Default: on.`,
  travelDescription: `Whether the description goes with the customer. ${keepsOwn} Default: on.`,
  travelArchive: `Whether the successor may read the archived conversation. ${keepsOwn} Default: on.`,
  waitHours: `Hours between submitting a transfer and the takeover; 0 takes over at once. ${keepsOwn} Default: 24.`,
  inheritanceDays: 'Days after a resignation in which the customers can be handed on. Default: 365.',
  successorInactiveDays: 'Days without a sign-in after which a member cannot be a successor. Default: 365.',
  customerLimit: 'Most customers a member may hold, unless the member has a limit of their own. Default: 5000.',
  onJobLimit:
    'How often one customer or group may be handed over with the kind ON_JOB within onJobWindowDays. Default: 2.',
  onJobWindowDays: 'Days over which onJobLimit counts. Default: 90.',
  groupDailyLimit:
    'Most groups of one former owner that are handed over in a day, by the timeZone of the enterprise. Default: 300.',
  undoHours: 'Hours after a takeover in which undoTransfer can take it back; 0: it cannot. Default: 72.',
  eventRetentionDays:
    'Days for which notifications and notices are kept, read or not: older ones are removed, and a cursor before them asks for a ' +
    'resync with the reason EXPIRED. Default: 90.',
  approvalAbove:
    'How many customers and groups a customer-contact administrator may hand over in one transfer without another administrator: ' +
    "one of more waits as PENDING_APPROVAL. Those that are refused do not count. A super administrator's never waits. Null, the " +
    'default: none does.',
  language: 'Language of the default texts. Default: EN.',
  timeZone:
    'Time zone in which the days of the enterprise begin: a name of the IANA database, as Asia/Shanghai. Default: UTC.',
  scheduledText: `What a customer reads when a takeover after a resignation is scheduled, ${placeholders}.`,
  completedText: `What a customer reads after a takeover after a resignation, ${placeholders}.`,
  onJobScheduledText: `What a customer reads when a takeover from a member who stays is scheduled, ${placeholders}.`,
  onJobCompletedText: `What a customer reads after a takeover from a member who stays, ${placeholders}.`,
} as const;

/** The settings that are on or off. */
export const switches = [
  'customerContactEnabled',
  'archiveEnabled',
  'reassignAfterRefusal',
  'autoAssignOnResignation',
  'travelTags',
  'travelRemark',
  'travelDescription',
  'travelArchive',
] as const;

/** The settings that are numbers; their limits are the use case's. */
export const numbers = [
  'waitHours',
  'inheritanceDays',
  'successorInactiveDays',
  'customerLimit',
  'onJobLimit',
  'onJobWindowDays',
  'groupDailyLimit',
  'undoHours',
  'eventRetentionDays',
] as const;

type Texts = Pick<Enterprise, 'language' | TextSetting>;

/** Which text each setting replaces. */
const textOf = {
  scheduledText: (texts: Texts) => customerText(texts, 'RESIGNED', 'scheduled'),
  completedText: (texts: Texts) => customerText(texts, 'RESIGNED', 'completed'),
  onJobScheduledText: (texts: Texts) => customerText(texts, 'ON_JOB', 'scheduled'),
  onJobCompletedText: (texts: Texts) => customerText(texts, 'ON_JOB', 'completed'),
} as const satisfies Record<TextSetting, (texts: Texts) => string>;

/** The settings that are texts for customers. */
export const texts = Object.keys(textOf) as TextSetting[];

const noneOwn = { scheduledText: null, completedText: null, onJobScheduledText: null, onJobCompletedText: null };
const textColumns = {
  language: true,
  scheduledText: true,
  completedText: true,
  onJobScheduledText: true,
  onJobCompletedText: true,
} as const;

const DefaultTexts = builder.objectRef<Language>('DefaultTexts').implement({
  description:
    "What customers read where the enterprise has no text of its own, in the enterprise's language. What they read of a " +
    'takeover called off or taken back, and of groups, is always the default.',
  fields: (t) =>
    Object.fromEntries(
      texts.map((name) => [
        name,
        t.string({ description: meaning[name], resolve: (language) => textOf[name]({ language, ...noneOwn }) }),
      ]),
    ),
});

export const EnterpriseSettings = builder.prismaObject('Enterprise', {
  variant: 'EnterpriseSettings',
  description:
    'What an enterprise has set. Administrators change it with updateSettings; every number is in force at once.',
  fields: (t) => ({
    ...Object.fromEntries(switches.map((name) => [name, t.exposeBoolean(name, { description: meaning[name] })])),
    ...Object.fromEntries(numbers.map((name) => [name, t.exposeInt(name, { description: meaning[name] })])),
    approvalAbove: t.exposeInt('approvalAbove', { nullable: true, description: meaning.approvalAbove }),
    language: t.expose('language', { type: LanguageEnum, description: meaning.language }),
    timeZone: t.exposeString('timeZone', { description: meaning.timeZone }),
    ...Object.fromEntries(
      texts.map((name) => [
        name,
        t.string({
          description: `${meaning[name]} The enterprise's own text, or the default.`,
          select: textColumns,
          resolve: textOf[name],
        }),
      ]),
    ),
    defaultTexts: t.field({
      type: DefaultTexts,
      description: 'What stands in place of texts that the enterprise has not set.',
      select: { language: true },
      resolve: ({ language }) => language,
    }),
  }),
});
