import type { Config } from '../core/config.js';
import { type ExitCode, fault } from '../core/fault.js';
import { type ListenAddress, showAddress } from '../core/listen-address.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import { readiness } from '../doors/web/index.js';
import type { Environment } from './environment.js';

const ANSWER_MS = 5_000;
/** Addresses that mean "all of this machine" to a server, and nothing to a client. */
const ALL: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Asks the process that serves `/readyz` whether it is ready: 0 it is, 1 it is not (and why), 3 it does not answer. */
export const health = async (
  env: Pick<Environment, 'http'>,
  config: Pick<Config, 'http'>,
  terminal: Terminal,
): Promise<ExitCode> => {
  const address = env.http ?? config.http;
  if (!address) {
    const next = 'Set `http: 127.0.0.1:9464` in runbolt.yaml, or RUNBOLT_HTTP, for the process and for this command.';
    return tell(fault('config_missing', 'Nothing says where health is served.', next), false, terminal);
  }
  const asked: ListenAddress = { ...address, host: ALL[address.host] ?? address.host };
  try {
    const answer = await fetch(`http://${showAddress(asked)}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { ready, parts } = readiness.parse(await answer.json());
    for (const [name, part] of Object.entries(parts)) {
      terminal.out(part.ready ? `${name}: ready` : `${name}: not ready. ${part.reason ?? ''}`.trimEnd());
    }
    return ready ? 0 : 1;
  } catch {
    const next = 'Check that the bot or the worker runs, with this address.';
    return tell(fault('health_unknown', `Nothing at ${showAddress(asked)} says how it does.`, next), false, terminal);
  }
};
