import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take half a minute and more. Of two workers, one would wait for the other that came upon them last: a minute and more. */
const longest = [
  'test/attack/bad-starts.test.ts',
  'test/model/model.test.ts',
  'test/attack/stop-mid-mutation.test.ts',
  'test/cli/commands.test.ts',
  'test/cli/simulate.test.ts',
  'test/attack/races-life.test.ts',
  'test/attack/races-undo.test.ts',
  'test/attack/kill.test.ts',
  'test/api/foreign-ids.test.ts',
  'test/cli/audit.test.ts',
  'test/api/role-matrix.test.ts',
  'test/cli/import-killed.test.ts',
  'test/attack/stops.test.ts',
  'test/features/inbox/order.test.ts',
];

/** Runs the longest test files first, and the others as vitest orders them. A fresh clone has no times of an earlier run to go by. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((file) => moduleId.endsWith(file));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
