import type { BadRow } from './read-rows.js';

/** A department's row as far as the tree goes. */
export interface Branch {
  readonly number: number;
  readonly line: number;
  readonly key: string;
  /** Null: the file does not say; the department stays where it is. */
  readonly parent: string | null;
}

/**
 * Finds the rows whose parent is not there, or who would be their own ancestor. `existing` are the enterprise's
 * departments and their parents. Parents may come after their children.
 */
export function findLooseBranches(
  branches: readonly Branch[],
  existing: ReadonlyMap<string, string | null>,
): { number: number; bad: BadRow }[] {
  const given = new Map(branches.map((branch) => [branch.key, branch]));
  const verdicts = new Map<string, string | null>();

  // Why a department cannot stand where it is said to; null when it can.
  const judge = (start: string): string | null => {
    const path: string[] = [];
    let key: string | null = start;
    let verdict: string | null = null;
    while (key !== null) {
      if (verdicts.has(key)) {
        verdict = verdicts.get(key) === null ? null : `the parent "${key}" was left out itself`;
        break;
      }
      const from = path.indexOf(key);
      if (from !== -1) {
        const circle = path.splice(from);
        for (const each of circle)
          verdicts.set(each, `the department would be its own parent: ${[...circle, key].join(' → ')}`);
        verdict = `the parent "${key}" was left out itself`;
        break;
      }
      const branch: Branch | undefined = given.get(key);
      if (!branch && !existing.has(key)) {
        verdict = `there is no department "${key}", neither in this file nor in the enterprise`;
        break;
      }
      path.push(key);
      key = branch?.parent ?? existing.get(key) ?? null;
    }
    for (const each of path.reverse()) {
      verdicts.set(each, verdict);
      if (verdict !== null) verdict = `the parent "${each}" was left out itself`;
    }
    return verdicts.get(start) ?? null;
  };

  return branches.flatMap(({ number, line, key }) => {
    const reason = judge(key);
    return reason === null ? [] : [{ number, bad: { file: 'departments.csv', line, column: 'parent_id', reason } }];
  });
}
