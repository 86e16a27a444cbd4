import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { webDoor } from '../../../../src/doors/web/index.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

it('a request that cannot be answered is told to the log, and to who asked only that it failed', async () => {
  const errors: unknown[] = [];
  const broken = new Error('the password is hunter2');
  const server = webDoor({
    readiness: async () => ({ ready: true, parts: {} }),
    metrics: () => Promise.reject(broken),
    onError: (error) => errors.push(error),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'This could not be answered; see the log.\n']);
  expect(errors).toEqual([broken]);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});
