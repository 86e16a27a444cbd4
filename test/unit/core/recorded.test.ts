import { expect, it } from 'vitest';
import { recorded } from '../../../src/core/recorded.js';

it('a reading is kept without the secrets in its texts, wherever they stand, and with all else', () => {
  const value = {
    ...{ text: 'user=app\npassword=hunter2\n', size: 12, exists: true },
    lines: ['requirepass hunter2', 'port 6379'],
    inner: { environment: 'API_KEY=hunter2' },
    instances: [{ arguments: '--token=hunter2', at: 1 }],
  };
  expect(recorded({ status: 'read', value, evidence: ['/etc/app.conf'] })).toEqual({
    status: 'read',
    value: {
      ...{ text: 'user=app\npassword=…\n', size: 12, exists: true },
      lines: ['requirepass …', 'port 6379'],
      inner: { environment: 'API_KEY=…' },
      instances: [{ arguments: '--token=…', at: 1 }],
    },
    evidence: ['/etc/app.conf'],
  });
});
