import { stat } from 'node:fs/promises';
import { KnownHosts } from '../adapters/ssh/host-keys.js';
import { Identities } from '../adapters/ssh/identity.js';
import { type Endpoint, endpointOf, hopsTo } from '../adapters/ssh/index.js';
import type { Config } from '../core/config.js';
import { faultIn } from '../core/fault.js';
import { byName, foldNames } from '../core/names.js';
import type { Target } from '../core/target.js';
import type { Inventory } from '../engine/ports.js';
import { type Check, type Finding, fail, pass, unknown } from './doctor-report.js';
import type { Environment } from './environment.js';

type Fleet = { readonly targets: readonly Target[] } | { readonly error: unknown };

/** The inventory, and whether each host that is reached over SSH can be: its key is known, and there is one to log in with. */
export const hostChecks = (env: Environment, config: Config, inventory: Inventory): readonly Check[] => {
  const fleet: Promise<Fleet> = inventory.targets().then(
    (targets) => ({ targets }),
    (error: unknown) => ({ error }),
  );
  const overSsh = async (look: (targets: readonly Target[]) => Promise<readonly Finding[]>) => {
    const found = await fleet;
    if ('error' in found) return [unknown('The hosts are not known.', 'Mend the inventory first.')];
    const targets = found.targets.filter((t) => t.transport === 'ssh' && !t.unreachable);
    return targets.length === 0 ? [pass('No host is reached over SSH.')] : look(targets);
  };
  const overSsm = async (): Promise<readonly Finding[]> => {
    const found = await fleet;
    const targets = 'error' in found ? [] : found.targets.filter((t) => t.transport === 'ssm' && !t.unreachable);
    if (targets.length === 0) return [];
    const { systemsManager } = await import('./doctor-ssm.js');
    return systemsManager(targets);
  };
  return [
    {
      name: 'inventory',
      look: async () => {
        const found = await fleet;
        if ('targets' in found) return [counted(found.targets), ...unreachable(found.targets)];
        const fault = faultIn(found.error);
        return [fault ? fail(fault.message, fault.next) : unknown('It could not be read.', 'See `runbolt targets`.')];
      },
    },
    { name: 'host keys', look: () => overSsh((targets) => hostKeys(config, targets)) },
    { name: 'identities', look: () => overSsh((targets) => identities(env, config, targets)) },
    { name: 'systems manager', look: overSsm },
  ];
};

const counted = (targets: readonly Target[]): Finding => {
  if (targets.length === 0)
    return fail('There is no host.', 'Name some under `targets` or `inventories` in runbolt.yaml.');
  const by = [...new Set(targets.map((t) => t.transport))].map(
    (name) => `${targets.filter((t) => t.transport === name).length} by ${name}`,
  );
  return pass(`${targets.length === 1 ? '1 host' : `${targets.length} hosts`}: ${by.join(', ')}.`);
};

/** Findings of hosts that cannot be reached; the others are counted. */
const SHOWN = 10;

/** Hosts to which nothing can be sent, as their inventory knows, each with its reason. */
const unreachable = (targets: readonly Target[]): readonly Finding[] => {
  const faults = targets.flatMap((t) => t.unreachable ?? []);
  const left = faults.length - SHOWN;
  return [
    ...faults.slice(0, SHOWN).map(({ message, next }) => fail(message, next)),
    ...(left > 0 ? [fail(`${left} more of the hosts cannot be reached.`, 'All of them: `runbolt targets`.')] : []),
  ];
};

const hostKeys = async ({ ssh }: Config, targets: readonly Target[]): Promise<readonly Finding[]> => {
  const known = new KnownHosts([ssh.knownHosts]);
  const isKnown = async (host: string, port: number) => (await known.about(host, port)).some((entry) => !entry.revoked);
  const findings: Finding[] = [];
  for (const { host, port, label, name } of hopsTo(targets, ssh.bastion)) {
    if (await isKnown(host, port)) continue;
    const next = `Run \`runbolt trust ${name}\`; compare the fingerprints.`;
    findings.push(fail(`The host key of the ${label} is not known.`, next));
  }
  const answers = await Promise.all(targets.map(async (t) => ((await isKnown(t.host, t.port)) ? [] : [t])));
  const strangers = answers.flat();
  const lacking = strangers.map(({ name }) => name).sort(byName);
  const [first] = lacking;
  if (first === undefined) return [...findings, pass(`${ssh.knownHosts} has a key of each.`)];
  const of = `${lacking.length} of ${targets.length} ${targets.length === 1 ? 'host' : 'hosts'}`;
  const each = `Run \`runbolt trust ${first}\`${lacking.length > 1 ? ', and so for each' : ''}; compare the fingerprints.`;
  const inAws = strangers.some(({ aws }) => aws)
    ? ' EC2 instances tell theirs themselves: `runbolt trust SELECTOR --via ssm`.'
    : '';
  const next = `${each}${inAws}`;
  return [...findings, fail(`${of} have no known host key: ${foldNames(lacking)}.`, next)];
};

const identities = async (
  env: Environment,
  { ssh }: Config,
  targets: readonly Target[],
): Promise<readonly Finding[]> => {
  const keys = new Identities(env.sshAgent, env.sshPassphrase);
  const first = new Map<string, Endpoint>();
  // To the bastion each host's own identity is used.
  const hops = hopsTo(targets, ssh.bastion).filter(({ identity }) => identity !== undefined);
  for (const one of [...targets.map(endpointOf), ...hops])
    if (!first.has(one.identity ?? '')) first.set(one.identity ?? '', one);
  return Promise.all(
    [...first].map(async ([path, endpoint]): Promise<Finding> => {
      const login = await keys.login(endpoint);
      if (!login.ok) return fail(login.fault.message, login.fault.next);
      if (path === '') return pass('Hosts without an `identity` are logged in to by the SSH agent.');
      const { mode } = await stat(path);
      if ((mode & 0o077) === 0) return pass(`${path} can be used, and is closed to others.`);
      return fail(`${path} is open to others (mode ${(mode & 0o777).toString(8)}).`, `Run \`chmod 600 ${path}\`.`);
    }),
  );
};
