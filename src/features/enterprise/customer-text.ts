import type { Language, TransferKind } from '../../generated/prisma/enums.js';

/** What a text may name, as `{leaver}`; anything else in braces stays as it is. */
export interface TextValues {
  readonly leaver: string;
  readonly successor: string;
  readonly contact: string;
  readonly enterprise: string;
  readonly hours: number;
  /** Name of the group; only in what is said to a group. */
  readonly group?: string;
}

/** What a customer is told of: a takeover to come, done, called off or taken back; a group with another owner, or given back. */
export type Moment =
  'scheduled' | 'completed' | 'cancelled' | 'contactEnded' | 'undone' | 'groupOwnerChanged' | 'groupReturned';

/** An enterprise's own texts; null: the default of its language. */
export interface OwnTexts {
  readonly language: Language;
  readonly scheduledText: string | null;
  readonly completedText: string | null;
  readonly onJobScheduledText: string | null;
  readonly onJobCompletedText: string | null;
}

const both = (text: string) => ({ RESIGNED: text, ON_JOB: text });

const defaults: Readonly<Record<Language, Readonly<Record<Moment, Readonly<Record<TransferKind, string>>>>>> = {
  ZH: {
    scheduled: {
      RESIGNED:
        '由于工作变更，{leaver} 的工作将由 {successor} 接替，{hours} 小时后自动添加为您的联系人，您也可以选择暂不添加。',
      ON_JOB:
        '{leaver} 的工作有所调整，后续将由 {successor} 为您服务，{hours} 小时后自动添加为您的联系人，您也可以选择继续由 {leaver} 服务。',
    },
    completed: {
      RESIGNED: '您好，您的服务人员已变更为 {successor}（{contact}），将继续为您服务。',
      ON_JOB: '您好，{leaver} 的工作有所调整，您的服务人员已变更为 {successor}（{contact}），将继续为您服务。',
    },
    cancelled: {
      RESIGNED: '您好，由 {successor} 接替的安排已取消，我们会另行通知您新的服务人员。',
      ON_JOB: '您好，由 {successor} 接替的安排已取消，{leaver} 将继续为您服务。',
    },
    contactEnded: both('您好，由 {successor} 接替的安排已取消：您与 {leaver} 的联系已结束。'),
    undone: {
      RESIGNED: '您好，由 {successor} 接替的安排已撤回，我们会另行通知您新的服务人员。',
      ON_JOB: '您好，由 {successor} 接替的安排已撤回，{leaver} 将继续为您服务。',
    },
    groupOwnerChanged: both('您好，群聊“{group}”的群主已变更为 {successor}（{contact}）。'),
    groupReturned: {
      RESIGNED: '您好，群聊“{group}”的群主已恢复为 {leaver}，我们会另行通知您新的群主。',
      ON_JOB: '您好，群聊“{group}”的群主已恢复为 {leaver}（{contact}）。',
    },
  },
  EN: {
    scheduled: {
      RESIGNED:
        'Hello, {leaver} is moving on, and {successor} ({contact}) takes over. In {hours} hours {successor} becomes your contact by itself; you may also decline.',
      ON_JOB:
        'Hello, {leaver} takes on other work, and {successor} ({contact}) will look after you. In {hours} hours {successor} becomes your contact by itself; you may also decline and stay with {leaver}.',
    },
    completed: {
      RESIGNED: 'Hello, your contact is now {successor} ({contact}), who will be glad to go on serving you.',
      ON_JOB:
        'Hello, {leaver} has taken on other work. Your contact is now {successor} ({contact}), who will be glad to go on serving you.',
    },
    cancelled: {
      RESIGNED: 'Hello, {successor} will not take over after all. We will tell you who does.',
      ON_JOB: 'Hello, {successor} will not take over after all. {leaver} goes on serving you.',
    },
    contactEnded: both('Hello, {successor} will not take over: your contact with {leaver} has ended.'),
    undone: {
      RESIGNED: 'Hello, the change to {successor} has been taken back. We will tell you who takes over.',
      ON_JOB: 'Hello, the change to {successor} has been taken back. {leaver} goes on serving you.',
    },
    groupOwnerChanged: both('Hello, the group "{group}" is now looked after by {successor} ({contact}).'),
    groupReturned: {
      RESIGNED:
        'Hello, the group "{group}" belongs to {leaver} again for now. We will tell you who looks after it next.',
      ON_JOB: 'Hello, the group "{group}" is looked after by {leaver} ({contact}) again.',
    },
  },
};

/** What a customer reads at this moment of a transfer of this kind: the enterprise's own text, or the default of its language. */
export function customerText(enterprise: OwnTexts, kind: TransferKind, moment: Moment): string {
  return ownText(enterprise, kind, moment) ?? defaults[enterprise.language][moment][kind];
}

function ownText(enterprise: OwnTexts, kind: TransferKind, moment: Moment): string | null {
  if (moment === 'scheduled') return kind === 'ON_JOB' ? enterprise.onJobScheduledText : enterprise.scheduledText;
  if (moment === 'completed') return kind === 'ON_JOB' ? enterprise.onJobCompletedText : enterprise.completedText;
  return null;
}

/** Puts the values in place of the placeholders, in one pass: a name that holds braces stays a name. */
export function renderText(text: string, values: TextValues): string {
  return text.replace(/\{(leaver|successor|contact|enterprise|hours|group)\}/g, (all, name: keyof TextValues) =>
    String(values[name] ?? all),
  );
}
