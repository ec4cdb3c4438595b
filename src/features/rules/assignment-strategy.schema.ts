import { AssignmentStrategy } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';

export const AssignmentStrategyEnum = builder.enumType('AssignmentStrategy', {
  description:
    'How successors share customers. The same data gives the same shares; nobody gets more than they may hold, and the others take ' +
    'the rest.',
  values: {
    EVEN: { value: AssignmentStrategy.EVEN, description: 'In turn: shares differ by at most one.' },
    LEAST_LOADED: {
      value: AssignmentStrategy.LEAST_LOADED,
      description: 'Levels out how many customers each will hold, those counted who wait to come to them.',
    },
    WEIGHTED: {
      value: AssignmentStrategy.WEIGHTED,
      description: 'By weight, exact to one customer: with weights 3 and 1, three of four.',
    },
    STICKY: {
      value: AssignmentStrategy.STICKY,
      description:
        'Who serves the customer already goes first, then who served them before, then who is in a group with them; the rest as ' +
        'LEAST_LOADED.',
    },
    MATCHING: {
      value: AssignmentStrategy.MATCHING,
      description:
        'Whose customers have most corp tags in common with the customer goes first, among equals who serves in the same region; the ' +
        'rest as LEAST_LOADED.',
    },
  },
});
