import type { FaultCode } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';

export interface SshOptions {
  /** Paths of known_hosts files, absolute; the first is named in messages. */
  readonly knownHosts: readonly string[];
  readonly clock: Clock;
  /** Socket of the SSH agent (the value of SSH_AUTH_SOCK). */
  readonly agent?: string;
  /** Opens key files that are encrypted. */
  readonly passphrase?: string;
  /** `user@host[:port]` through which every target is reached. */
  readonly bastion?: string;
  /** Handshakes at a time. 50 when absent: more bring no better total and overflow listen backlogs. */
  readonly dials?: number;
  /** Told how each dial ended. */
  readonly onDial?: (result: 'ok' | FaultCode) => void;
}

export interface Endpoint {
  /** How messages name it, for example `web-1 (10.0.0.1:22)`. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity?: string;
  /** What `runbolt trust` takes: the target's name; of a host on the way its address with the port. */
  readonly name: string;
  /** Hosts on the way, the nearest to us first; none: it is dialled straight. Absent: through `bastion`, if there is one. */
  readonly via?: readonly Endpoint[];
}

/** Milliseconds for TCP, key exchange and login together. */
export const CONNECT_MS = 10_000;
