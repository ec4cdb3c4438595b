/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment Notification on AssignmentNotification {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  leaverName\n  note\n  customerCount\n}\n\nfragment Notice on CustomerNotice {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  type\n  text\n  leaverName\n  successorName\n  contact\n}\n\nfragment Resync on ResyncRequired {\n  __typename\n  reason\n  message\n  cursor\n}\n\nsubscription FollowNotifications($after: String) {\n  event: assignmentNotifications(after: $after) {\n    __typename\n    ...Notification\n    ...Resync\n  }\n}\n\nsubscription FollowNotices($after: String) {\n  event: customerNotices(after: $after) {\n    __typename\n    ...Notice\n    ...Resync\n  }\n}\n\nquery ListNotifications($after: String, $first: Int) {\n  inbox: assignmentNotifications(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notification\n    }\n  }\n}\n\nquery ListNotices($after: String, $first: Int) {\n  inbox: customerNotices(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notice\n    }\n  }\n}": typeof types.NotificationFragmentDoc,
};
const documents: Documents = {
    "fragment Notification on AssignmentNotification {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  leaverName\n  note\n  customerCount\n}\n\nfragment Notice on CustomerNotice {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  type\n  text\n  leaverName\n  successorName\n  contact\n}\n\nfragment Resync on ResyncRequired {\n  __typename\n  reason\n  message\n  cursor\n}\n\nsubscription FollowNotifications($after: String) {\n  event: assignmentNotifications(after: $after) {\n    __typename\n    ...Notification\n    ...Resync\n  }\n}\n\nsubscription FollowNotices($after: String) {\n  event: customerNotices(after: $after) {\n    __typename\n    ...Notice\n    ...Resync\n  }\n}\n\nquery ListNotifications($after: String, $first: Int) {\n  inbox: assignmentNotifications(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notification\n    }\n  }\n}\n\nquery ListNotices($after: String, $first: Int) {\n  inbox: customerNotices(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notice\n    }\n  }\n}": types.NotificationFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Notification on AssignmentNotification {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  leaverName\n  note\n  customerCount\n}\n\nfragment Notice on CustomerNotice {\n  __typename\n  id\n  cursor\n  createdAt\n  acknowledgedAt\n  transferId\n  type\n  text\n  leaverName\n  successorName\n  contact\n}\n\nfragment Resync on ResyncRequired {\n  __typename\n  reason\n  message\n  cursor\n}\n\nsubscription FollowNotifications($after: String) {\n  event: assignmentNotifications(after: $after) {\n    __typename\n    ...Notification\n    ...Resync\n  }\n}\n\nsubscription FollowNotices($after: String) {\n  event: customerNotices(after: $after) {\n    __typename\n    ...Notice\n    ...Resync\n  }\n}\n\nquery ListNotifications($after: String, $first: Int) {\n  inbox: assignmentNotifications(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notification\n    }\n  }\n}\n\nquery ListNotices($after: String, $first: Int) {\n  inbox: customerNotices(after: $after, first: $first) {\n    headCursor\n    pageInfo {\n      hasNextPage\n    }\n    nodes {\n      ...Notice\n    }\n  }\n}"): typeof import('./graphql.js').NotificationFragmentDoc;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
