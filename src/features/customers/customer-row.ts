import type { CustomerKind } from '../../generated/prisma/enums.js';

/** A customer as lists carry them. `createdAt` is in microseconds. */
export interface CustomerRow {
  readonly id: string;
  readonly externalUserId: string;
  readonly name: string;
  readonly kind: CustomerKind;
  readonly corpName: string | null;
  readonly region: string | null;
  readonly city: string | null;
  readonly businessType: string | null;
  readonly createdAt: number;
}
