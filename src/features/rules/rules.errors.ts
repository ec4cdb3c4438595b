import { Refusal } from '../../platform/errors.js';

/** Most of each; texts in characters. */
export const limits = { rules: 100, successors: 100, name: 100, note: 1000, weight: 1000 } as const;

/** What the default assignment is called; no other rule may be. */
export const defaultName = 'Default assignment';

export const ruleErrorCodes = {
  RULE_LIMIT: `There are ${limits.rules} assignment rules, the most there may be. Delete one, or join two with \`or\`.`,
  DEFAULT_ASSIGNMENT_KEPT:
    'The default assignment stays: it is the last one, always on, and holds for everybody. Change it with setDefaultAssignment.',
} as const;

/** The default assignment cannot be treated as any other rule. */
export function defaultKept(...path: string[]): Refusal {
  return new Refusal('DEFAULT_ASSIGNMENT_KEPT', ruleErrorCodes.DEFAULT_ASSIGNMENT_KEPT, { path: ['input', ...path] });
}

/** Also the answer about what is another company's. */
export function noSuch(what: string, ...path: string[]): Refusal {
  return new Refusal('NOT_FOUND', `There is no such ${what}.`, { path: ['input', ...path] });
}

/** A value that cannot be; the message says what can. */
export function invalid(message: string, ...path: string[]): Refusal {
  return new Refusal('INVALID_INPUT', message, { path: ['input', ...path] });
}
