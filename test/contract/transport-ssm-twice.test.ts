import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { ssmTransport } from '../../src/adapters/ssm/index.js';
import { systemRandom } from '../../src/composition/system.js';
import type { Target } from '../../src/core/target.js';
import { instanceId } from '../rig/aws/local-host.js';
import { realClock } from '../rig/sshd/clock.js';
import { never, script } from './transport.js';

const COMMAND = '11111111-2222-4333-8444-555555555555';
const target: Target = {
  ...{ name: 'web-1', transport: 'ssm', host: 'web-1', port: 22, user: 'root', become: 'none', labels: {} },
  aws: { instance: instanceId(1), region: 'eu-west-1' },
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An SSM that does not say whether it took the first commands, tells of none, and delivers the next one to nobody. */
const undecided = async (unsaid: number): Promise<string> => {
  let sends = 0;
  const answers: Readonly<Record<string, () => object | undefined>> = {
    SendCommand: () => {
      sends += 1;
      return sends > unsaid ? { Command: { CommandId: COMMAND } } : undefined;
    },
    ListCommands: () => ({ Commands: [] }),
    ListCommandInvocations: () => ({
      CommandInvocations: [
        { CommandId: COMMAND, InstanceId: instanceId(1), Status: 'Failed', StatusDetails: 'Undeliverable' },
      ],
    }),
  };
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const answer = answers[String(request.headers['x-amz-target']).replace('AmazonSSM.', '')]?.();
      const status = answer ? 200 : 500;
      const body = JSON.stringify(answer ?? { __type: 'InternalServerError' });
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
};

const run = async (unsaid: number) => {
  const endpoint = await undecided(unsaid);
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  const transport = ssmTransport({
    ...{ clock: realClock, random: systemRandom, settings: { document: 'AWS-RunShellScript' } },
    connection: async () => ({ endpoint, credentials }),
  });
  const end = await transport.execute(target, script('true', { limitMs: 20_000 }), never());
  await transport.close();
  return end;
};

it('a command that reached no host surely ran nowhere', async () => {
  expect(await run(0)).toMatchObject({ kind: 'unreachable', fault: { code: 'instance_offline' } });
});

it('one that was sent again after an end that said nothing may have run by the first sending', async () => {
  expect(await run(1)).toMatchObject({ kind: 'lost', fault: { code: 'instance_offline' } });
}, 20_000);
