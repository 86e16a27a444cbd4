import { compareHostKeys, type KeyChange, knownHostsText, readHostKeys, renewHostKeys } from '../adapters/ssh/index.js';
import { ssmTransport } from '../adapters/ssm/index.js';
import type { Config } from '../core/config.js';
import { type ExitCode, failure, type Result } from '../core/fault.js';
import { resolve } from '../core/resolve.js';
import { parseSelector } from '../core/selector.js';
import type { Target } from '../core/target.js';
import { cleanLine, decode } from '../core/text.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { Execution, Transport } from '../engine/ports.js';
import { systemClock, systemRandom } from './system.js';

const SCRIPT = {
  text: 'for key in /etc/ssh/ssh_host_*_key.pub; do if [ -f "$key" ]; then cat "$key"; fi; done\n',
  limitMs: 60_000,
  maxBytes: 64 * 1024,
  become: 'none',
} as const;

/** What came of asking one host for its keys. */
type Asked =
  | { readonly target: Target; readonly change: KeyChange }
  | { readonly target: Target; readonly why: string };

/**
 * Reads the host keys of EC2 instances from the instances themselves, through SSM, and records them as known after one
 * confirmation. AWS vouches for them, not the network: so keys of whoever had the address before are replaced.
 */
export const trustBySsm = async (
  config: Config,
  fleet: readonly Target[],
  words: string,
  sure: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const refuse = (result: Extract<Result<unknown>, { ok: false }>) => tell(result.fault, false, terminal);
  const selector = parseSelector(words, config.groups);
  const chosen = selector.ok ? resolve(words, selector.value, fleet) : selector;
  if (!chosen.ok) return refuse(chosen);
  const all = chosen.value.targets;
  const targets = all.filter((target) => target.transport === 'ssh' && target.aws);
  if (targets.length === 0) {
    const next = 'Give `aws` hosts `transport: ssh`; other hosts are trusted by `runbolt trust HOST`.';
    return refuse(failure('selector_empty', `None of ${all.length} hosts is an EC2 instance reached by SSH.`, next));
  }
  const { unmatched } = chosen.value;
  if (unmatched.length > 0) terminal.err(`not in the inventory: ${unmatched.join(', ')}`);
  const left = all.length - targets.length;
  if (left > 0) terminal.err(`left out: ${left} hosts that are not reached by SSH or are not in AWS`);
  const file = config.ssh.knownHosts;
  const text = await knownHostsText(file);
  const transport = ssmTransport({ clock: systemClock, random: systemRandom, settings: config.aws });
  const answers = await Promise.all(targets.map((target) => ask(transport, target, file, text, signal))).finally(() =>
    transport.close(),
  );
  const asked = sharedAddresses(answers);
  for (const answer of asked) terminal.out(linesOf(answer).join('\n'));
  const changes = asked.flatMap((one) => ('change' in one ? [one.change] : []));
  const missed = asked.length - changes.length;
  const wanted = changes.filter(({ added, removed }) => added.length + removed.length > 0);
  const added = wanted.reduce((sum, change) => sum + change.added.length, 0);
  const removed = wanted.reduce((sum, change) => sum + change.removed.length, 0);
  const summary = `${added} keys of ${wanted.length} hosts to record, ${removed} to remove, ${missed} hosts not read`;
  terminal.out(summary);
  if (wanted.length === 0) return missed > 0 ? 3 : 0;
  if (!sure && !(await terminal.confirm?.(`Record them in ${file}?`, signal))) {
    const next = 'Give --yes where nobody can be asked.';
    return refuse(failure('host_key_unknown', 'Nothing was recorded: it was not confirmed.', next));
  }
  const written = await renewHostKeys(file, wanted, systemClock);
  if (!written.ok) return refuse(written);
  terminal.out(`recorded in ${file}`);
  return missed > 0 ? 3 : 0;
};

const ask = async (
  transport: Transport,
  target: Target,
  file: string,
  text: string,
  signal: AbortSignal,
): Promise<Asked> => {
  const { unreachable: _, ...open } = target;
  const end = await transport.execute({ ...open, transport: 'ssm' }, SCRIPT, signal);
  const missed = missedBy(end);
  if (missed !== undefined) return { target, why: missed };
  const keys = readHostKeys('output' in end ? decode(end.output.stdout) : '');
  if (keys.length === 0) return { target, why: 'there is no /etc/ssh/ssh_host_*_key.pub on it' };
  const change = compareHostKeys(file, text, target, keys);
  return change.obstacle === undefined ? { target, change } : { target, why: change.obstacle };
};

const missedBy = (end: Execution): string | undefined => {
  switch (end.kind) {
    case 'exited':
      if (end.code !== 0) return `the script ended with ${end.code}`;
      return end.output.cut ? 'its answer was cut off' : undefined;
    case 'unreachable':
    case 'lost':
      return `${end.fault.message} ${end.fault.next}`;
    case 'timed-out':
      return `no answer within ${end.limitMs / 1000} s`;
    case 'signalled':
      return `the script was ended by ${end.signal}`;
    case 'cancelled':
      return 'cancelled';
  }
};

/** Hosts of one address cannot be told apart in known_hosts: with different keys, none of them is recorded. */
const sharedAddresses = (answers: readonly Asked[]): readonly Asked[] =>
  answers.map((one): Asked => {
    if (!('change' in one)) return one;
    const twin = answers.find(
      (other) =>
        other !== one &&
        'change' in other &&
        other.target.host === one.target.host &&
        other.target.port === one.target.port &&
        other.change.keys.some(({ key }) => !one.change.keys.some((own) => own.key.equals(key))),
    );
    if (!twin) return one;
    return { target: one.target, why: `${twin.target.name} has the same address with other keys` };
  });

const linesOf = (one: Asked): readonly string[] => {
  const { target } = one;
  const head = `${target.name} (${target.host}:${target.port}) ${target.aws?.instance ?? ''}`;
  if (!('change' in one)) return [`${head} not read: ${cleanLine(one.why, 300)}`];
  const { added, kept, removed } = one.change;
  return [
    head,
    ...added.map((key) => `  new      ${key.type}  ${key.fingerprint}`),
    ...kept.map((key) => `  known    ${key.type}  ${key.fingerprint}`),
    ...removed.map(
      (entry) =>
        `  remove   ${entry.type}  line ${entry.line}: another host had this address, or its keys were made anew`,
    ),
  ];
};
