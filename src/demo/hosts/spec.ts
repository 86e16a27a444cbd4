/** One demo host, as data. All of it becomes real on the kernel. */
export interface HostSpec {
  readonly name: string;
  /** The host's own address, in its own network namespace. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Running kernel settings, by their file under /proc/sys/net/ipv4. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly files: readonly HostFile[];
  readonly traffic?: Traffic;
  /** Further addresses in the host's own network: those of others that it speaks with. */
  readonly others?: readonly string[];
  /** Real servers and their clients, started in this order before the host is ready. */
  readonly services?: readonly Service[];
  /** `answers` as a healthy sshd; `hangs` after authentication; `refuses` the connection; `none`: no sshd at all. */
  readonly door: 'answers' | 'hangs' | 'refuses' | 'none';
  /** Its ID in the demo's AWS, for a host that is reached through SSM. */
  readonly instance?: string;
}

/** A server or client of a demo host. */
export interface Service {
  /** Without this program on the machine the host is left out of the fleet, by name. */
  readonly program: string;
  /** POSIX sh that starts it in the background. */
  readonly start: string;
  /** POSIX sh that ends with 0 once it is as it should be; asked for 10 s at most. */
  readonly ready: string;
}

export interface HostFile {
  readonly path: string;
  readonly text: string;
  /** Octal permissions, 644 when absent. */
  readonly mode?: '640' | '755';
}

/** What the host's application does to 10.0.3.7:6379, an address in the host's own namespace. */
export interface Traffic {
  /** `churn` opens and closes (TIME_WAIT), `leak` opens and holds (ESTABLISHED). */
  readonly kind: 'churn' | 'leak';
  /** Name of the process, as `ss -p` and `ps` show it. At most 15 characters. */
  readonly process: string;
  readonly peer: string;
  readonly port: number;
  /** Ports that are to be in TIME_WAIT (churn) or held (leak). */
  readonly goal: number;
  /** Connections that a churning application also keeps open. */
  readonly pool: number;
}
