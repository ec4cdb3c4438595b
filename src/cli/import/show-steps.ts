import { Listr } from 'listr2';
import type { RunSteps, Step } from './steps.js';

const plainEveryMs = 5_000;
const spinnerEveryMs = 100;

/** Shows steps as they go: spinners where a person watches, plain lines where a log is written. */
export function showSteps(output: NodeJS.WriteStream): RunSteps {
  return output.isTTY ? onTerminal : (steps) => inLines(steps, (line) => output.write(`${line}\n`));
}

async function onTerminal(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map((step) => ({
    title: step.title,
    task: async (_: unknown, task: { title: string; output: string }) => {
      const tell = every(spinnerEveryMs, (progress) => (task.output = progress));
      task.title = `${step.title}: ${await step.run(tell)}`;
    },
  }));
  // Without its own copy of a failure: the command prints the message.
  const rendererOptions = { showErrorMessage: false };
  await new Listr(tasks, { concurrent: false, exitOnError: true, rendererOptions }).run();
}

async function inLines(steps: readonly Step[], print: (line: string) => void): Promise<void> {
  for (const step of steps) {
    const tell = every(plainEveryMs, (progress) => print(`${step.title}: ${progress} ...`));
    print(`${step.title}: ${await step.run(tell)}`);
  }
}

/** Passes on at most one call in so many milliseconds, the first one after that time. */
function every(ms: number, call: (progress: string) => void): (progress: string) => void {
  let last = performance.now();
  return (progress) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    call(progress);
  };
}
