import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { once } from '../../platform/idempotency.js';
import { lockToResign, planResignation } from '../members/members.js';
import { resignAndHandOver } from './resign-and-hand-over.js';
import { submitTimeoutMs as timeoutMs } from './submit-transfer.js';

/** Who leaves, when, and whether the rules choose at once who takes over. */
export interface Resignation {
  readonly memberId: string;
  /** In the past; left out, now. */
  readonly resignedAt?: Date | null;
  /** The planned last day, as YYYY-MM-DD: until it is over the member stays. */
  readonly lastDay?: string | null;
  /** Left out: as the enterprise's autoAssignOnResignation says. */
  readonly autoAssign?: boolean | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Marks a member as having left, and where that is wanted hands all their customers and groups over by the rules, in one
 * transaction. Or plans their last day, and leaves both to `resignDue`.
 *
 * `transferId` is null where nothing was asked for or there was nothing to hand over. Refuses NOT_FOUND, ALREADY_RESIGNED,
 * LAST_ADMINISTRATOR, INVALID_INPUT for a time to come or a day that is over, and with autoAssign whatever would refuse the
 * transfer: then nobody resigns. Where only the setting wants it, they resign all the same, and the audit says why not.
 */
export async function resignMember(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: Resignation,
): Promise<{ memberId: string; transferId: string | null }> {
  const { memberId, lastDay, idempotencyKey: key } = input;
  const autoAssign = input.autoAssign ?? null;
  const now = app.clock.now();
  const resignedAt = input.resignedAt ?? now;
  requireOneTime(input, now);
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, { key, operation: 'resignMember', arguments: input }, async () => {
        if (lastDay != null) {
          await planResignation(app, tx, caller, { memberId, lastDay, autoAssign });
          return { memberId, transferId: null };
        }
        const member = await lockToResign(tx, caller.actor, memberId);
        const whenRefused = autoAssign === true ? 'REFUSE' : 'RESIGN';
        const transferId = await resignAndHandOver(app, tx, caller, member, { resignedAt, autoAssign, whenRefused });
        return { memberId, transferId };
      }),
    { timeoutMs },
  );
}

function requireOneTime({ resignedAt, lastDay }: Resignation, now: Date): void {
  if (resignedAt && lastDay != null) {
    throw new Refusal('INVALID_INPUT', 'Give resignedAt for one who has left, or lastDay for one who will, not both.', {
      path: ['input', 'lastDay'],
    });
  }
  if (resignedAt && resignedAt > now) {
    throw new Refusal('INVALID_INPUT', 'resignedAt must not be in the future. Leave it out for now, or give lastDay.', {
      path: ['input', 'resignedAt'],
    });
  }
}
