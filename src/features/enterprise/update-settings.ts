import { recordAudit } from '../../platform/events/audit.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import type { Language } from '../../generated/prisma/enums.js';

/** The settings that an administrator may change; what is left out stays. */
export interface SettingsChange {
  readonly customerContactEnabled?: boolean;
  readonly archiveEnabled?: boolean;
  readonly language?: Language;
  readonly waitHours?: number;
  readonly inheritanceDays?: number;
  readonly successorInactiveDays?: number;
  readonly customerLimit?: number;
  readonly travelTags?: boolean;
  readonly travelRemark?: boolean;
  readonly travelDescription?: boolean;
  readonly travelArchive?: boolean;
  /** Null: back to the default text of the language. */
  readonly completedText?: string | null;
}

/** Least and greatest value of each number, with its unit in the name. */
export const settingLimits = {
  waitHours: [0, 24 * 30],
  inheritanceDays: [1, 3650],
  successorInactiveDays: [1, 3650],
  customerLimit: [1, 10_000_000],
} as const satisfies Partial<Record<keyof SettingsChange, readonly [number, number]>>;

export const textLimit = 500;

/**
 * Changes settings of the caller's enterprise. Running transfers keep what they began with.
 *
 * Refuses INVALID_INPUT for a number out of its range or a text that is empty or too long; then nothing is changed.
 */
export async function updateSettings(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  change: SettingsChange,
): Promise<{ enterpriseId: string }> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as SettingsChange;
  if (Object.keys(given).length === 0) {
    throw new Refusal('INVALID_INPUT', 'Name at least one setting to change.', { path: ['input'] });
  }
  for (const [name, [least, most]] of Object.entries(settingLimits)) {
    const value = given[name as keyof typeof settingLimits];
    if (value !== undefined && (value < least || value > most)) {
      throw new Refusal('INVALID_INPUT', `${name} must be from ${least} to ${most}, got ${value}.`, {
        path: ['input', name],
      });
    }
  }
  const text = given.completedText;
  if (typeof text === 'string' && (text.trim() === '' || text.length > textLimit)) {
    throw new Refusal(
      'INVALID_INPUT',
      `completedText must have 1 to ${textLimit} characters, or be null for the default.`,
      {
        path: ['input', 'completedText'],
      },
    );
  }
  const { enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
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
    return { enterpriseId };
  });
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
