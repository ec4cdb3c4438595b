// Indented as it stands in a mutation.
const userErrors = `userErrors {
      code
      message
      path
    }`;

/**
 * What the prepared tabs of GraphiQL ask, as text: a person reads and changes it there. The operation's name is the title of its tab.
 */
export const poolQuery = `
query Pool {
  departedMembers(first: 20) {
    totalCount
    nodes {
      id
      userId
      name
      resignedAt
      inheritanceDeadline
      portfolio {
        customers
        groups
        waiting
        handedOver
        refused
        failed
        groupsWaiting
        groupsHandedOver
      }
    }
  }
}`;

export const resignMutation = `
mutation Resign($input: ResignMemberInput!) {
  resignMember(input: $input) {
    member {
      name
      status
      resignedAt
      portfolio {
        customers
        groups
      }
    }
    ${userErrors}
  }
}`;

export const lastDayMutation = `
mutation LastDay($input: ResignMemberInput!) {
  resignMember(input: $input) {
    member {
      name
      status
      lastDay
      leavesAt
      autoAssignOnLeave
    }
    transfer {
      id
      status
    }
    ${userErrors}
  }
}`;

export const previewQuery = `
query Preview($input: PreviewTransferInput!) {
  previewTransfer(input: $input) {
    preview {
      total
      accepted
      rejected {
        reason
        count
      }
      successors {
        member {
          name
        }
        assigned
        customersBefore
        customersAfter
      }
      sample(size: 5) {
        customer {
          name
        }
        reason
        successor {
          name
        }
        why {
          strategy
          choice
          loadBefore
        }
      }
      digest
    }
    ${userErrors}
  }
}`;

export const transferMutation = `
mutation Transfer($input: TransferCustomersInput!) {
  transferCustomers(input: $input) {
    transfer {
      id
      status
      counts {
        total
        waiting
        completed
        rejected
      }
      reasons {
        reason
        count
      }
      successors {
        member {
          name
        }
        assigned
      }
    }
    ${userErrors}
  }
}`;

export const progressSubscription = `
subscription Progress($id: ID!) {
  transferProgress(id: $id) {
    status
    finishedAt
    counts {
      total
      waiting
      completed
      rejected
      refused
      cancelled
      successorFull
      failed
      undone
    }
    successors {
      member {
        name
      }
      assigned
      completed
    }
  }
}`;

export const assignmentSubscription = `
subscription SuccessorInbox($after: String) {
  assignmentNotifications(after: $after) {
    ... on AssignmentNotification {
      id
      cursor
      createdAt
      type
      leaverName
      note
      customerCount
      groupCount
      customers(first: 3) {
        nodes {
          customer {
            name
            city
          }
          remark
          tags {
            name
          }
        }
      }
      groups(first: 3) {
        nodes {
          name
        }
      }
    }
    ... on ResyncRequired {
      reason
      message
      cursor
    }
  }
}`;

export const noticeSubscription = `
subscription CustomerNotices($after: String) {
  customerNotices(after: $after) {
    ... on CustomerNotice {
      id
      cursor
      createdAt
      type
      takeoverDueAt
      groupName
      text
      successorName
      contact
    }
    ... on ResyncRequired {
      reason
      message
      cursor
    }
  }
}`;

export const auditQuery = `
query AuditLog {
  auditEvents(first: 20) {
    nodes {
      at
      actorName
      action
      outcome
      code
      transferId
    }
  }
}`;

export const groupsMutation = `
mutation Groups($input: TransferGroupsInput!) {
  transferGroups(input: $input) {
    transfer {
      id
      status
      groupCount
      reasons {
        reason
        count
      }
    }
    ${userErrors}
  }
}`;

export const itemsQuery = `
query Items($id: ID!, $filter: TransferItemFilter) {
  transfer(id: $id) {
    status
    reasons {
      reason
      wecomCode
      count
    }
    items(first: 50, filter: $filter) {
      totalCount
      nodes {
        kind
        status
        reason
        outcome
        customer {
          name
        }
        group {
          name
        }
        successor {
          name
        }
        takenOverAt
        inTransfer {
          id
        }
        retriedBy {
          transferId
          status
        }
        leftBehind {
          remark
          description
          tags {
            name
          }
          personalTagCount
        }
      }
    }
  }
}`;

export const retryMutation = `
mutation Retry($input: RetryTransferInput!) {
  retryTransfer(input: $input) {
    transfer {
      id
      retryOf {
        id
      }
      counts {
        total
        waiting
        rejected
      }
    }
    ${userErrors}
  }
}`;

export const undoMutation = `
mutation Undo($input: UndoTransferInput!) {
  undoTransfer(input: $input) {
    undone
    kept {
      obstacle
      count
    }
    transfer {
      status
      counts {
        total
        completed
        undone
      }
    }
    ${userErrors}
  }
}`;

export const cancelMutation = `
mutation Cancel($input: CancelTransferInput!) {
  cancelTransfer(input: $input) {
    transfer {
      status
      counts {
        total
        completed
        cancelled
      }
    }
    ${userErrors}
  }
}`;

export const approveMutation = `
mutation Approve($input: ApproveTransferInput!) {
  approveTransfer(input: $input) {
    transfer {
      status
      takeoverDueAt
      decidedBy {
        name
      }
      counts {
        total
        waiting
      }
    }
    ${userErrors}
  }
}`;

export const declineMutation = `
mutation Decline($input: DeclineTakeoverInput!) {
  declineTakeover(input: $input) {
    takeover {
      status
      takeoverDueAt
      successor {
        name
      }
    }
    ${userErrors}
  }
}`;

export const statisticsQuery = `
query Statistics($by: StatisticsBy!, $from: Date, $to: Date) {
  statistics(by: $by, from: $from, to: $to) {
    totalCount
    nodes {
      member {
        name
      }
      department {
        name
      }
      ruleName
      day
      customers {
        assigned
        waiting
        completed
        refused
        successorFull
        failed
        medianMinutesToTakeover
      }
      groups {
        assigned
        completed
      }
    }
  }
}`;

export const ruleMutation = `
mutation NewRule($input: CreateAssignmentRuleInput!) {
  createAssignmentRule(input: $input) {
    rule {
      id
      place
      version
      conditionText
      warnings {
        code
        message
      }
    }
    ${userErrors}
  }
}`;

export const rulesQuery = `
query Rules {
  assignmentRules {
    id
    place
    name
    enabled
    isDefault
    version
    condition
    conditionText
    strategy
    note
    successors {
      member {
        name
      }
      department {
        name
      }
      includeSubDepartments
      weight
    }
    warnings {
      code
      message
    }
  }
}`;

export const byRulesQuery = `
query ByRules($input: PreviewTransferInput!) {
  previewTransfer(input: $input) {
    preview {
      total
      accepted
      queued
      rejected {
        reason
        count
      }
      rules {
        name
        version
        strategy
        assigned
        queued
      }
      successors {
        member {
          name
        }
        assigned
        groupsAssigned
        customersAfter
      }
      sample(size: 5) {
        customer {
          name
        }
        reason
        successor {
          name
        }
        why {
          rule {
            name
          }
          choice
          loadBefore
          skipped {
            member {
              name
            }
            reason
          }
        }
      }
      digest
    }
    ${userErrors}
  }
}`;

export const searchQuery = `
query Search($text: String!) {
  searchMessages(text: $text) {
    nodes {
      inherited
      snippet {
        text
        isMatch
      }
      message {
        sentAt
        direction
        member {
          name
        }
      }
      relation {
        customer {
          name
        }
      }
    }
  }
}`;

export const conversationMutation = `
mutation Conversation($input: ReadConversationInput!) {
  readConversation(input: $input) {
    messages {
      nodes {
        sentAt
        direction
        text
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    ${userErrors}
  }
}`;

export const grantMutation = `
mutation Grant($input: GrantRightsInput!) {
  grantRights(input: $input) {
    member {
      name
      department {
        name
      }
    }
    ${userErrors}
  }
}`;

export const administratorsQuery = `
query Administrators {
  administrators {
    totalCount
    nodes {
      member {
        name
      }
      role
      grants {
        right
        department {
          name
        }
      }
    }
  }
}`;

export const archiveMutation = `
mutation Archive($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    enterprise {
      settings {
        archiveEnabled
      }
    }
    ${userErrors}
  }
}`;

export const consentMutation = `
mutation Consent($input: SetArchiveConsentInput!) {
  setArchiveConsent(input: $input) {
    customer {
      archiveConsentAt
    }
    ${userErrors}
  }
}`;
