import { Prisma } from '../../generated/prisma/client.js';
import type { CustomerKind } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { allOf, combined, textConditions, type Combinable, type TextCondition } from '../../platform/db/conditions.js';
import { keyset, microsOf, type Direction, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { CustomerRow } from './customer-row.js';
import type { Sight, View } from './customers.policy.js';
import { servingWithin } from './sight.store.js';

/** Which customers. It is JSON, and its ids are UUIDs. */
export interface CustomerFilter extends Combinable<CustomerFilter> {
  readonly name?: TextCondition;
  readonly externalUserId?: TextCondition;
  readonly region?: TextCondition;
  readonly city?: TextCondition;
  readonly businessType?: TextCondition;
  readonly kind?: CustomerKind;
  /** Null: a member of whom the reader may not know; holds for nobody. */
  readonly servedBy?: string | null;
}

/** What customers may be sorted by; the id breaks ties. */
export type CustomerOrderField = 'NAME' | 'CREATED_AT';

/** How a list of customers is sorted. */
export interface CustomerOrder {
  readonly field: CustomerOrderField;
  readonly direction: Direction;
}

const id: SortKey = { expression: Prisma.sql`c.id`, kind: 'id' };

/** The sort expressions of each order; the id breaks ties. */
export const customerKeys: Record<CustomerOrderField, readonly SortKey[]> = {
  NAME: [{ expression: Prisma.sql`c.name`, kind: 'text' }, id],
  CREATED_AT: [{ expression: Prisma.sql`c.created_at`, kind: 'instant' }, id],
};

/** The values of those expressions in a row: what a cursor holds. */
export function customerSortValues(field: CustomerOrderField, row: CustomerRow): readonly (string | number)[] {
  return [field === 'NAME' ? row.name : row.createdAt, row.id];
}

/** A page of the customers that the view shows, and one row more, in reading direction. */
export function listCustomers(
  app: Pick<App, 'db'>,
  list: {
    readonly view: View;
    readonly filter: CustomerFilter | null;
    readonly order: CustomerOrder;
    readonly page: KeysetPage;
  },
): Promise<CustomerRow[]> {
  const { beyond, order, limit } = keyset(customerKeys[list.order.field], list.order.direction, list.page);
  return selectCustomers(
    app,
    Prisma.sql`${allOf([...visible(list.view), ...matching(list.view, list.filter), beyond])} ORDER BY ${order} LIMIT ${limit}`,
  );
}

/** How many customers the view shows, of those the filter holds for. */
export async function countCustomers(
  app: Pick<App, 'db'>,
  { view, filter }: { readonly view: View; readonly filter: CustomerFilter | null },
): Promise<number> {
  const [counted] = await app.db.query<{ count: number }>(Prisma.sql`
    SELECT count(*) AS count FROM customer c WHERE ${allOf([...visible(view), ...matching(view, filter)])}`);
  return counted?.count ?? 0;
}

/** The customers with these ids that the view shows, in no order. */
export function loadCustomers(app: Pick<App, 'db'>, view: View, ids: readonly string[]): Promise<CustomerRow[]> {
  return selectCustomers(app, allOf([...visible(view), Prisma.sql`c.id = ANY(${[...ids]}::uuid[])`]));
}

/** The customer of this name in the company's own books, if the view shows them. */
export async function findCustomer(
  app: Pick<App, 'db'>,
  view: View,
  externalUserId: string,
): Promise<CustomerRow | null> {
  // PostgreSQL takes no NUL, so nobody is called that.
  if (externalUserId.includes('\0')) return null;
  const where = allOf([...visible(view), Prisma.sql`c.external_user_id = ${externalUserId}`]);
  return (await selectCustomers(app, where))[0] ?? null;
}

function selectCustomers(app: Pick<App, 'db'>, where: Prisma.Sql): Promise<CustomerRow[]> {
  return app.db.query<CustomerRow>(Prisma.sql`
    SELECT c.id, c.external_user_id AS "externalUserId", c.name, c.kind::text AS kind, c.corp_name AS "corpName", c.region,
           c.city, c.business_type AS "businessType", ${microsOf(Prisma.sql`c.created_at`)} AS "createdAt"
    FROM customer c WHERE ${where}`);
}

/** The condition on customers `c` that a view shows. */
export function visibleCustomers(view: View): Prisma.Sql {
  return allOf(visible(view));
}

function visible({ enterpriseId, sight }: View): Prisma.Sql[] {
  const own = Prisma.sql`c.enterprise_id = ${enterpriseId}::uuid`;
  if (sight.kind === 'ALL') return [own];
  if (sight.kind === 'OF_CUSTOMER') return [own, Prisma.sql`c.id = ${sight.customerId}::uuid`];
  return [own, served(enterpriseId, servingWithin(sight, Prisma.sql`v.member_id`))];
}

function matching({ enterpriseId, sight }: View, filter: CustomerFilter | null): Prisma.Sql[] {
  if (filter === null) return [];
  return [
    combined(filter, (own) => [
      ...textConditions(Prisma.sql`c.name`, own.name),
      ...textConditions(Prisma.sql`c.external_user_id`, own.externalUserId),
      ...textConditions(Prisma.sql`c.region`, own.region),
      ...textConditions(Prisma.sql`c.city`, own.city),
      ...textConditions(Prisma.sql`c.business_type`, own.businessType),
      ...(own.kind === undefined ? [] : [Prisma.sql`c.kind = ${own.kind}::"CustomerKind"`]),
      ...(own.servedBy === undefined
        ? []
        : [own.servedBy === null ? Prisma.sql`FALSE` : servedBy(enterpriseId, sight, own.servedBy)]),
    ]),
  ];
}

function servedBy(enterpriseId: string, sight: Sight, memberId: string): Prisma.Sql {
  return served(enterpriseId, [
    Prisma.sql`v.member_id = ${memberId}::uuid`,
    // A customer asks about those who serve them; whom they see is decided by the customer's row.
    ...(sight.kind === 'OF_DEPARTMENTS' ? servingWithin(sight, Prisma.sql`v.member_id`) : []),
  ]);
}

function served(enterpriseId: string, by: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM relation v
    WHERE ${allOf([
      Prisma.sql`v.enterprise_id = ${enterpriseId}::uuid`,
      Prisma.sql`v.customer_id = c.id`,
      Prisma.sql`v.status = 'ACTIVE'`,
      ...by,
    ])})`;
}
