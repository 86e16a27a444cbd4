import { join } from 'node:path';
import { ssmTransport } from '../../../src/adapters/ssm/index.js';
import { systemRandom } from '../../../src/composition/system.js';
import type { SsmSettings } from '../../../src/core/aws.js';
import type { Target } from '../../../src/core/target.js';
import {
  agentShell,
  type LocalAws,
  type LocalAwsOptions,
  type LocalHost,
  startLocalAws,
} from '../../../src/demo/aws/index.js';
import type { Transport } from '../../../src/engine/ports.js';
import { instanceId } from '../aws/local-host.js';
import { realClock } from '../sshd/clock.js';
import { Rooms } from './rooms.js';

const REGION = 'eu-west-1';
const NAMES = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_EC2_METADATA_DISABLED'] as const;

/** A local AWS whose hosts are rooms of this machine. The SDK finds it by this process's environment until `stop`. */
export interface SsmCloud {
  readonly aws: LocalAws;
  readonly rooms: Rooms;
  connect(settings?: SsmSettings): Transport;
  target(number: number, more?: Partial<Target>): Target;
  stop(): Promise<void>;
}

export const startSsmCloud = async (
  hosts: number,
  extra: Partial<LocalAwsOptions> & {
    readonly more?: readonly (Partial<LocalHost> & { readonly number: number })[];
  } = {},
): Promise<SsmCloud> => {
  const { more = [], ...options } = extra;
  const rooms = new Rooms();
  const opened: Transport[] = [];
  const hostOf = (number: number, as: Partial<LocalHost> = {}): LocalHost => ({
    ...{ instance: instanceId(number), region: REGION, tags: {}, state: 'running', privateIp: '10.9.0.1' },
    run: ({ commandId, script, workingDirectory, environment }) => {
      const files = join(rooms.directory, instanceId(number), 'agent', commandId);
      const env = { PATH: '/usr/bin:/bin', ...environment };
      const child = rooms.start(instanceId(number), ['sh', '-c', agentShell(files, workingDirectory)], env);
      child.stdin?.on('error', () => {});
      child.stdin?.end(script);
      const kill = () => {
        try {
          process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      };
      return { child, kill };
    },
    ...as,
  });
  const fleet = [
    ...Array.from({ length: hosts }, (_, index) => hostOf(index + 1)),
    ...more.map(({ number, ...as }) => hostOf(number, as)),
  ];
  const aws = await startLocalAws({ hosts: fleet, clock: realClock, random: systemRandom, ...options });
  const before = NAMES.map((name) => process.env[name]);
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  process.env.AWS_ACCESS_KEY_ID = aws.credential.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = aws.credential.secretAccessKey;
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  return {
    aws,
    rooms,
    connect: (settings = { document: 'AWS-RunShellScript' }) => {
      const transport = ssmTransport({ clock: realClock, random: systemRandom, settings });
      opened.push(transport);
      return transport;
    },
    target: (number, as = {}) => ({
      ...{ name: `web-${number}`, transport: 'ssm', host: `web-${number}`, port: 22, user: 'ops', become: 'none' },
      labels: {},
      aws: { instance: instanceId(number), region: REGION },
      ...as,
    }),
    stop: async () => {
      await Promise.all(opened.map((transport) => transport.close()));
      await aws.stop();
      NAMES.forEach((name, index) => {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
      rooms.remove();
    },
  };
};
