const waiting: (() => void)[] = [];
let due: NodeJS.Immediate | undefined;

function letOneGo(): void {
  waiting.shift()?.();
  due = waiting.length > 0 ? setImmediate(letOneGo) : undefined;
}

/**
 * A turn on the process's one thread, for who has much to do and nothing to wait for: ask for one after a piece of it.
 * Between any two turns everything else that has happened meanwhile is served, so a burst for some delays nobody else by
 * more than a piece.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    due ??= setImmediate(letOneGo);
  });
}

/** Lets only so many of these run at once; the others wait in the order in which they came. */
export function fewAtOnce(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    // Whoever ends hands their place on, so that nobody takes it in between.
    if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}

const longestRestMs = 100;

/**
 * Lets one of these run at a time, in the order in which they came, and rests after each for so many times as long as it took, at
 * most for 100 ms: what is large and can wait takes no more than its share of the process, and of whatever answers it.
 */
export function oneAtATime({ restFor }: { restFor: number }): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let rested: Promise<unknown> = Promise.resolve();
  return (work) => {
    let began = 0;
    const done = rested.then(() => {
      began = performance.now();
      return work();
    });
    const rest = () =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, Math.min(restFor * (performance.now() - began), longestRestMs)).unref();
      });
    rested = done.then(rest, rest);
    return done;
  };
}
