import type { Client } from 'ssh2';
import { FaultError, type Result } from '../../core/fault.js';
import { type Dialler, dial, type OpenStream } from './dial.js';
import { KnownHosts } from './host-keys.js';
import { Identities } from './identity.js';
import type { Endpoint, SshOptions } from './options.js';
import { Pool } from './pool.js';
import { Slots } from './slots.js';
import { direct, forwarded } from './stream.js';

const DIALS = 50;
/** Dials at a time through one host, whose own sshd connects for us. */
const BASTION_DIALS = 20;
const CHANNELS = 8;
const CONNECTIONS_A_TARGET = 4;
/** Forwarded connections count against no MaxSessions. */
const FORWARDS = 10_000;

/** All connections of one transport: a pool for each (user, host, port, identity, way), and one for each host on a way. */
export class SshConnections {
  private readonly pools = new Map<string, Pool>();
  private readonly bastions = new Map<string, Pool>();
  private readonly closing = new AbortController();
  private readonly hop: Dialler;
  private readonly few: number;
  private readonly last: Dialler;
  /** By the host that connects for us: those who dial through it share its few slots. */
  private readonly behind = new Map<string, Dialler>();

  constructor(
    options: SshOptions,
    private readonly bastion: Endpoint | undefined,
  ) {
    const { clock, agent, passphrase, dials = DIALS, onDial } = options;
    const knownHosts = new KnownHosts(options.knownHosts);
    const identities = new Identities(agent, passphrase);
    const slotsOfHop = new Slots(BASTION_DIALS);
    this.hop = {
      clock,
      knownHosts,
      identities,
      slots: slotsOfHop,
      open: this.open,
      ...(onDial && { onDial }),
    };
    this.few = Math.min(dials, BASTION_DIALS);
    this.last = { ...this.hop, slots: new Slots(dials) };
  }

  /** Opens the byte stream to an endpoint, through the hosts on its way; each one's own key is asked for. */
  readonly open: OpenStream = async (endpoint, signal) => {
    const way = this.wayTo(endpoint);
    const last = way.at(-1);
    if (!last) return direct(endpoint, signal);
    const hop: Endpoint = { ...last, via: way.slice(0, -1) };
    const connect = () => dial(this.hop, hop, this.closing.signal);
    const lease = await pooled(this.bastions, hop, () => new Pool(connect, this.last.clock, FORWARDS, 1)).lease(signal);
    if (lease === undefined) throw new Error('timed out');
    if (!lease.ok) throw new FaultError(lease.fault);
    try {
      const stream = await forwarded(lease.value.client, endpoint);
      stream.once('close', () => lease.value.release());
      return stream;
    } catch (error) {
      lease.value.release();
      throw error;
    }
  };

  private wayTo({ via, identity }: Endpoint): readonly Endpoint[] {
    if (via || !this.bastion) return via ?? [];
    return [{ ...this.bastion, ...(identity === undefined ? {} : { identity }) }];
  }

  pool(endpoint: Endpoint): Pool {
    const connect = () => this.dial(endpoint, this.closing.signal);
    return pooled(this.pools, endpoint, () => new Pool(connect, this.last.clock, CHANNELS, CONNECTIONS_A_TARGET));
  }

  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Result<Client>> {
    return dial(this.diallerOf(endpoint), endpoint, AbortSignal.any([signal, this.closing.signal]));
  }

  private diallerOf(endpoint: Endpoint): Dialler {
    const last = this.wayTo(endpoint).at(-1);
    if (!last) return this.last;
    const key = `${last.host}:${last.port}`;
    const dialler = this.behind.get(key) ?? { ...this.last, slots: new Slots(this.few) };
    this.behind.set(key, dialler);
    return dialler;
  }

  close(): void {
    this.closing.abort();
    for (const pool of [...this.pools.values(), ...this.bastions.values()]) pool.close();
  }
}

const pooled = (pools: Map<string, Pool>, endpoint: Endpoint, make: () => Pool): Pool => {
  const key = keyOf(endpoint);
  const pool = pools.get(key) ?? make();
  pools.set(key, pool);
  return pool;
};

/** Two targets behind different hosts may have one address: the way is part of what a connection is. */
const keyOf = ({ user, host, port, identity, via }: Endpoint): string =>
  JSON.stringify([user, host, port, identity, via?.map(keyOf)]);
