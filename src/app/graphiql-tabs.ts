import { encodeId } from '../graphql/ids.js';
import {
  administratorsQuery,
  approveMutation,
  archiveMutation,
  assignmentSubscription,
  auditQuery,
  byRulesQuery,
  cancelMutation,
  consentMutation,
  conversationMutation,
  declineMutation,
  grantMutation,
  groupsMutation,
  itemsQuery,
  lastDayMutation,
  noticeSubscription,
  poolQuery,
  previewQuery,
  progressSubscription,
  resignMutation,
  ruleMutation,
  rulesQuery,
  searchQuery,
  retryMutation,
  statisticsQuery,
  transferMutation,
  undoMutation,
} from './graphiql-operations.js';

/** A person of the sample company, as the tabs speak of them. */
export interface TabPerson {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

/** The people of the prepared story. */
export interface TabPeople {
  readonly administrator: TabPerson;
  readonly leaver: TabPerson;
  /** Where the leaver works. */
  readonly departmentId: string;
  readonly successors: readonly [TabPerson, ...TabPerson[]];
  readonly customer: TabPerson;
  /** Where the first successor's inbox, and the customer's, stand now. */
  readonly successorCursor: string;
  readonly customerCursor: string;
}

/** A tab as GraphiQL takes it; the operation's name is its title. */
export interface Tab {
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
}

/**
 * The tabs that tell the main job from the pool to the audit log. With people they run at a click. Without, where tokens
 * may not be given away, they say what to fill in.
 */
export function prepareTabs(people: TabPeople | null): Tab[] {
  const nameOf = (person: TabPerson | undefined, role: string) => (person ? `${person.name}, ${role}` : role);
  const administrator = nameOf(people?.administrator, 'an administrator');
  const successor = nameOf(people?.successors[0], 'a successor');
  const customer = nameOf(people?.customer, 'a customer');
  const leaver = people?.leaver.name ?? 'A member';
  const lastSuccessor = people?.successors.at(-1);

  const leaverId = people
    ? encodeId('Member', people.leaver.id)
    : '<id of the leaver: { members { nodes { id name } } }>';
  const successorIds = people
    ? people.successors.map(({ id }) => encodeId('Member', id))
    : ['<ids of one to 100 successors>'];
  const handover = {
    leaverId,
    selection: { all: true },
    successorIds,
    note: 'Call them within a week. The open offers are in the folder of each customer.',
    customerMessage: 'Your contact has changed. Nothing to do for you: we go on where we were.',
  };

  const tab = (by: TabPerson | undefined, story: string, operation: string, variables?: object): Tab => ({
    query: `${commented(by ? story : `${story} Put "Bearer " and a token (npm run token) under "Headers".`)}\n${operation.trim()}\n`,
    variables: variables ? JSON.stringify(variables, null, 2) : '',
    headers: JSON.stringify({ authorization: by ? `Bearer ${by.token}` : '' }, null, 2),
  });

  return [
    tab(
      people?.administrator,
      `The pool: who has left and still holds customers. Asked by ${administrator}, whose token is under "Headers". ` +
        'Empty until somebody resigns: run the tab "Resign", then this one again.',
      poolQuery,
    ),
    tab(
      people?.administrator,
      `${leaver} leaves the company. The customers are the company's, and wait in the pool. ` +
        'Expected failures are answered as userErrors with a code: run it twice to see one.',
      resignMutation,
      { input: { memberId: leaverId } },
    ),
    tab(
      people?.administrator,
      `Somebody leaves in a month: until then they work on, and when the day is over the assignment rules hand everything over. ` +
        'Run it with another day to move it; cancelResignation drops it. Without "lastDay" it happens at once.',
      lastDayMutation,
      {
        input: {
          memberId: lastSuccessor ? encodeId('Member', lastSuccessor.id) : '<id of a member>',
          lastDay: new Date(Date.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10),
          autoAssign: true,
        },
      },
    ),
    tab(
      people?.administrator,
      'What would happen, and why each customer goes where. Nothing is written. Try "strategy": "LEAST_LOADED", STICKY or ' +
        'MATCHING. With its digest as "expectedDigest", the transfer does this very plan, or refuses and says what changed.',
      previewQuery,
      { input: { leaverId, selection: { all: true }, successorIds, strategy: 'EVEN' } },
    ),
    tab(
      people?.administrator,
      'The transfer. Go to "SuccessorInbox" and "CustomerNotices" afterwards, or leave them running in a second window. ' +
        'The idempotencyKey makes a repetition harmless: it answers the same and does nothing. Instead of all, select by ' +
        '{"customerIds": ["…"]} or {"filter": {"businessType": {"eq": "catering"}}}.',
      transferMutation,
      { input: { ...handover, dryRun: false, idempotencyKey: 'graphiql-1' } },
    ),
    tab(
      people?.administrator,
      `The customer groups of ${leaver}. They go at once: a group has no waiting time. The new owner joins, and the customers ` +
        'in the group are told. "groups" of transferCustomers takes them along with the customers.',
      groupsMutation,
      { input: { leaverId, successorIds, selection: { all: true }, idempotencyKey: 'graphiql-groups-1' } },
    ),
    tab(
      people?.administrator,
      'How far a transfer is: its state at once, then each change, until it is finished. This page puts the id of the ' +
        'newest transfer for "newest"; your code takes the id that transferCustomers answered.',
      progressSubscription,
      { id: 'newest' },
    ),
    tab(
      people?.administrator,
      'Each customer and group of the newest transfer: where it stands, why it was refused, in which other transfer it waits, ' +
        'what did not go along. Filter by status, reason, kind or successor: {"status": ["REJECTED", "FAILED"]}.',
      itemsQuery,
      { id: 'newest', filter: {} },
    ),
    tab(
      people?.successors[0],
      `The inbox of ${successor}, live. It begins at the cursor "after": what came since is sent first, so start it before ` +
        'or after the transfer. Keep the cursor of the last one you handled and come back with it after any break: ' +
        'nothing is lost.',
      assignmentSubscription,
      people ? { after: people.successorCursor } : undefined,
    ),
    tab(
      people?.customer,
      `What ${customer} reads, live: who serves them from now on, and how to reach them. The token under "Headers" is ` +
        "the customer's, and opens nothing but their own notices.",
      noticeSubscription,
      people ? { after: people.customerCursor } : undefined,
    ),
    tab(
      people?.customer,
      `${customer} says no, while the waiting time runs: set waitHours with updateSettings, and hand over again. This page puts ` +
        'the id from the newest notice for "newest". In time it is refused, later it is TOO_LATE; acceptTakeover does not wait.',
      declineMutation,
      { input: { transferId: 'newest' } },
    ),
    tab(
      people?.administrator,
      'Calls off what still waits in the newest transfer. What has moved stays moved: the tab "Undo" takes that back.',
      cancelMutation,
      { input: { transferId: 'newest' } },
    ),
    tab(
      people?.administrator,
      'Lets the newest transfer begin, where it waits for a second administrator: one of a customer-contact administrator that hands ' +
        'over more than "approvalAbove", see updateSettings. Nobody is told before. disapproveTransfer stops it, with a "note".',
      approveMutation,
      { input: { transferId: 'newest' } },
    ),
    tab(
      people?.administrator,
      'Tries again what the newest transfer could not hand over, here or with other successors: "successorIds". When ' +
        'nothing is left to try, it says so.',
      retryMutation,
      { input: { transferId: 'newest' } },
    ),
    tab(
      people?.administrator,
      'Takes the newest transfer back, within the undoHours of the company: whatever nobody touched since. "kept" counts what ' +
        'stays, by what was touched.',
      undoMutation,
      { input: { transferId: 'newest' } },
    ),
    tab(
      people?.administrator,
      'A rule: who inherits which customers, of whoever leaves. The first enabled rule in order that holds takes a customer. Look at ' +
        '"warnings" in the answer. "condition" takes the same filter as lists do, and null for everybody.',
      ruleMutation,
      {
        input: {
          name: 'Quiet for a month',
          condition: { customers: { lastMessageAt: { olderThanDays: 30 } } },
          successors: people ? successorIds.map((memberId) => ({ memberId })) : [{ memberId: '<id of a member>' }],
          strategy: 'LEAST_LOADED',
          note: 'Not heard from for a month: call them first.',
          idempotencyKey: 'graphiql-rule-1',
        },
      },
    ),
    tab(
      people?.administrator,
      'The rules in their order, each in plain English, with what is wrong with it: successors who left, a condition that holds for ' +
        'nobody, an earlier rule that takes everybody. "condition" can be written back as it is read.',
      rulesQuery,
    ),
    tab(
      people?.administrator,
      'What the rules would do with all that the leaver holds: how many each takes, who gets them, and why. "byRules": true does it in ' +
        'transferCustomers, in place of "successorIds". Whom no rule takes stays in the pool, with the reason NO_RULE.',
      byRulesQuery,
      { input: { leaverId, selection: { all: true }, byRules: true } },
    ),
    tab(
      people?.administrator,
      'What became of all that was handed over, by successor. "by" also takes LEAVER, DEPARTMENT, RULE and DAY; "from" and "to" ' +
        'are days of the submit, as "2026-03-02", both included.',
      statisticsQuery,
      { by: 'SUCCESSOR' },
    ),
    tab(
      people?.administrator,
      'Lets what was archived of conversations be read, by those who may and where the customer agrees: see the next tabs. Any setting of ' +
        'the company is changed like this one.',
      archiveMutation,
      { input: { archiveEnabled: true } },
    ),
    tab(
      people?.customer,
      `${customer} agrees that conversations with the company are archived and go along to whoever serves them next. With ` +
        '"agreed": false nobody reads any of it, from this moment on.',
      consentMutation,
      { input: { agreed: true } },
    ),
    tab(
      lastSuccessor,
      `What ${nameOf(lastSuccessor, 'a successor')} finds in what was written: with their own customers, and what they inherited with them, of ${customer} too. It goes along when the ` +
        'company archives and the customer agrees at the takeover: run "Archive" and "Consent" before "Transfer". English words in any ' +
        'form, Chinese from one character on.',
      searchQuery,
      { text: '发票' },
    ),
    tab(
      people?.administrator,
      'What a member and a customer wrote, read by an administrator with the right AUDIT. It is on record, with the reason.',
      conversationMutation,
      {
        input: {
          memberId: leaverId,
          customerId: people ? encodeId('Customer', people.customer.id) : '<id of a customer>',
          reason: 'The customer asks what was agreed.',
        },
      },
    ),
    tab(
      people?.administrator,
      'Makes somebody an administrator of one department and all below: VIEW, ASSIGN, CONFIGURE and AUDIT, each by itself. Super ' +
        'administrators grant, and revokeRights takes back; nobody changes their own rights. Their open connections end and come back.',
      grantMutation,
      {
        input: {
          memberId: successorIds[0],
          rights: ['VIEW', 'ASSIGN'],
          departmentIds: [people ? encodeId('Department', people.departmentId) : '<id of a department>'],
        },
      },
    ),
    tab(
      people?.administrator,
      'Who may do what: every administrator, with what was granted to them.',
      administratorsQuery,
    ),
    tab(
      people?.administrator,
      'Who did what, when, and to whom, newest first; refusals too. For administrators. Select "detail" for what was asked, ' +
        'and node(id:) by transferId for each customer and who got them.',
      auditQuery,
    ),
  ];
}

/** As GraphQL comments, in lines that fit the editor of a small window. */
function commented(text: string): string {
  return text.replace(/(.{1,54})(?: |$)/g, '# $1\n').trimEnd();
}
