import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { builtIn } from '../../src/composition/registry.js';
import { runbooksOf } from '../../src/composition/runbook-files.js';
import { bindArgs } from '../../src/core/args.js';
import { gatherScript } from '../../src/core/script.js';
import { sharedSections } from '../../src/core/shared-section.js';
import { type Sshd, startSshd } from '../rig/sshd/sshd.js';

/** Real sshd targets on loopback, as Runbolt and the bare loop see them. */
export interface BenchFleet {
  readonly size: number;
  /** Path of a runbolt.yaml with all targets. */
  readonly config: string;
  /** Standard input of bare.mjs. */
  readonly bareInput: string;
  stop(): Promise<void>;
}

export const startBenchFleet = async (size: number): Promise<BenchFleet> => {
  const sshd = await startSshd({ targets: size });
  const { listeners, identity, user, knownHosts, directory } = sshd;
  const config = join(directory, 'runbolt.yaml');
  const targets = Object.fromEntries(
    listeners.map(({ host, port }, n) => [`t-${n + 1}`, { host, port, user, identity: identity.path }]),
  );
  writeFileSync(config, stringify({ targets, ssh: { known_hosts: knownHosts }, limits: { gather: '60s' } }));
  return { size, config, bareInput: await bareInput(sshd), stop: sshd.stop };
};

/** The same gather script as the runbook tcp sends, to the same targets, with the same key. */
const bareInput = async ({ listeners, identity, user, hostKeys }: Sshd): Promise<string> => {
  const runbooks = await runbooksOf(undefined);
  const tcp = runbooks.ok ? runbooks.value.get('tcp') : undefined;
  if (!tcp) throw new Error('the runbook tcp cannot be loaded');
  const params = Object.fromEntries(Object.entries(tcp.params).map(([name, param]) => [name, param.default]));
  const probes = tcp.facts.flatMap(({ name, type, args }) => {
    const kind = builtIn.facts.get(type);
    return kind && 'probe' in kind ? [{ name, probe: kind.probe(bindArgs(args, { params, secrets: {} })) }] : [];
  });
  const hostKey = hostKeys[0]?.publicLine.split(' ')[1];
  return JSON.stringify({
    targets: listeners.map((at) => ({ ...at, hostKey })),
    user,
    identity: identity.path,
    script: gatherScript(sharedSections(probes)),
    end: ' done',
  });
};
