import type { Transport } from '../../engine/ports.js';
import { SshConnections } from './connections.js';
import { readBastion } from './hops.js';
import type { SshOptions } from './options.js';
import { SshTransport } from './transport.js';

export { hopsNamed, hopsTo } from './hops.js';
export type { Endpoint, SshOptions } from './options.js';
export { compareHostKeys, type KeyChange, knownHostsText, readHostKeys, renewHostKeys } from './renew.js';
export { endpointOf } from './transport.js';
export { recordHostKey, scanHostKeys } from './trust.js';

/** Scripts over SSH, by pooled connections whose host keys are known. Throws a FaultError when `bastion` is unreadable. */
export const sshTransport = (options: SshOptions): Transport => {
  return new SshTransport(new SshConnections(options, readBastion(options.bastion)), options.clock);
};
