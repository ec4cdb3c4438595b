import { recordAudit } from '../../platform/events/audit.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import type { Language } from '../../generated/prisma/enums.js';

/** The texts for customers that an enterprise may word itself. */
export type TextSetting = 'scheduledText' | 'completedText' | 'onJobScheduledText' | 'onJobCompletedText';

/** Least and greatest value of each number, with its unit in the name. */
export const settingLimits = {
  waitHours: [0, 24 * 30],
  inheritanceDays: [1, 3650],
  successorInactiveDays: [1, 3650],
  customerLimit: [1, 10_000_000],
  onJobLimit: [1, 100],
  onJobWindowDays: [1, 3650],
  groupDailyLimit: [1, 10_000],
  undoHours: [0, 24 * 365],
  eventRetentionDays: [1, 3650],
  approvalAbove: [0, 10_000_000],
} as const satisfies Record<string, readonly [number, number]>;

/** The settings that an administrator may change; what is left out stays. */
export interface SettingsChange
  extends
    Partial<Record<Exclude<keyof typeof settingLimits, 'approvalAbove'>, number>>,
    Partial<Record<TextSetting, string | null>> {
  /** Null: no transfer waits for an approval. */
  readonly approvalAbove?: number | null;
  readonly customerContactEnabled?: boolean;
  readonly archiveEnabled?: boolean;
  readonly reassignAfterRefusal?: boolean;
  readonly autoAssignOnResignation?: boolean;
  readonly travelTags?: boolean;
  readonly travelRemark?: boolean;
  readonly travelDescription?: boolean;
  readonly travelArchive?: boolean;
  readonly language?: Language;
  /** A name of the IANA database. */
  readonly timeZone?: string;
}

/** Most characters of a text. */
export const textLimit = 500;

const textSettings = ['scheduledText', 'completedText', 'onJobScheduledText', 'onJobCompletedText'] as const;

/**
 * Changes settings of the caller's enterprise. Running transfers keep what they began with. A text, or approvalAbove, that is null
 * goes back to the default.
 *
 * Refuses INVALID_INPUT for a number out of its range, a text that is empty or too long, or a time zone that is not
 * known; then nothing is changed.
 */
export async function updateSettings(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  change: SettingsChange,
): Promise<{ enterpriseId: string }> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as SettingsChange;
  if (Object.keys(given).length === 0)
    throw new Refusal('INVALID_INPUT', 'Name at least one setting to change.', { path: ['input'] });
  checkNumbers(given);
  checkTexts(given);
  const { enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
    if (given.timeZone !== undefined) await requireTimeZone(tx, given.timeZone);
    await tx.$queryRaw`SELECT 1 FROM enterprise WHERE id = ${enterpriseId}::uuid FOR UPDATE`;
    const before = await tx.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } });
    await tx.enterprise.update({ where: { id: enterpriseId }, data: given });
    await recordAudit(app, tx, caller, {
      action: 'updateSettings',
      subject: { type: 'Enterprise', id: enterpriseId },
      detail: {
        before: Object.fromEntries(Object.keys(given).map((name) => [name, before[name as keyof SettingsChange]])),
        after: { ...given },
      },
    });
    // Who is queued may have found room.
    if (given.customerLimit !== undefined || given.successorInactiveDays !== undefined) tx.wakeAfterCommit();
    return { enterpriseId };
  });
}

function checkNumbers(given: SettingsChange): void {
  for (const [name, [least, most]] of Object.entries(settingLimits)) {
    const value = given[name as keyof typeof settingLimits];
    if (value == null || (value >= least && value <= most)) continue;
    throw refused(name, `${name} must be from ${least} to ${most}, got ${value}.`);
  }
}

function checkTexts(given: SettingsChange): void {
  for (const name of textSettings) {
    const text = given[name];
    if (typeof text !== 'string' || (text.trim() !== '' && text.length <= textLimit)) continue;
    throw refused(name, `${name} must have 1 to ${textLimit} characters, or be null for the default.`);
  }
}

/** Throws for a name that this process or the database does not know: both reckon with it. */
async function requireTimeZone(tx: Tx, name: string): Promise<void> {
  const rows = isTimeZone(name)
    ? await tx.$queryRaw<unknown[]>`SELECT 1 FROM pg_timezone_names WHERE lower(name) = lower(${name}) LIMIT 1`
    : [];
  if (rows.length > 0) return;
  throw refused('timeZone', `${name} is not a time zone. Take a name of the IANA database, as Asia/Shanghai or UTC.`);
}

function isTimeZone(name: string): boolean {
  // An offset is no name: the database reads "+08:00" as eight hours west of Greenwich.
  if (!/^[A-Z]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function refused(name: string, message: string): Refusal {
  return new Refusal('INVALID_INPUT', message, { path: ['input', name] });
}

/** Throws CUSTOMER_CONTACT_DISABLED while the enterprise has customer contact switched off. */
export async function requireCustomerContact(tx: Tx, enterpriseId: string): Promise<void> {
  const enterprise = await tx.enterprise.findUniqueOrThrow({
    where: { id: enterpriseId },
    select: { customerContactEnabled: true },
  });
  if (enterprise.customerContactEnabled) return;
  throw new Refusal(
    'CUSTOMER_CONTACT_DISABLED',
    'Customer contact is switched off for this enterprise. Switch it on with updateSettings(customerContactEnabled: true) first.',
  );
}
