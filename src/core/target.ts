/** How bytes reach a target. `ssm` joins with the AWS adapter. */
export type TransportName = 'ssh' | 'local';

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
}
