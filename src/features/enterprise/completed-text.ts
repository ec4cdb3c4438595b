import type { Language } from '../../generated/prisma/enums.js';

/** What a text may name, as `{leaver}`; anything else in braces stays as it is. */
export interface TextValues {
  readonly leaver: string;
  readonly successor: string;
  readonly contact: string;
  readonly enterprise: string;
  readonly hours: number;
}

const defaults: Readonly<Record<Language, string>> = {
  ZH: '您好，您的服务人员已变更为 {successor}（{contact}），将继续为您服务。',
  EN: 'Hello, your contact is now {successor} ({contact}), who will be glad to go on serving you.',
};

/** What a customer reads after a takeover: the enterprise's own text, or the default of its language. */
export function completedText(enterprise: {
  readonly language: Language;
  readonly completedText: string | null;
}): string {
  return enterprise.completedText ?? defaults[enterprise.language];
}

/** Puts the values in place of `{leaver} {successor} {contact} {enterprise} {hours}`, in one pass: a name that holds braces stays a name. */
export function renderText(text: string, values: TextValues): string {
  return text.replace(/\{(leaver|successor|contact|enterprise|hours)\}/g, (_match, name: keyof TextValues) =>
    String(values[name]),
  );
}
