/** A part of a long work, with a name for people. */
export interface Step {
  readonly title: string;
  /** `tell` takes how far it is, in a few words; the answer is what came of it. */
  run(tell: (progress: string) => void): Promise<string>;
}

/** Runs the steps one after the other and shows them somehow. Throws what a step throws. */
export type RunSteps = (steps: readonly Step[]) => Promise<void>;

/** Runs the steps and shows nothing. */
export const runQuietly: RunSteps = async (steps) => {
  for (const step of steps) await step.run(() => undefined);
};
