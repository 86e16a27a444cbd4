import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { MANAGEMENT_PROBE } from './probe.js';

const NAMES: ReadonlySet<string> = new Set([
  ...['Ansible', 'Chef', 'Puppet', 'Salt', 'CFEngine', 'cloud-init', 'tuned', 'Auto Scaling group'],
]);

/** Signs of one manager that are named with it; all of them are in the evidence. */
const NAMED_SIGNS = 2;

/**
 * Who could undo a change on this host. `by` joins `managers` by commas and is empty where there is none; each is a name
 * and the signs of it: `Puppet (/etc/puppetlabs, process puppet)`. `read` is false where the caller may not look into
 * every place (without root), so that an empty `by` then does not mean nobody.
 */
export const management: HostFact<Record<string, never>> = {
  name: 'management',
  summary: 'Configuration management, images and scaling groups that could undo a change.',
  args: z.strictObject({}),
  schema: { by: 'string', managers: 'list<string>', read: 'bool', unread: 'list<string>' },
  probe: () => ({ script: MANAGEMENT_PROBE, env: {} }),
  parse: (output) => read(output),
};

const read = (output: string): Reading => {
  const frame = unframed('management', output);
  if (!frame.ok) return { status: 'error', reason: frame.reason };
  const [first, ...records] = frame.records;
  const signs = new Map<string, Set<string>>();
  const unread = new Set<string>();
  if (first?.[0] !== 'uid' || first.length !== 2 || !/^\d{1,10}$/.test(first[1] ?? ''))
    return { status: 'error', reason: 'The output lacks uid.' };
  for (const [kind, name = '', sign = '', ...more] of records) {
    if (kind === 'unread' && name !== '' && sign === '') unread.add(cleanLine(name, 200));
    else if (kind === 'found' && NAMES.has(name) && sign !== '' && more.length === 0)
      signs.set(name, (signs.get(name) ?? new Set()).add(cleanLine(sign, 200)));
    else return { status: 'error', reason: 'The output has a line that is not the probe’s.' };
  }
  const managers = [...signs].map(([name, all]) => {
    const left = all.size - NAMED_SIGNS;
    return `${name} (${[...all].slice(0, NAMED_SIGNS).join(', ')}${left > 0 ? ` and ${left} more signs` : ''})`;
  });
  const evidence = [
    ...[...signs].flatMap(([name, all]) => [...all].map((sign) => `${name}: ${sign}`)),
    ...[...unread].map((path) => `could not be looked into: ${path}`),
  ];
  return {
    status: 'read',
    value: { by: managers.join(', '), managers, read: unread.size === 0, unread: [...unread] },
    evidence: evidence.length > 0 ? evidence : ['no sign of configuration management, cloud-init or tuned'],
  };
};
