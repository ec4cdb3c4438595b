import type { AssignmentNotificationEvent } from '../../client/baton-client.js';

type Notification = Extract<AssignmentNotificationEvent, { __typename: 'AssignmentNotification' }>;

/** A notification as a successor reads it in a terminal: when and what, and below it the handover note. */
export function describeNotification(event: AssignmentNotificationEvent, colours: boolean): string {
  const styled = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim] = [styled(1), styled(2)];
  if (event.__typename === 'ResyncRequired') return bold(`Some notifications may be missing. ${event.message}`);
  const at = dim(timeOf(new Date(event.createdAt)));
  const note = event.note === '' ? '' : `\n${plain(event.note).replace(/^/gm, ' '.repeat(21))}`;
  return `${at}  ${bold(whatOf(event))}${note}`;
}

function whatOf(event: Notification): string {
  const leaver = oneLine(event.leaverName);
  const successor = oneLine(event.successorName) || 'their successors';
  const customers = `${count(event.customerCount, 'customer')} of ${leaver}`;
  const groups = `${count(event.groupCount, 'customer group')} of ${leaver}`;
  const whole = `The handover from ${leaver}`;
  switch (event.type) {
    case 'CUSTOMERS_SCHEDULED':
      return `${customers} will come to you, unless they decline.`;
    case 'CUSTOMERS_ASSIGNED':
      return `${customers} came to you.`;
    case 'CUSTOMERS_REFUSED':
      return `${customers} declined, and do not come to you.`;
    case 'CUSTOMERS_CANCELLED':
      return `${customers} do not come to you as scheduled.`;
    case 'CUSTOMERS_UNDONE':
      return `${customers} went back.`;
    case 'CUSTOMERS_RETURNED':
      return `${customers} came back to you from ${successor}.`;
    case 'GROUPS_ASSIGNED':
      return `${groups} came to you.`;
    case 'GROUPS_UNDONE':
      return `${groups} went back.`;
    case 'GROUPS_RETURNED':
      return `${groups} came back to you from ${successor}.`;
    case 'APPROVAL_REQUESTED':
      return `${whole} waits for your approval.`;
    case 'TRANSFER_APPROVED':
      return `${whole} was approved.`;
    case 'TRANSFER_DISAPPROVED':
      return `${whole} was disapproved.`;
    default:
      // A later version of the API tells of more.
      return `${event.type as string}: ${customers}.`;
  }
}

/** Without control characters: whoever writes a note must not command the reader's terminal. */
function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '');
}

function oneLine(text: string): string {
  return plain(text).replaceAll('\n', ' ');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** In the reader's own time zone, 19 characters. */
function timeOf(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
