import { expect, test } from 'vitest';
import { createLogger } from '../../src/platform/log.js';

test('no credential reaches the log, neither in a field nor inside a message', () => {
  let written = '';
  const log = createLogger({ destination: { write: (line) => void (written += line) } });

  log.info({ token: 'hunter2', headers: { authorization: 'hunter2' }, config: { secret: 'hunter2' } }, 'start');
  log.info({ databaseUrl: 'postgresql://me:hunter2@db/baton' }, 'at postgresql://me:hunter2@db/baton');
  log.error({ err: new Error('no redis at redis://:hunter2@cache:6379') }, 'Bearer hunter2');
  log.info({ params: { authToken: 'eyJhbGciOi.hunter2.hunter2' } }, 'connected');

  expect(written).not.toContain('hunter2');
  expect(written).toContain('postgresql://me:***@db/baton');
  expect(
    written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toHaveLength(4);
});
