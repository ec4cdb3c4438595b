/** Tells the time. Everything that decides by time asks a clock it was given, so that a test can be at any moment. */
export interface Clock {
  now(): Date;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => new Date() };
