import { describe, expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup } from '../../support/seed.js';
import { transferCustomers } from './begin.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

describe('the counts of a transfer', () => {
  test('a successor who is full by the time of the takeover is counted as that, and the list finds the customer by it', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const { enterpriseId, admin, leaver, ana } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const transferId = await transferCustomers(baton, story, { groups: { all: true } });
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    baton.clock.advance(1);
    await baton.app.settle();

    const { data } = await baton.ask(
      admin.token,
      `query ($id: ID!) {
        transfer(id: $id) {
          status
          counts { total waiting completed rejected refused cancelled successorFull failed undone }
          full: items(filter: { status: [SUCCESSOR_FULL] }) { totalCount nodes { status reason wecomCode customer { name } } }
          some: items(filter: { status: [SUCCESSOR_FULL, COMPLETED, COMPLETED] }) { totalCount nodes { position } }
          none: items(filter: { status: [REFUSED, CANCELLED, UNDONE, FAILED, WAITING] }) { totalCount nodes { position } }
        }
        member(userId: "leaver") {
          portfolio { customers groups waiting handedOver refused failed groupsWaiting groupsHandedOver }
        }
      }`,
      { id: transferId },
    );

    expect(data['transfer']).toEqual({
      status: 'COMPLETED_WITH_FAILURES',
      counts: {
        total: 3,
        waiting: 0,
        completed: 2,
        rejected: 0,
        refused: 0,
        cancelled: 0,
        successorFull: 1,
        failed: 0,
        undone: 0,
      },
      full: {
        totalCount: 1,
        nodes: [{ status: 'SUCCESSOR_FULL', reason: null, wecomCode: null, customer: { name: 'Customer 2' } }],
      },
      some: { totalCount: 3, nodes: [{ position: 0 }, { position: 1 }, { position: 2 }] },
      none: { totalCount: 0, nodes: [] },
    });
    expect(data['member']).toEqual({
      portfolio: {
        customers: 1,
        groups: 0,
        waiting: 0,
        handedOver: 1,
        refused: 0,
        failed: 0,
        groupsWaiting: 0,
        groupsHandedOver: 1,
      },
    });
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });
});
