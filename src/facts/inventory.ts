import { z } from 'zod';
import type { FactValue, FleetFact, Reading } from '../core/fact-type.js';
import { byName } from '../core/names.js';
import { resolve } from '../core/resolve.js';
import { parseSelector } from '../core/selector.js';
import type { Target } from '../core/target.js';
import { canonicalIp, endpointOf } from './ip-address.js';

const args = z.strictObject({
  /** Which hosts, as requests name them: `role=web`, `web-*`. */
  select: z.string().max(500),
  /** Labels in which a host must equal this target; a label that neither has is equal. */
  same: z.array(z.string().max(60)).max(10).default([]),
  /** The port of each host's endpoint; without it there are no endpoints. */
  port: z.int().min(1).max(65_535).optional(),
});

type Args = z.output<typeof args>;

/**
 * Hosts of the inventory that a selector means, seen from one target, ordered by name. Each has an IP address: its label
 * `address`, else the address it is dialled at. None at all is a count of 0; a selector that cannot be read or of which
 * a part matches no host, a host without an IP address, or two hosts with the same one is an error, never a smaller
 * fleet. Missing names of a range are evidence.
 */
export const inventory: FleetFact<Args> = {
  name: 'inventory',
  summary: 'Hosts of the inventory that a selector means, with their addresses.',
  args,
  schema: {
    count: 'int',
    select: 'string',
    names: 'list<string>',
    addresses: 'list<string>',
    endpoints: 'list<string>',
    hosts: [{ name: 'string', address: 'string', endpoint: 'string', evidence: 'list<string>' }],
  },
  read: ({ select, same, port }, fleet, target) => {
    const asked = same.map((label) => `${label}=${labelOf(target, label) ?? '(none)'}`);
    const words = [select, ...asked].join(', ');
    const selector = parseSelector(select, {});
    if (!selector.ok) return { status: 'error', reason: `${selector.fault.message} ${selector.fault.next}` };
    const found = resolve(select, selector.value, fleet, 'any');
    if (!found.ok) return hostsOf([], words, port, []);
    const { targets, unmatched } = found.value;
    const spelt = resolve(select, selector.value, fleet);
    if (!spelt.ok) return { status: 'error', reason: `${spelt.fault.message} ${spelt.fault.next}` };
    const chosen = targets
      .filter((one) => same.every((label) => labelOf(one, label) === labelOf(target, label)))
      .sort((a, b) => byName(a.name, b.name));
    return hostsOf(chosen, words, port, unmatched);
  },
};

const labelOf = ({ labels }: Target, label: string): string | undefined =>
  Object.hasOwn(labels, label) ? labels[label] : undefined;

const hostsOf = (
  chosen: readonly Target[],
  select: string,
  port: number | undefined,
  unmatched: readonly string[],
): Reading => {
  const hosts: { name: string; address: string; endpoint: string; evidence: readonly string[] }[] = [];
  for (const one of chosen) {
    const written = labelOf(one, 'address') ?? one.host;
    const address = canonicalIp(written);
    if (address === undefined)
      return {
        status: 'error',
        reason: `${one.name} has no IP address in the inventory (${written}): give it the label address.`,
      };
    const twin = hosts.find((other) => other.address === address);
    if (twin) return { status: 'error', reason: `${twin.name} and ${one.name} have the same address, ${address}.` };
    const endpoint = port === undefined ? '' : endpointOf(address, port);
    hosts.push({ name: one.name, address, endpoint, evidence: [`inventory: ${one.name} ${endpoint || address}`] });
  }
  const value: FactValue = {
    count: hosts.length,
    select,
    names: hosts.map((one) => one.name),
    addresses: hosts.map((one) => one.address),
    endpoints: port === undefined ? [] : hosts.map((one) => one.endpoint),
    hosts,
  };
  const shown = hosts.slice(0, 20).map((one) => `${one.name} ${one.endpoint || one.address}`);
  return {
    status: 'read',
    value,
    evidence: [
      `inventory: ${hosts.length} of ${select}`,
      ...(shown.length > 0 ? [shown.join(', ')] : []),
      ...(unmatched.length > 0 ? [`not in the inventory: ${unmatched.join(', ')}`] : []),
    ],
  };
};
