import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { longest } from './customers.errors.js';
import { customerLoader, CustomerNode } from './customers.schema.js';
import { updateCustomer } from './update-customer.js';

const orNothing = `at most ${longest.name} characters; empty when not known any more.`;

defineMutation('updateCustomer', {
  description:
    'Corrects what the company knows of a customer; the externalUserId and the kind stay. For members who serve them, and ' +
    'ASSIGN over them. What is left out stays. Refuses NOT_FOUND, also for a customer you do not serve, INVALID_INPUT, ' +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    customerId: t.id({ required: true, description: 'Which customer.' }),
    name: t.string({ description: `The name the customer goes by, 1 to ${longest.name} characters.` }),
    corpName: t.string({ description: `Where the customer works, ${orNothing}` }),
    region: t.string({ description: `Region, ${orNothing}` }),
    city: t.string({ description: `City, ${orNothing}` }),
    businessType: t.string({ description: `Line of business, ${orNothing}` }),
  }),
  resolve: (input, caller, { app }) =>
    updateCustomer(app, caller, { ...input, customerId: uuidOf('Customer', input.customerId) }),
  payload: (t) => ({
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'The customer as they now are; null when refused.',
      resolve: ({ customerId }, _args, context) =>
        customerId === undefined ? null : customerLoader(context).load(customerId),
    }),
  }),
});
