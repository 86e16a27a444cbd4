import pino from 'pino';
import { expect, it } from 'vitest';
import { outageLog } from '../../../../src/adapters/queue/outage-log.js';

it('a server that is away is said at once and once a minute, whatever else it says in between', () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line).err.message) });
  let now = 0;
  const queue = outageLog(logger, 'Redis at 127.0.0.1:1', () => now)('queue');
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  for (now = 0; now < 120_000; now += 1_000) {
    queue(refused);
    if (now === 30_000) queue(new Error('LOADING'));
  }
  expect(lines).toEqual([refused.message, 'LOADING', refused.message]);
});
