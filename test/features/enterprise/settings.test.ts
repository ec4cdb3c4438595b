import { describe, expect, test } from 'vitest';
import { settingLimits, textLimit } from '../../../src/features/enterprise/update-settings.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { departing, type Departing } from '../../support/seed.js';
import { transferCustomers } from '../transfers/begin.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

const everything = `
  customerContactEnabled archiveEnabled reassignAfterRefusal autoAssignOnResignation travelTags travelRemark travelDescription travelArchive
  waitHours inheritanceDays successorInactiveDays customerLimit onJobLimit onJobWindowDays groupDailyLimit undoHours eventRetentionDays approvalAbove
  language timeZone scheduledText completedText onJobScheduledText onJobCompletedText
  defaultTexts { scheduledText completedText onJobScheduledText onJobCompletedText }`;

async function settingsOf({ admin }: Departing): Promise<Answer> {
  const { data, errors } = await baton.ask(admin.token, `{ enterprise { settings { ${everything} } } }`);
  expect(errors).toBeUndefined();
  return data['enterprise']!['settings']!;
}

async function update({ admin }: Departing, input: object) {
  const { data, errors } = await baton.ask<{ updateSettings: { userErrors: { code: string; path: string[] }[] } }>(
    admin.token,
    'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { code path } } }',
    { input },
  );
  expect(errors).toBeUndefined();
  return data.updateSettings.userErrors.map(({ code, path }) => `${code} ${path.join('.')}`);
}

const standingOf = async ({ enterpriseId }: Departing) => ({
  enterprise: await prisma.enterprise.findUnique({ where: { id: enterpriseId } }),
  done: await prisma.auditEvent.count({ where: { enterpriseId, outcome: 'SUCCESS' } }),
});

describe('the settings of a company', () => {
  test('are what was set, one and all', async () => {
    const story = await departing(baton, { customers: 0 });
    const own = {
      customerContactEnabled: false,
      archiveEnabled: true,
      reassignAfterRefusal: false,
      autoAssignOnResignation: true,
      travelTags: false,
      travelRemark: false,
      travelDescription: false,
      travelArchive: false,
      waitHours: 1,
      inheritanceDays: 2,
      successorInactiveDays: 3,
      customerLimit: 4,
      onJobLimit: 5,
      onJobWindowDays: 6,
      groupDailyLimit: 7,
      undoHours: 8,
      eventRetentionDays: 10,
      approvalAbove: 9,
      language: 'ZH',
      timeZone: 'Asia/Shanghai',
      scheduledText: 'a {leaver}',
      completedText: 'b {successor}',
      onJobScheduledText: 'c {contact}',
      onJobCompletedText: 'd {enterprise}',
    };

    expect(await update(story, own)).toEqual([]);

    const { defaultTexts, ...settings } = await settingsOf(story);
    expect(settings).toEqual(own);
    expect(defaultTexts).toMatchObject({
      completedText: '您好，您的服务人员已变更为 {successor}（{contact}），将继续为您服务。',
    });
    const { detail } = await prisma.auditEvent.findFirstOrThrow({
      where: { enterpriseId: story.enterpriseId, action: 'updateSettings' },
    });
    expect(detail).toMatchObject({ before: { undoHours: 72, timeZone: 'UTC', scheduledText: null }, after: own });
  });

  test('are the defaults of the rules until then; a text that is null is the default of the language again', async () => {
    const story = await departing(baton, { customers: 0, waitHours: 24 });
    const { defaultTexts, ...settings } = await settingsOf(story);

    expect(settings).toMatchObject({
      reassignAfterRefusal: true,
      autoAssignOnResignation: false,
      waitHours: 24,
      inheritanceDays: 365,
      successorInactiveDays: 365,
      customerLimit: 5000,
      onJobLimit: 2,
      onJobWindowDays: 90,
      groupDailyLimit: 300,
      undoHours: 72,
      eventRetentionDays: 90,
      language: 'EN',
      timeZone: 'UTC',
      ...defaultTexts,
    });
    expect(new Set(Object.values(defaultTexts!)).size).toBe(4);

    const texts = ['scheduledText', 'completedText', 'onJobScheduledText', 'onJobCompletedText'];
    expect(await update(story, Object.fromEntries(texts.map((name) => [name, 'mine'])))).toEqual([]);
    expect(await settingsOf(story)).toMatchObject(Object.fromEntries(texts.map((name) => [name, 'mine'])));
    expect(await update(story, Object.fromEntries(texts.map((name) => [name, null])))).toEqual([]);
    expect(await settingsOf(story)).toEqual({ ...settings, defaultTexts });

    expect(settings['approvalAbove']).toBeNull();
    expect(await update(story, { approvalAbove: 3 })).toEqual([]);
    expect(await update(story, { approvalAbove: null })).toEqual([]);
    expect(await settingsOf(story)).toEqual({ ...settings, defaultTexts });
  });

  test.each(Object.entries(settingLimits))(
    '%s goes from its least to its most, and no further',
    async (name, limits) => {
      const story = await departing(baton, { customers: 0 });
      const [least, most] = limits;
      for (const value of [least, most]) {
        expect(await update(story, { [name]: value })).toEqual([]);
        expect((await settingsOf(story))[name]).toBe(value);
      }
      const before = await standingOf(story);

      for (const value of [least - 1, most + 1]) {
        expect(await update(story, { [name]: value })).toEqual([`INVALID_INPUT input.${name}`]);
      }

      expect(await standingOf(story)).toEqual(before);
    },
  );

  test.each(['scheduledText', 'completedText', 'onJobScheduledText', 'onJobCompletedText'])(
    '%s says something, in as many characters as a text has',
    async (name) => {
      const story = await departing(baton, { customers: 0 });
      expect(await update(story, { [name]: 'x'.repeat(textLimit) })).toEqual([]);
      const before = await standingOf(story);

      for (const text of ['', ' \n', 'x'.repeat(textLimit + 1)]) {
        expect(await update(story, { [name]: text })).toEqual([`INVALID_INPUT input.${name}`]);
      }

      expect(await standingOf(story)).toEqual(before);
    },
  );

  test('a time zone has a name that the world knows', async () => {
    const story = await departing(baton, { customers: 0 });
    for (const name of ['Asia/Shanghai', 'America/St_Johns', 'asia/tokyo', 'UTC']) {
      expect(await update(story, { timeZone: name })).toEqual([]);
    }
    const before = await standingOf(story);

    for (const name of ['', 'Mars/Olympus', '+08:00', '08:00', 'UTC+8', 'localtime', 'posix/UTC', "x' OR 1=1"]) {
      expect([name, await update(story, { timeZone: name })]).toEqual([name, ['INVALID_INPUT input.timeZone']]);
    }

    expect(await standingOf(story)).toEqual(before);
  });
});

test('a customer reads the texts of the company, those for who stays and those for who left apart', async () => {
  const story = await departing(baton, { customers: 1, waitHours: 1 });
  const { ana, ben, customers } = story;
  const texts = { scheduledText: 'soon', completedText: 'now', onJobScheduledText: 'may be', onJobCompletedText: 'so' };
  await update(story, texts);
  const takeOver = async () => {
    baton.clock.advance(1);
    await baton.app.settle();
  };
  await transferCustomers(baton, story);
  await takeOver();
  await transferCustomers(baton, story, { kind: 'ON_JOB', leaverId: ana.id, successorIds: [ben.id] });
  await takeOver();

  const facts = await prisma.inboxEvent.findMany({
    where: { recipientId: customers[0]!.uuid },
    orderBy: { id: 'asc' },
  });
  const read = await Promise.all(facts.map(({ factId }) => prisma.fact.findUniqueOrThrow({ where: { id: factId } })));
  expect(read.map(({ customerText }) => customerText)).toEqual(['soon', 'now', 'may be', 'so']);
});
