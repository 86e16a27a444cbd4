import { expect, test } from 'vitest';
import { z } from 'zod';
import { fact, registry } from '../../../src/core/registry.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import { judge } from '../../../src/engine/judge.js';

const servers = fact({
  name: 'servers',
  summary: 'Some servers.',
  args: z.strictObject({}),
  schema: { all: [{ name: 'string', unread: 'string', evidence: 'list<string>' }] },
  probe: () => ({ script: '', env: {} }),
  parse: () => ({ status: 'absent', reason: 'none' }),
});

const TEXT = `command: x
title: x
facts: { servers: { servers: {} } }
checks:
  good: { each: { one: servers.all }, expect: "one.name == 'a'", otherwise: "{one.name}", rule: r }
knowledge: x
`;

test('an item that could not be read is an error for its own reason, never a pass; the others are judged', () => {
  const loaded = loadRunbook('x.yaml', TEXT, registry([servers], []));
  if (!loaded.ok) throw new Error(loaded.fault.next);
  const item = (name: string, unread: string) => ({ name, unread, evidence: [`${name}!`] });
  const all = [item('a', ''), item('a', 'it wants a password'), item('b', '')];
  const verdicts = judge(loaded.value, { servers: { status: 'read', value: { all }, evidence: [] } }, {});
  expect(verdicts.map((one) => one.kind)).toEqual(['pass', 'error', 'fail']);
  expect(verdicts[1]).toMatchObject({ message: { values: ['it wants a password'] }, evidence: ['a!'] });
});
