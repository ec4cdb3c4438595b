/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What a notice tells a customer. */
export type CustomerNoticeType =
  /** The contact has changed. */
  | 'COMPLETED'
  /** The contact will change. */
  | 'SCHEDULED';

/** Why a cursor cannot be honoured. */
export type ResyncReason =
  /** The cursor lies ahead of everything there is: the database has gone back in time. */
  | 'AHEAD'
  /** Events after the cursor have been removed, being older than what is kept. */
  | 'EXPIRED'
  /** The cursor was made before the database was restored from a backup. */
  | 'OTHER_EPOCH';

export type NotificationFragment = { __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, leaverName: string, note: string, customerCount: number };

export type NoticeFragment = { __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: CustomerNoticeType, text: string, leaverName: string, successorName: string, contact: string };

export type ResyncFragment = { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string };

export type FollowNotificationsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FollowNotificationsSubscription = { event:
    | { __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, leaverName: string, note: string, customerCount: number }
    | { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string }
   };

export type FollowNoticesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FollowNoticesSubscription = { event:
    | { __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: CustomerNoticeType, text: string, leaverName: string, successorName: string, contact: string }
    | { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string }
   };

export type ListNotificationsQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type ListNotificationsQuery = { inbox: { headCursor: string, pageInfo: { hasNextPage: boolean }, nodes: Array<{ __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, leaverName: string, note: string, customerCount: number }> } };

export type ListNoticesQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type ListNoticesQuery = { inbox: { headCursor: string, pageInfo: { hasNextPage: boolean }, nodes: Array<{ __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: CustomerNoticeType, text: string, leaverName: string, successorName: string, contact: string }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const NotificationFragmentDoc = new TypedDocumentString(`
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  leaverName
  note
  customerCount
}
    `, {"fragmentName":"Notification"}) as unknown as TypedDocumentString<NotificationFragment, unknown>;
export const NoticeFragmentDoc = new TypedDocumentString(`
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  text
  leaverName
  successorName
  contact
}
    `, {"fragmentName":"Notice"}) as unknown as TypedDocumentString<NoticeFragment, unknown>;
export const ResyncFragmentDoc = new TypedDocumentString(`
    fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}
    `, {"fragmentName":"Resync"}) as unknown as TypedDocumentString<ResyncFragment, unknown>;
export const FollowNotificationsDocument = new TypedDocumentString(`
    subscription FollowNotifications($after: String) {
  event: assignmentNotifications(after: $after) {
    __typename
    ...Notification
    ...Resync
  }
}
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  leaverName
  note
  customerCount
}
fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}`) as unknown as TypedDocumentString<FollowNotificationsSubscription, FollowNotificationsSubscriptionVariables>;
export const FollowNoticesDocument = new TypedDocumentString(`
    subscription FollowNotices($after: String) {
  event: customerNotices(after: $after) {
    __typename
    ...Notice
    ...Resync
  }
}
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  text
  leaverName
  successorName
  contact
}
fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}`) as unknown as TypedDocumentString<FollowNoticesSubscription, FollowNoticesSubscriptionVariables>;
export const ListNotificationsDocument = new TypedDocumentString(`
    query ListNotifications($after: String, $first: Int) {
  inbox: assignmentNotifications(after: $after, first: $first) {
    headCursor
    pageInfo {
      hasNextPage
    }
    nodes {
      ...Notification
    }
  }
}
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  leaverName
  note
  customerCount
}`) as unknown as TypedDocumentString<ListNotificationsQuery, ListNotificationsQueryVariables>;
export const ListNoticesDocument = new TypedDocumentString(`
    query ListNotices($after: String, $first: Int) {
  inbox: customerNotices(after: $after, first: $first) {
    headCursor
    pageInfo {
      hasNextPage
    }
    nodes {
      ...Notice
    }
  }
}
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  text
  leaverName
  successorName
  contact
}`) as unknown as TypedDocumentString<ListNoticesQuery, ListNoticesQueryVariables>;