/** A time that a statement answered in microseconds, as the DateTime scalar takes it. Null stays null. */
export function instant(micros: number): Date;
export function instant(micros: number | null): Date | null;
export function instant(micros: number | null): Date | null {
  return micros === null ? null : new Date(Math.floor(micros / 1000));
}
