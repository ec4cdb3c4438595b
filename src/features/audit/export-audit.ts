import { z } from 'zod';
import type { App } from '../../platform/app.js';
import { UnreadableEvidence } from './audit.errors.js';
import { readSealed } from './audit-chain.store.js';
import type { SealedRecord } from './link-hash.js';
import { sealEnterprise } from './seal-audit.js';

const pageSize = 2000;

/**
 * Seals what waits, then answers the log of an enterprise in the order of its chain, one line of JSON for each record, with all
 * that its hash covers. Constant memory, however long it is. A place whose record is gone is exported without one.
 */
export async function* exportAudit(app: Pick<App, 'db' | 'wakeup'>, enterpriseId: string): AsyncGenerator<string> {
  while ((await sealEnterprise(app, enterpriseId)) > 0);
  for (let after = 0; ;) {
    const page = await readSealed(app, enterpriseId, after, pageSize);
    for (const { sequence, hash, record } of page) yield JSON.stringify({ enterpriseId, sequence, hash, record });
    const last = page.at(-1);
    if (!last) return;
    after = last.sequence;
  }
}

const text = z.string().nullable();
const shape = z.object({
  enterpriseId: z.string(),
  sequence: z.int(),
  hash: z.string(),
  record: z
    .object({
      id: z.string(),
      enterpriseId: z.string(),
      at: z.iso.datetime().transform((at) => new Date(at)),
      action: z.string(),
      outcome: z.enum(['SUCCESS', 'REFUSED']),
      code: text,
      actorKind: z.enum(['MEMBER', 'CUSTOMER', 'SYSTEM']),
      actorId: text,
      actorName: z.string(),
      subjectType: text,
      subjectId: text,
      transferId: text,
      requestId: text,
      address: text,
      // Not in what was exported when no hash covered it.
      departmentId: text.default(null),
      detail: z.unknown(),
    })
    .nullable(),
});

/** The records in lines as `exportAudit` makes them. Throws UnreadableEvidence at the first line that is none, with its number. */
export async function* readExport(lines: AsyncIterable<string>): AsyncGenerator<SealedRecord> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const parsed = shape.safeParse(parse(line));
    if (!parsed.success) {
      throw new UnreadableEvidence(`Line ${number} is no record. Give what npm run audit:export wrote, unchanged.`);
    }
    yield {
      ...parsed.data,
      record: parsed.data.record && { ...parsed.data.record, detail: parsed.data.record.detail },
    };
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
