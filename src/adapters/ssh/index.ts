import { FaultError, fault } from '../../core/fault.js';
import type { Transport } from '../../engine/ports.js';
import { SshConnections } from './connections.js';
import type { SshOptions } from './options.js';
import { parseHop } from './stream.js';
import { SshTransport } from './transport.js';

export type { SshOptions } from './options.js';
export { compareHostKeys, type KeyChange, readHostKeys, renewHostKeys } from './renew.js';
export { recordHostKey, scanHostKeys } from './trust.js';

/** Scripts over SSH, by pooled connections whose host keys are known. Throws a FaultError when `bastion` is unreadable. */
export const sshTransport = (options: SshOptions): Transport => {
  const hop = options.bastion === undefined ? undefined : parseHop(options.bastion);
  if (options.bastion !== undefined && hop === undefined)
    throw new FaultError(
      fault(
        'config_invalid',
        `ssh.bastion ${options.bastion} is not understood.`,
        'Write it as user@host or user@host:port.',
      ),
    );
  return new SshTransport(new SshConnections(options, hop), options.clock);
};
