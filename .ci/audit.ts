/**
 * Asks the registry whether what production installs has known holes, and fails on one that is high or critical. A registry that
 * cannot be asked, or offers no audits, fails nothing: it says so, and the next run asks again.
 */
import { spawnSync } from 'node:child_process';

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

function readReport(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 60_000 });
const { metadata, vulnerabilities = {} } = readReport(stdout);
const grave = Object.entries(vulnerabilities).filter(([, { severity }]) => ['high', 'critical'].includes(severity));
if (!metadata?.vulnerabilities) console.log('Not audited: the registry does not answer audits.');
else if (grave.length === 0) console.log('No known hole that is high or critical in what production installs.');
else {
  for (const [name, { severity }] of grave) console.error(`${severity}: ${name}`);
  console.error(
    'Update these packages, or their dependants (npm explain <name>), or pin a good version under "overrides".',
  );
  process.exitCode = 1;
}
