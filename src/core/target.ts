import type { Fault } from './fault.js';

/** How bytes reach a target. */
export type TransportName = 'ssh' | 'ssm' | 'local';

/** Whether what is sent stays readable to others: SSM's command history holds the parameters of 30 days. */
export const keepsScripts = (transport: TransportName): boolean => transport === 'ssm';

/** Where AWS knows a target: its managed instance (`i-…` or `mi-…`), the region, and the profile whose credentials reach it. */
export interface AwsPlace {
  readonly instance: string;
  readonly region: string;
  readonly profile?: string;
}

/** A host on the way to a target: its own key must be known. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity?: string;
}

/** One host, as the inventory knows it. */
export interface Target {
  /** Unique name, used in selectors, threads and the ledger. */
  readonly name: string;
  readonly transport: TransportName;
  /** Address to dial: host name or IP. */
  readonly host: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  readonly user: string;
  /** Path of a private key file; without it the agent is asked. */
  readonly identity?: string;
  /** `sudo` runs scripts as root by `sudo -n`; `none` as the login user. */
  readonly become: 'none' | 'sudo';
  readonly labels: Readonly<Record<string, string>>;
  /** Present on every target that SSM reaches, and on those that an EC2 inventory found. */
  readonly aws?: AwsPlace;
  /** The network zone whose workers reach it; without one, any worker without a zone does. */
  readonly zone?: string;
  /** The hosts it is reached through, the nearest to Runbolt first; they stand in for `ssh.bastion`. */
  readonly jump?: readonly Hop[];
  /** Why nothing can be sent to it, where its inventory knows: it is listed and never dialled. */
  readonly unreachable?: Fault;
}
