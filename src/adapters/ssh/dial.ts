import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2, {
  type Client,
  type ConnectConfig,
  type KexAlgorithm,
  type NoAuthMethod,
  type ServerHostKeyAlgorithm,
} from 'ssh2';
import { type Fault, FaultError, type Result } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';
import { dialFault, isDropped, keyFault, timedOut } from './dial-faults.js';
import { judge, type KnownHosts, offeredAlgorithms } from './host-keys.js';
import type { Identities, Login } from './identity.js';
import { CONNECT_MS, type Endpoint, type SshOptions } from './options.js';
import type { Slots } from './slots.js';

/** nistp256 costs ssh2 and sshd the least CPU of all. */
const KEX: KexAlgorithm[] = [
  'ecdh-sha2-nistp256',
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];

/** Waits after a connection that was dropped before the handshake, in ms. */
const RETRIES = [150, 400, 1_000] as const;
/** A dial gives its slot to the next after so long: a dead host must not hold up the others. */
const SLOT_MS = 1_000;

/** Opens the byte stream to an endpoint; rejects with what the network said. */
export type OpenStream = (endpoint: Endpoint, signal: AbortSignal) => Promise<Duplex>;

export interface Dialler {
  readonly clock: Clock;
  readonly knownHosts: KnownHosts;
  readonly identities: Identities;
  readonly slots: Slots;
  readonly open: OpenStream;
  readonly onDial?: SshOptions['onDial'];
}

/** One logged-in connection whose host key is known, within 10 s of getting a slot. */
export const dial = async (dialler: Dialler, endpoint: Endpoint, signal: AbortSignal): Promise<Result<Client>> => {
  const result = await dialNow(dialler, endpoint, signal);
  dialler.onDial?.(result.ok ? 'ok' : result.fault.code);
  return result;
};

const dialNow = async (dialler: Dialler, endpoint: Endpoint, signal: AbortSignal): Promise<Result<Client>> => {
  const login = await dialler.identities.login(endpoint);
  if (!login.ok) return login;
  const release = await dialler.slots.take();
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);
  void dialler.clock.sleep(SLOT_MS, until).then(release, release);
  const late = new AbortController();
  const timer = dialler.clock.sleep(CONNECT_MS, until).catch(() => {});
  void timer.then(() => late.abort());
  try {
    return await attempts(dialler, endpoint, login.value, AbortSignal.any([signal, late.signal]));
  } finally {
    done.abort();
    release();
  }
};

const attempts = async (dialler: Dialler, endpoint: Endpoint, login: Login, signal: AbortSignal) => {
  for (let attempt = 0; ; attempt += 1) {
    const result = await once(dialler, endpoint, login, signal);
    if (result.ok || signal.aborted) return signal.aborted ? expire(result, endpoint) : result;
    const pause = result.dropped ? RETRIES[attempt] : undefined;
    if (pause === undefined) return { ok: false, fault: result.fault } as const;
    await dialler.clock.sleep(pause + randomInt(pause), signal).catch(() => {});
  }
};

const expire = (result: Result<Client>, endpoint: Endpoint): Result<Client> => {
  if (result.ok) result.value.destroy();
  return { ok: false, fault: timedOut(endpoint, CONNECT_MS) };
};

type Attempt = { ok: true; value: Client } | { ok: false; fault: Fault; dropped: boolean };

const once = async (dialler: Dialler, endpoint: Endpoint, login: Login, signal: AbortSignal): Promise<Attempt> => {
  const { host, port } = endpoint;
  try {
    const known = await dialler.knownHosts.about(host, port);
    const sock = await dialler.open(endpoint, signal);
    let refused: Fault | undefined;
    const verify = (key: Buffer): boolean => {
      const verdict = judge(known, key);
      if (verdict.kind !== 'known') refused = keyFault(endpoint, verdict, key);
      return verdict.kind === 'known';
    };
    const outcome = await handshake(sock, login, offeredAlgorithms(known), verify, signal);
    if (outcome.ok) return { ok: true, value: outcome.client };
    if (refused) return { ok: false, fault: refused, dropped: false };
    return {
      ok: false,
      fault: dialFault(endpoint, outcome.error),
      dropped: !outcome.agreed && isDropped(outcome.error),
    };
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault, dropped: false };
    return { ok: false, fault: dialFault(endpoint, error), dropped: isDropped(error) };
  }
};

export type Handshake = { ok: true; client: Client } | { ok: false; error: unknown; agreed: boolean };

/** Key exchange and login over an open stream. On any failure, or the signal, the stream is gone. */
export const handshake = (
  sock: Duplex,
  login: Login | NoAuthMethod,
  serverHostKey: ServerHostKeyAlgorithm[],
  hostVerifier: (key: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Handshake> =>
  new Promise((resolve) => {
    const client = new ssh2.Client();
    let agreed = false;
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', onAbort);
      sock.destroy();
      resolve({ ok: false, error, agreed });
    };
    const onAbort = () => fail(new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', fail);
    client.on('close', () => fail(new Error('closed')));
    client.on('handshake', () => {
      agreed = true;
    });
    client.on('ready', () => {
      signal.removeEventListener('abort', onAbort);
      resolve({ ok: true, client });
    });
    const config: ConnectConfig = {
      sock,
      username: login.username,
      authHandler: [login],
      algorithms: { kex: KEX, serverHostKey },
      hostVerifier,
      readyTimeout: 0,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
    };
    client.connect(config);
    if (signal.aborted) onAbort();
  });
