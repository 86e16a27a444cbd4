import { failure, ok, type Result } from '../core/fault.js';
import type { Found } from '../core/inventory.js';
import { byName, foldNames } from '../core/names.js';
import { resolve } from '../core/resolve.js';
import { parseSelector } from '../core/selector.js';
import type { Inventory, Survey, SurveyedSource } from './ports.js';
import type { World } from './world.js';

const MAX_NOTES = 20;

/** What an inventory can tell of its hosts; one without a survey tells no places. */
export const surveyOf = async (inventory: Inventory): Promise<Survey> => {
  if (inventory.survey) return inventory.survey();
  return { found: (await inventory.targets()).map((target) => ({ target, place: '' })), sources: [] };
};

/**
 * The hosts that a selector means, those that are alike in one line with where they were found, and below them what each
 * source answered and how old that is.
 */
export const targetLines = (
  { found, sources }: Survey,
  selector: string | undefined,
  { config, clock }: Pick<World, 'config' | 'clock'>,
): Result<readonly string[]> => {
  const parsed = parseSelector(selector ?? '*', config.groups);
  if (!parsed.ok) return parsed;
  if (found.length === 0) {
    return sources.length === 0
      ? failure('config_invalid', 'No targets are configured.', 'Name them under `targets` in runbolt.yaml.')
      : failure(
          'selector_empty',
          `No host was found in ${sources.map((s) => s.name).join(', ')}.`,
          'Look at what they say.',
        );
  }
  const fleet = found.map(({ target }) => target);
  const chosen = resolve(selector ?? '*', parsed.value, fleet);
  if (!chosen.ok) return chosen;
  const { targets, unmatched } = chosen.value;
  const places = new Map(found.map((one) => [one.target.name, one]));
  const kinds = new Map<string, Found[]>();
  for (const target of targets) {
    const one = places.get(target.name) ?? { target, place: '' };
    const kind = kindOf(one);
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  return ok([
    `${targets.length} of ${fleet.length} hosts`,
    ...(unmatched.length > 0 ? [`not in the inventory: ${unmatched.join(', ')}`] : []),
    ...[...kinds].map(([kind, all]) => {
      const from = sources.length === 0 ? '' : `  ${foldPlaces(all.map(({ place }) => place))}`;
      return `${foldNames(all.map(({ target }) => target.name))}  ${kind}${from}`;
    }),
    ...sources.flatMap((source) => sourceLines(source, clock.now())),
  ]);
};

const kindOf = ({ target }: Found): string => {
  const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
  const shut = target.unreachable ? [`(not reached: ${target.unreachable.message})`] : [];
  return [...labels.sort(byName), target.transport, ...shut].join(' ');
};

/** `hosts.ini:3-5,9`, `ec2 eu-west-1`: lines of one file together, and of many instances only where they are. */
const foldPlaces = (places: readonly string[]): string => {
  const lines = new Map<string, number[]>();
  const others = new Set<string>();
  for (const place of places) {
    const [, file, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(place) ?? [];
    if (file !== undefined) lines.set(file, [...(lines.get(file) ?? []), Number(line)]);
    else others.add(places.length === 1 ? place : place.replace(/ m?i-[0-9a-f]+$/, ''));
  }
  return [...[...lines].map(([file, all]) => `${file}:${ranges(all)}`), ...others].join(', ');
};

const ranges = (numbers: readonly number[]): string => {
  const spans: [number, number][] = [];
  for (const n of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else spans.push([n, n]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
};

const sourceLines = (
  { name, hosts, notes, readAt, failure: fault }: SurveyedSource,
  now: number,
): readonly string[] => {
  const age = readAt === undefined ? '' : `, read ${ageOf(now - readAt)} ago`;
  const stale = fault
    ? [`  ${fault.message} The older answer is only shown: nothing is asked or changed by it. ${fault.next}`]
    : [];
  const left = notes.length - MAX_NOTES;
  return [
    `${name}: ${hosts} ${hosts === 1 ? 'host' : 'hosts'}${age}`,
    ...stale,
    ...notes.slice(0, MAX_NOTES).map((note) => `  ${note}`),
    ...(left > 0 ? [`  and ${left} more notes`] : []),
  ];
};

const ageOf = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
};
