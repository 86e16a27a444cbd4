import { localTransport } from '../../src/adapters/local/index.js';
import { sshTransport } from '../../src/adapters/ssh/index.js';
import type { Target } from '../../src/core/target.js';
import { realClock } from '../rig/sshd/clock.js';
import { startDouble } from '../rig/sshd/double.js';
import { sshdMissing, startSshd } from '../rig/sshd/sshd.js';
import { transportContract } from './transport.js';

const target = (more: Partial<Target>): Target => ({
  ...{ name: 'web-1', transport: 'ssh', host: '127.0.0.1', port: 22, user: 'root', become: 'none', labels: {} },
  ...more,
});

transportContract(
  'ssh, to OpenSSH’s sshd',
  async () => {
    const sshd = await startSshd();
    const transport = sshTransport({ knownHosts: [sshd.knownHosts], clock: realClock });
    return {
      transport,
      target: target({ ...sshd.listeners[0], user: sshd.user, identity: sshd.identity.path }),
      stop: async () => {
        await transport.close();
        await sshd.stop();
      },
    };
  },
  sshdMissing(),
);

transportContract('ssh, to ssh2’s server', async () => {
  const server = await startDouble();
  const transport = sshTransport({ knownHosts: [server.knownHosts], clock: realClock });
  return {
    transport,
    target: target({ ...server.listener, user: server.user, identity: server.identity.path }),
    stop: async () => {
      await transport.close();
      await server.stop();
    },
  };
});

transportContract('local', async () => {
  const transport = localTransport(realClock);
  return { transport, target: target({ transport: 'local' }), stop: () => transport.close() };
});
