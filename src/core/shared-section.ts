import type { Probe } from './fact-type.js';
import type { Section } from './script.js';

/** A section that serves all the facts named, with how long it waits between samples, ms. */
export interface SharedSection extends Section {
  readonly facts: readonly string[];
  readonly waitMs: number;
}

/** A fact's name and what it wants to run. */
export interface NamedProbe {
  readonly name: string;
  readonly probe: Probe;
}

/**
 * The sections of a gathering. Probes of the same script that share run as one, with the variables of all: what several
 * facts are read from is read once (thirty sysctls: one look at the files that set them). `lists` are joined, an item a
 * line; two probes that give one variable different values each run by themselves. A section has the name of its first fact.
 */
export const sharedSections = (probes: readonly NamedProbe[]): readonly SharedSection[] => {
  const groups: NamedProbe[][] = [];
  for (const one of probes) {
    const group = groups.find((others) => others.every(({ probe }) => fits(probe, one.probe)));
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const given = group.map(({ probe }) => probe);
    return {
      id: first.name,
      facts: group.map(({ name }) => name),
      script: first.probe.script,
      env: environment(given),
      waitMs: given.reduce((sum, { waitMs = 0 }) => sum + waitMs, 0),
    };
  });
};

const fits = (a: Probe, b: Probe): boolean =>
  a.shares === true &&
  b.shares === true &&
  a.script === b.script &&
  Object.entries(b.env).every(([name, value]) => (a.env[name] ?? value) === value);

/** The environment of one run for these probes. */
export const environment = (probes: readonly Probe[]): Readonly<Record<string, string>> => {
  const lists = probes.flatMap(({ lists = {} }) => Object.entries(lists));
  const joined = lists.map(([name]): [string, string] => {
    const items = lists.flatMap(([other, list]) => (other === name ? list : []));
    return [name, [...new Set(items)].join('\n')];
  });
  return Object.fromEntries([...probes.flatMap(({ env }) => Object.entries(env)), ...joined]);
};
