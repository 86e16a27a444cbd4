import { randomBytes } from 'node:crypto';
import type { Client } from 'ssh2';
import { fault, type Result } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Clock, Execution, Script, Transport } from '../../engine/ports.js';
import { commandLine, endArguments, launchArguments } from '../shell/launch.js';
import { place } from '../shell/refusal.js';
import { converse, type ShellChannel } from '../shell/session.js';
import { openChannel } from './channel.js';
import { timedOut } from './dial-faults.js';
import type { Endpoint } from './options.js';
import type { Lease, Pool } from './pool.js';
import { addressOf } from './stream.js';

/** A reused connection that does not answer within so long is given up for a new one, in ms. */
const REUSED_MS = 3_000;
/** The host may free a channel a little later than we do, in ms. */
const FULL_MS = 100;
/** Tries to get a command started; nothing is sent before one is. */
const STARTS = 5;

/** Where connections come from. */
export interface Connections {
  pool(endpoint: Endpoint): Pool;
  /** One connection outside the pool. */
  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Result<Client>>;
  close(): void;
}

export const endpointOf = (target: Target): Endpoint => ({
  label: place(target),
  host: target.host,
  port: target.port,
  user: target.user,
  name: target.name,
  ...(target.identity === undefined ? {} : { identity: target.identity }),
  ...(target.jump && {
    via: target.jump.map((hop) => {
      const name = addressOf(hop.host, hop.port);
      return { label: `jump host ${name}`, name, ...hop };
    }),
  }),
});

export class SshTransport implements Transport {
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<Execution>>();

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {}

  async execute(target: Target, script: Script, signal: AbortSignal): Promise<Execution> {
    const run = this.run(target, script, AbortSignal.any([signal, this.closing.signal]));
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.running);
    this.connections.close();
  }

  private async run(target: Target, script: Script, signal: AbortSignal): Promise<Execution> {
    const startedAt = this.clock.now();
    const done = new AbortController();
    const limit = new AbortController();
    void this.clock.sleep(script.limitMs, AbortSignal.any([signal, done.signal])).then(
      () => limit.abort(),
      () => {},
    );
    const until = AbortSignal.any([signal, limit.signal]);
    try {
      return await this.start(target, script, startedAt, signal, until);
    } finally {
      done.abort();
    }
  }

  private async start(target: Target, script: Script, startedAt: number, signal: AbortSignal, until: AbortSignal) {
    const endpoint = endpointOf(target);
    const pool = this.connections.pool(endpoint);
    for (let attempt = 1; ; attempt += 1) {
      const lease = await pool.lease(until);
      if (lease?.ok === false) return { kind: 'unreachable', fault: lease.fault } as const;
      if (lease === undefined || until.aborted) {
        if (lease?.ok) lease.value.release();
        return signal.aborted
          ? ({ kind: 'cancelled', sent: false } as const)
          : ({ kind: 'unreachable', fault: timedOut(endpoint, script.limitMs) } as const);
      }
      try {
        const end = await this.once(lease.value, { target, script, startedAt, signal, until, endpoint });
        if (end !== 'again') return end;
        if (attempt === STARTS || until.aborted) return lostBefore(target);
      } finally {
        lease.value.release();
      }
    }
  }

  private async once(lease: Lease, at: Attempt): Promise<Execution | 'again'> {
    const { target, script, startedAt, signal, until, endpoint } = at;
    const nonce = randomBytes(16).toString('hex');
    const left = startedAt + script.limitMs - this.clock.now();
    const command = commandLine(launchArguments(script.become, nonce, Math.ceil(left / 1000) + 1));
    const opened = await openChannel(lease.client, command, lease.reused ? REUSED_MS : undefined, this.clock, until);
    if (!opened.ok && signal.aborted) return { kind: 'cancelled', sent: false };
    if (!opened.ok && opened.kind === 'full') {
      lease.full();
      lease.release();
      await this.clock.sleep(FULL_MS, until).catch(() => {});
      return 'again';
    }
    if (!opened.ok && opened.kind === 'refused') return noCommands(target);
    if (!opened.ok) {
      lease.retire();
      if (until.aborted) return { kind: 'unreachable', fault: timedOut(endpoint, script.limitMs) };
      return lease.reused ? 'again' : lostBefore(target);
    }
    lease.opened();
    const end = await converse(opened.channel, {
      ...{ target, script, nonce, clock: this.clock, startedAt, signal },
      endGroup: (group) => this.endGroup(lease.client, endpoint, script.become, group),
    });
    if (end.kind === 'broken' || end.kind === 'lost' || end.kind === 'timed-out') lease.retire();
    if (end.kind !== 'broken') return end;
    return lease.reused ? 'again' : lostBefore(target);
  }

  private async endGroup(client: Client, endpoint: Endpoint, become: Script['become'], group: number): Promise<void> {
    if (group < 2) return;
    const never = new AbortController().signal;
    const command = commandLine(endArguments(become, group));
    const opened = await openChannel(client, command, REUSED_MS, this.clock, never);
    if (opened.ok) return drain(opened.channel);
    const fresh = await this.connections.dial(endpoint, never);
    if (!fresh.ok) return;
    const second = await openChannel(fresh.value, command, REUSED_MS, this.clock, never);
    if (second.ok) await drain(second.channel);
    fresh.value.end();
  }
}

interface Attempt {
  readonly target: Target;
  readonly script: Script;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  readonly until: AbortSignal;
  readonly endpoint: Endpoint;
}

const drain = async (channel: ShellChannel): Promise<void> => {
  channel.stdout.resume();
  channel.stderr.resume();
  channel.stdin.end();
  await channel.closed;
};

const lostBefore = (target: Target): Execution => ({
  kind: 'unreachable',
  fault: fault(
    'connection_lost',
    `${place(target)}: the connection was lost before the script was sent.`,
    'Check the network and the host, then run it again.',
  ),
});

const noCommands = (target: Target): Execution => ({
  kind: 'unreachable',
  fault: fault(
    'shell_unusable',
    `${place(target)}: sshd does not run commands for ${target.user}.`,
    `Let ${target.user} run commands (no ForceCommand of internal-sftp, no restriction in authorized_keys).`,
  ),
});
