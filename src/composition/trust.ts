import { type Endpoint, endpointOf, hopsNamed, hopsTo, recordHostKey, scanHostKeys } from '../adapters/ssh/index.js';
import { type ExitCode, failure, ok, type Result } from '../core/fault.js';
import { didYouMean } from '../core/nearest.js';
import type { Target } from '../core/target.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { TrustOptions } from '../doors/cli/program.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';
import { openFleet } from './fleet.js';
import { systemClock } from './system.js';

/**
 * Shows the host keys of a target, or of a host on the way to one, and records them once a person, or the fingerprint
 * given, says that they are its own.
 */
export const trust = async (
  env: Environment,
  name: string,
  options: TrustOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const { fingerprint } = options;
  const refuse = (result: Extract<Result<unknown>, { ok: false }>) => tell(result.fault, false, terminal);
  if ((options.via === 'ssm' && fingerprint !== undefined) || (options.via === undefined && options.yes === true)) {
    const next = '--fingerprint is for one host that is dialled, --yes for --via ssm.';
    return refuse(failure('argument_unexpected', 'These options do not go together.', next));
  }
  const config = await loadConfig(env);
  if (!config.ok) return refuse(config);
  if (!config.value) {
    const next = 'Write a runbolt.yaml (README, "Your own workspace"), or name one with --config FILE.';
    return refuse(failure('config_missing', `There is no ${env.configPath}.`, next));
  }
  const inventory = openFleet(env, config.value, () => undefined, signal);
  const targets = await inventory.targets().finally(() => inventory.close());
  if (options.via === 'ssm') {
    const { trustBySsm } = await import('./trust-ssm.js');
    return trustBySsm(config.value, targets, name, options.yes === true, terminal, signal);
  }
  const host = meant(name, targets, config.value.ssh.bastion);
  if (!host.ok) return refuse(host);
  const { knownHosts, bastion } = config.value.ssh;
  const keys = await scanHostKeys(
    host.value,
    {
      knownHosts: [knownHosts],
      clock: systemClock,
      ...(bastion !== undefined && { bastion }),
      ...(env.sshAgent !== undefined && { agent: env.sshAgent }),
      ...(env.sshPassphrase !== undefined && { passphrase: env.sshPassphrase }),
    },
    signal,
  );
  if (!keys.ok) return refuse(keys);
  terminal.out(`${host.value.label} offers:`);
  for (const key of keys.value) terminal.out(`  ${key.type}  ${key.fingerprint}`);
  if (fingerprint !== undefined && !keys.value.some((k) => k.fingerprint === fingerprint)) {
    return refuse(
      failure(
        'host_key_changed',
        `None of them is ${fingerprint}: nothing was recorded.`,
        'Find out who answers there.',
      ),
    );
  }
  const sure =
    fingerprint !== undefined || (await terminal.confirm?.('Compare with the host itself. Trust these keys?', signal));
  if (!sure) {
    const next = 'Compare with `ssh-keygen -lf` on the host, then give --fingerprint SHA256:…';
    return refuse(failure('host_key_unknown', 'Nothing was recorded: the keys were not confirmed.', next));
  }
  const chosen = fingerprint === undefined ? keys.value : keys.value.filter((k) => k.fingerprint === fingerprint);
  for (const key of chosen) {
    const recorded = await recordHostKey(knownHosts, host.value, key, systemClock);
    if (!recorded.ok) return refuse(recorded);
    terminal.out(`${key.type} ${recorded.value === 'added' ? 'recorded in' : 'was already in'} ${knownHosts}`);
  }
  return 0;
};

/** The target of this name, or the host on the way to one. */
const meant = (name: string, targets: readonly Target[], bastion: string | undefined): Result<Endpoint> => {
  const target = targets.find((t) => t.name === name);
  if (target) return ok(endpointOf(target));
  const hops = hopsTo(targets, bastion);
  const [hop, other] = hopsNamed(name, hops);
  if (hop && other)
    return failure('selector_empty', `${name} has more than one port.`, `Say ${hop.name} or ${other.name}.`);
  if (hop) return ok(hop);
  const names = targets.map((t) => t.name);
  const near = didYouMean(name, [...names, ...hops.map((h) => h.name)]);
  return failure('selector_empty', `There is no target \`${name}\`.${near}`, 'All hosts: `runbolt targets`.');
};
