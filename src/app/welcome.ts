import type { SamplePeople, SamplePerson } from './sample-people.js';

/**
 * What somebody who started the server for a look reads next: where GraphiQL is, a token for each side of the story, and
 * a request to paste. Plain text where the terminal has no colours.
 */
export async function describeSample(
  url: string,
  sample: SamplePeople,
  tokenFor: (person: SamplePerson) => Promise<string>,
  colours: boolean = process.stdout.isTTY && process.stdout.hasColors(),
): Promise<string> {
  const styled = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim, cyan] = [styled(1), styled(2), styled(36)];
  const { administrator, leaver, successors, customer } = sample;
  const roles = [
    { role: 'administrator', person: administrator, does: 'sees the pool, hands customers over' },
    { role: 'leaver', person: leaver, does: 'is about to resign' },
    { role: 'successor', person: successors[0], does: 'is told of new customers' },
    { role: 'customer', person: customer, does: 'is told who serves them from now on' },
  ];
  const people: string[] = [];
  for (const { role, person, does } of roles) {
    people.push(`  ${bold(role.padEnd(13))}  ${person.name}${dim(`, ${does}`)}`, `  ${await tokenFor(person)}`, '');
  }
  const query = '{ members(first: 3) { nodes { name portfolio { customers } } } }';
  return [
    '',
    `  ${bold('GraphiQL')}       ${cyan(`${url}/graphql`)}`,
    `  ${dim('The main job in eight tabs, each signed in already. To begin it again, stop and delete .data.')}`,
    '',
    `  ${dim('Tokens, for "authorization: Bearer …":')}`,
    '',
    ...people,
    `  ${dim('A request to paste, as the administrator:')}`,
    '',
    `  curl -s ${url}/graphql -H 'content-type: application/json' \\`,
    `    -H 'authorization: Bearer ${await tokenFor(administrator)}' \\`,
    `    -d '${JSON.stringify({ query })}'`,
    '',
    '',
  ].join('\n');
}
