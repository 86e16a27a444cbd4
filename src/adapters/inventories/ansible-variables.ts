import type { AnsibleData, AnsibleGroup, Variable, Variables } from './ansible-data.js';

/** Variables of files beside an inventory, by the name of a group or host. */
export interface BesideVariables {
  readonly groups: ReadonlyMap<string, Variables>;
  readonly hosts: ReadonlyMap<string, Variables>;
}

export const NOTHING_BESIDE: BesideVariables = { groups: new Map(), hosts: new Map() };

/** A host's variables as Ansible resolves them, and the groups that it is in, `all` left out, by name. */
export interface ResolvedHost {
  readonly name: string;
  readonly at: string;
  readonly vars: ReadonlyMap<string, Variable>;
  readonly groups: readonly string[];
}

/**
 * Every host with its variables, in Ansible's order of precedence: `all`, then groups from the widest to the narrowest
 * (by depth, `ansible_group_priority`, name); over all of these `group_vars`, in the same order; then the host's own and
 * `host_vars`. Groups that contain each other are a mistake.
 */
export const resolveHosts = (data: AnsibleData, beside: BesideVariables): readonly ResolvedHost[] => {
  const parents = new Map<string, Set<string>>();
  const within = (child: string, parent: string) => {
    const known = parents.get(child) ?? new Set();
    parents.set(child, known.add(parent));
  };
  for (const group of data.groups.values()) for (const child of group.children) within(child, group.name);
  const depths = depthsOf(data, parents);
  if (!depths) return [];
  const memberOf = new Map<string, string[]>();
  for (const group of data.groups.values())
    for (const host of group.hosts) memberOf.set(host, [...(memberOf.get(host) ?? []), group.name]);
  const above = new Map<string, readonly AnsibleGroup[]>();
  const ancestry = (names: readonly string[]): readonly AnsibleGroup[] => {
    const key = names.join('\n');
    const known = above.get(key);
    if (known) return known;
    const seen = new Set<string>();
    const open = [...names];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(...(parents.get(name) ?? []));
    }
    const groups = [...seen].filter((name) => name !== 'all').flatMap((name) => data.groups.get(name) ?? []);
    const order = (g: AnsibleGroup) => ({ depth: depths.get(g.name) ?? 0, priority: priorityOf(g, beside) });
    const sorted = groups
      .map((group) => ({ group, ...order(group) }))
      .sort((a, b) => a.depth - b.depth || a.priority - b.priority || (a.group.name < b.group.name ? -1 : 1))
      .map(({ group }) => group);
    above.set(key, sorted);
    return sorted;
  };
  return [...data.hosts.values()].map(({ name, at, vars: own }) => {
    const groups = ancestry(memberOf.get(name) ?? []);
    const layers = [
      data.groups.get('all')?.vars,
      ...groups.map((group) => group.vars),
      beside.groups.get('all'),
      ...groups.map((group) => beside.groups.get(group.name)),
      own,
      beside.hosts.get(name),
    ];
    const vars = new Map(layers.flatMap((layer) => [...(layer ?? [])]));
    return {
      name,
      at,
      vars,
      groups: groups
        .map((group) => group.name)
        .filter((group) => group !== 'ungrouped')
        .sort(),
    };
  });
};

const priorityOf = (group: AnsibleGroup, beside: BesideVariables): number => {
  const value = (beside.groups.get(group.name)?.get(PRIORITY) ?? group.vars.get(PRIORITY))?.value;
  return Number.isSafeInteger(Number(value ?? 1)) ? Number(value ?? 1) : 1;
};
const PRIORITY = 'ansible_group_priority';

/** How deep each group lies below `all`, by its longest way; undefined, and a mistake, where there is a circle. */
const depthsOf = (
  data: AnsibleData,
  parents: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, number> | undefined => {
  const depths = new Map<string, number>([['all', 0]]);
  const open = new Map(
    [...data.groups.keys()].filter((name) => name !== 'all').map((name) => [name, parents.get(name)]),
  );
  for (let settled = true; settled && open.size > 0; ) {
    settled = false;
    for (const [name, above] of open) {
      const known = [...(above ?? [])].map((parent) => depths.get(parent));
      if (known.some((depth) => depth === undefined)) continue;
      depths.set(name, 1 + Math.max(0, ...known.map((depth) => depth ?? 0)));
      open.delete(name);
      settled = true;
    }
  }
  const underAll = parents.get('all');
  const [stuck] = underAll && underAll.size > 0 ? ['all'] : open.keys();
  if (stuck === undefined) return depths;
  const at = data.groups.get(stuck)?.at ?? '';
  data.mistakes.push({ at, message: `The group \`${stuck}\` contains itself, or is in a group that does.` });
  return undefined;
};
