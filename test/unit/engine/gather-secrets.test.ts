import { expect, it } from 'vitest';
import { z } from 'zod';
import { fact, registry } from '../../../src/core/registry.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import type { TransportName } from '../../../src/core/target.js';
import { observe } from '../../../src/engine/gather.js';
import type { Execution, Script, Transport } from '../../../src/engine/ports.js';

const kinds = registry(
  [
    fact({
      name: 'login',
      summary: 'what a password opens',
      args: z.strictObject({ password: z.string() }),
      schema: { is: 'string' },
      probe: ({ password }) => ({ script: 'echo "$PASSWORD"', env: { PASSWORD: password } }),
      parse: (output) =>
        output.includes('NOAUTH')
          ? { status: 'error', reason: 'it wants a password' }
          : { status: 'read', value: { is: output.trim() }, evidence: [] },
    }),
  ],
  [],
);

const runbook = () => {
  const yaml = `command: demo
title: t
facts: { f: { login: { password: "{secrets.redis}" } } }
checks: { open: { severity: critical, expect: 'f.is == "open"', otherwise: "it is {f.is}", rule: r } }
knowledge: k
`;
  const loaded = loadRunbook('demo.yaml', yaml, kinds);
  if (!loaded.ok) throw new Error(loaded.fault.next);
  return loaded.value;
};

const look = async (
  transport: TransportName,
  secrets: Readonly<Record<string, string>>,
  answer: Partial<Execution>,
  said = 'NOAUTH',
) => {
  const sent: Script[] = [];
  const by: Transport = {
    execute: async (_, script): Promise<Execution> => {
      sent.push(script);
      const stdout = Buffer.from(
        'boundary 00000000-0000-0000-0000-000000000000\n'.concat(
          ...[`begin f\n${said}\n`, 'exit 0\n', 'end f\n'].map(
            (line) => `\n00000000-0000-0000-0000-000000000000 ${line}`,
          ),
        ),
      );
      const output = { stdout, stderr: Buffer.alloc(0), cut: false };
      return Object.assign({ kind: 'exited' as const, code: 0, output, durationMs: 1 }, answer);
    },
    close: async () => undefined,
  };
  const target = { name: 'h', transport, host: 'h', port: 22, user: 'u', become: 'none' as const, labels: {} };
  const seen = await observe(
    {
      transport: by,
      inventory: {},
      registry: kinds,
      clock: { now: () => 0, sleep: async () => {} },
      limitMs: 1_000,
      secrets,
    },
    { target, fleet: [target], runbook: runbook(), request: { params: {}, given: [] } },
    new AbortController().signal,
  );
  return { text: sent[0]?.text ?? '', reading: seen.readings.f, missed: seen.missed };
};

it('gives a script its secret where only the host reads it', async () => {
  const { text, reading } = await look('ssh', { redis: 'hunter2' }, {});
  expect(text).toContain("export PASSWORD='hunter2'");
  expect(reading).toEqual({ status: 'error', reason: 'it wants a password' });
});

it('keeps it out of what AWS keeps, and says so when the host could not be asked without', async () => {
  const { text, reading } = await look('ssm', { redis: 'hunter2' }, {});
  expect(text).not.toContain('hunter2');
  expect(reading).toMatchObject({
    status: 'error',
    reason: expect.stringContaining('the secret redis is sent over ssh'),
  });
});

it('keeps a secret that the host echoes out of the reading', async () => {
  const { reading } = await look('ssh', { redis: 'correct-horse' }, {}, 'open with correct-horse');
  expect(reading).toEqual({ status: 'read', value: { is: 'open with …' }, evidence: [] });
});

it('says nothing of a secret that is not set', async () => {
  const { reading } = await look('ssm', {}, {});
  expect(reading).toEqual({ status: 'error', reason: 'it wants a password' });
});

it('says that output was cut, where that is why a section is missing', async () => {
  const output = { stdout: Buffer.from('boundary 00000000-0000-0000-0000-000000000000\n'), stderr: Buffer.alloc(0) };
  const { missed, reading } = await look('ssm', {}, { kind: 'exited', output: { ...output, cut: true } });
  expect(JSON.stringify(missed ?? reading)).toMatch(/cut/);
});
