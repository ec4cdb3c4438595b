import type { App } from '../../platform/app.js';
import type { TransferKind } from '../../generated/prisma/enums.js';
import { customerText, renderText, type Moment, type OwnTexts } from '../enterprise/enterprise.js';
import { contactOf } from '../members/members.js';

/** What must be known of a transfer to tell people about it. */
export interface Tellable {
  readonly kind: TransferKind;
  readonly leaverName: string;
  readonly waitHours: number;
  readonly customerMessage: string | null;
  readonly enterprise: OwnTexts & { readonly name: string };
  readonly successors: readonly {
    readonly id: string;
    readonly name: string;
    readonly mobile: string | null;
    readonly email: string | null;
  }[];
}

/** What is told of one successor's share of a transfer; a row as SQL takes it. */
export interface ToldShare {
  readonly fact_id: string;
  readonly audit_id: string;
  readonly successor_id: string;
  readonly successor_name: string;
  readonly contact: string;
  readonly customer_text: string;
}

/**
 * What is told of each successor's share at this moment, with the names and texts as they are now. A message of the
 * transfer's own stands in place of the text after the takeover.
 */
export function sharesOf(app: Pick<App, 'ids'>, transfer: Tellable, moment: Moment): ToldShare[] {
  const own = moment === 'completed' ? transfer.customerMessage : null;
  const text = own ?? customerText(transfer.enterprise, transfer.kind, moment);
  return transfer.successors.map((successor) => {
    const contact = contactOf(successor);
    return {
      fact_id: app.ids.next(),
      audit_id: app.ids.next(),
      successor_id: successor.id,
      successor_name: successor.name,
      contact,
      customer_text: renderText(text, {
        leaver: transfer.leaverName,
        successor: successor.name,
        contact,
        enterprise: transfer.enterprise.name,
        hours: transfer.waitHours,
      }),
    };
  });
}
