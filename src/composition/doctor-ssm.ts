import { managedInstances } from '../adapters/ssm/nodes.js';
import { byName, foldNames } from '../core/names.js';
import type { AwsPlace, Target } from '../core/target.js';
import { type Finding, fail, pass } from './doctor-report.js';
import { systemClock, systemRandom } from './system.js';

/** So long AWS is asked in one region, ms. */
const LIMIT_MS = 12_000;
const UNMANAGED = 'not managed by SSM';
const AGENT =
  'Look at the instance, at its amazon-ssm-agent and its role, and whether region and profile of runbolt.yaml are its own.';

/** Whether SSM has contact with each of these hosts, asked once for each region and profile. */
export const systemsManager = async (targets: readonly Target[]): Promise<readonly Finding[]> => {
  const places = new Map<string, { readonly where: AwsPlace; readonly hosts: Target[] }>();
  for (const target of targets) {
    if (!target.aws) continue;
    const key = JSON.stringify([target.aws.region, target.aws.profile]);
    const place = places.get(key) ?? { where: target.aws, hosts: [] };
    places.set(key, place);
    place.hosts.push(target);
  }
  const found = await Promise.all([...places.values()].map(({ where, hosts }) => atPlace(where, hosts)));
  return found.flat();
};

const atPlace = async ({ region, profile }: AwsPlace, hosts: readonly Target[]): Promise<readonly Finding[]> => {
  const where = { region, ...(profile !== undefined && { profile }) };
  const states = await managedInstances(where, { clock: systemClock, random: systemRandom, limitMs: LIMIT_MS });
  if (!states.ok) return [fail(states.fault.message, states.fault.next)];
  const place = profile === undefined ? region : `${region} with profile ${profile}`;
  const byState = new Map<string, Target[]>();
  for (const host of hosts) {
    const state = states.value.get(host.aws?.instance ?? '') ?? UNMANAGED;
    byState.set(state, [...(byState.get(state) ?? []), host]);
  }
  const away = [...byState].filter(([state]) => state !== 'Online').sort();
  if (away.length === 0) return [pass(`${place}: SSM has contact with ${counted(hosts.length)}.`)];
  return away.map(([state, of]) => {
    const names = foldNames(of.map(({ name }) => name).sort(byName));
    return fail(
      `${place}: ${counted(of.length)} of ${hosts.length} ${of.length === 1 ? 'is' : 'are'} ${worded(state)}: ${names}.`,
      AGENT,
    );
  });
};

const worded = (state: string): string => (state === UNMANAGED ? state : `not online (${state})`);

const counted = (n: number): string => `${n} ${n === 1 ? 'host' : 'hosts'}`;
