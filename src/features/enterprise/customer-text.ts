import type { Language } from '../../generated/prisma/enums.js';

/** What a text may name, as `{leaver}`; anything else in braces stays as it is. */
export interface TextValues {
  readonly leaver: string;
  readonly successor: string;
  readonly contact: string;
  readonly enterprise: string;
  readonly hours: number;
}

const defaults: Readonly<Record<Language, { readonly scheduled: string; readonly completed: string }>> = {
  ZH: {
    scheduled:
      '由于工作变更，{leaver} 的工作将由 {successor} 接替，{hours} 小时后自动添加为您的联系人，您也可以选择暂不添加。',
    completed: '您好，您的服务人员已变更为 {successor}（{contact}），将继续为您服务。',
  },
  EN: {
    scheduled:
      'Due to a change of duties, {successor} will take over from {leaver} and becomes your contact in {hours} hours. You may decline.',
    completed: 'Hello, your contact is now {successor} ({contact}), who will be glad to go on serving you.',
  },
};

/** The enterprise's own text for a moment, or the default of its language. */
export function customerText(
  enterprise: {
    readonly language: Language;
    readonly scheduledText: string | null;
    readonly completedText: string | null;
  },
  moment: 'scheduled' | 'completed',
): string {
  return enterprise[`${moment}Text`] ?? defaults[enterprise.language][moment];
}

/** Puts the values in place of `{leaver} {successor} {contact} {enterprise} {hours}`, in one pass: a name that holds braces stays a name. */
export function renderText(text: string, values: TextValues): string {
  return text.replace(/\{(leaver|successor|contact|enterprise|hours)\}/g, (_match, name: keyof TextValues) =>
    String(values[name]),
  );
}
