import fc, { type AsyncCommand } from 'fast-check';
import { expect } from 'vitest';
import type { Company } from './company.js';
import { audit, type World } from './world.js';

/** What somebody does: to the model, which answers what is to come of it, and to the application. */
export interface Deed {
  /** What it is, in the model's names: what a failure prints. */
  readonly says: string;
  /** Does it by the rules. Answers the code of the refusal that is due, null for none. */
  readonly model: (world: World) => string | null;
  /** Does it to the application. Answers the code of the refusal there was. */
  readonly real: (company: Company, world: World) => Promise<string | null>;
  /** Time stands where it puts it: no moment passes after it. */
  readonly setsClock?: boolean;
}

/**
 * A step of a run: the deed is chosen when its turn comes, among who is there by then. After it the database must be
 * what the model says; after a refusal that is what it was before.
 */
export class Step implements AsyncCommand<World, Company> {
  constructor(
    readonly kind: string,
    readonly choose: (world: Readonly<World>) => Deed | null,
  ) {}

  check(world: Readonly<World>): boolean {
    return this.choose(world) !== null;
  }

  async run(world: World, company: Company): Promise<void> {
    const deed = this.choose(world);
    if (!deed) throw new Error('A step whose turn has come must have something to do.');
    world.story.push(`${new Date(world.now).toISOString()} ${deed.says}`);
    const due = deed.model(world);
    const was = await deed.real(company, world);
    if (was !== null) world.story.push(`  refused: ${was}`);
    expect(was).toBe(due);
    company.follow(world);
    // Time alone changes nothing: the next step would show it.
    if (!deed.setsClock) await company.mustBe(world);
    // No two steps happen in the same moment, so that what is ordered by time has one order.
    if (!deed.setsClock) world.now += 1;
    company.follow(world);
    stepsTaken.count += 1;
  }

  toString(): string {
    return this.kind;
  }
}

/** How many steps all runs took together. */
export const stepsTaken = { count: 0 };

/** Who or what a step is about, counted around among those who are there by then. */
export const place = fc.nat(1000);

/** The model refuses: only the refusal itself is noted. Answers the code. */
export function refuse(world: World, action: string, code: string): string {
  audit(world, `${action} REFUSED ${code}`);
  return code;
}
