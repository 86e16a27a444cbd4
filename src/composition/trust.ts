import { recordHostKey, scanHostKeys } from '../adapters/ssh/index.js';
import { type ExitCode, failure, type Result } from '../core/fault.js';
import { didYouMean } from '../core/nearest.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { TrustOptions } from '../doors/cli/program.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';
import { openFleet } from './fleet.js';
import { systemClock } from './system.js';

/** Shows a target's host keys and records them once a person, or the fingerprint given, says that they are its own. */
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
  const inventory = config.value && openFleet(env, config.value, () => undefined);
  const targets = (await inventory?.targets().finally(() => inventory.close())) ?? [];
  if (config.value && options.via === 'ssm') {
    const { trustBySsm } = await import('./trust-ssm.js');
    return trustBySsm(config.value, targets, name, options.yes === true, terminal, signal);
  }
  const target = targets.find((t) => t.name === name);
  if (!target || !config.value) {
    const near = didYouMean(
      name,
      targets.map((t) => t.name),
    );
    return refuse(failure('selector_empty', `There is no target \`${name}\`.${near}`, 'All hosts: `runbolt targets`.'));
  }
  const { knownHosts, bastion } = config.value.ssh;
  const keys = await scanHostKeys(
    target,
    { knownHosts: [knownHosts], clock: systemClock, ...(bastion !== undefined && { bastion }) },
    signal,
  );
  if (!keys.ok) return refuse(keys);
  terminal.out(`${name} (${target.host}:${target.port}) offers:`);
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
    const recorded = await recordHostKey(knownHosts, target, key, systemClock);
    if (!recorded.ok) return refuse(recorded);
    terminal.out(`${key.type} ${recorded.value === 'added' ? 'recorded in' : 'was already in'} ${knownHosts}`);
  }
  return 0;
};
