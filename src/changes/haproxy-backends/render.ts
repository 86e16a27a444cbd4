import type { Effect } from '../../core/change-type.js';
import type { Configured, Host, Server } from './found.js';

/** A server as it will stand in the file, and as the runtime API is told it. */
export interface Wanted {
  readonly name: string;
  /** Empty for a backup whose address is no plain one: it is known by its name alone. */
  readonly endpoint: string;
  readonly rest: string;
}

/** What becomes of the section's `server` lines; every other line stays. */
export interface Rendering {
  readonly kept: readonly Server[];
  readonly removed: readonly Server[];
  readonly added: readonly Wanted[];
  /** Hosts that a backup server stands for already: it stays one, and they get no line of their own. */
  readonly standby: readonly { readonly host: string; readonly server: Server }[];
  /** As given, for the new lines. */
  readonly options: string;
  /** New lines, without line end, put behind line `after` of the file. */
  readonly lines: readonly string[];
  readonly after: number;
  /** Servers once it is done, backups included. */
  readonly wanted: readonly Wanted[];
}

/**
 * Compares the section's servers with the hosts by address and port, so that a line somebody named otherwise stays byte
 * for byte with its options. New lines look like `server NAME ADDRESS:PORT OPTIONS`, indented as their neighbours;
 * `{name}` in the options is the host's name.
 */
export const render = (config: Configured, hosts: readonly Host[], options: string): Rendering => {
  const endpoints = new Set(hosts.map((one) => one.endpoint));
  const stays = (one: Server) => one.backup || endpoints.has(one.endpoint);
  const kept = config.servers.filter(stays);
  const removed = config.servers.filter((one) => !stays(one));
  const active = new Set(kept.filter((one) => !one.backup).map((one) => one.endpoint));
  const missing = hosts.filter((one) => !active.has(one.endpoint));
  const backups = new Map(kept.filter((one) => one.backup).map((one) => [one.endpoint, one]));
  const standby = missing.flatMap(({ name, endpoint }) => {
    const server = backups.get(endpoint);
    return server ? [{ host: name, server }] : [];
  });
  const added = missing
    .filter((one) => !backups.has(one.endpoint))
    .map(({ name, endpoint }) => ({ name, endpoint, rest: options.replaceAll('{name}', name).trim() }));
  const neighbour = config.servers.filter((one) => !one.backup).at(-1) ?? config.servers.at(-1);
  const indent = /^[ \t]*/.exec(neighbour?.text ?? '  ')?.[0] ?? '  ';
  const end = (neighbour?.text ?? config.section.text).endsWith('\r') ? '\r' : '';
  return {
    kept,
    removed,
    added,
    standby,
    options,
    lines: added.map((one) => `${indent}${`server ${one.name} ${one.endpoint} ${one.rest}`.trimEnd()}${end}`),
    after: neighbour?.line ?? config.section.line,
    wanted: [...kept, ...added].map(({ name, endpoint, rest }) => ({ name, endpoint, rest })),
  };
};

/** The file as pieces for the host to put together: `keep FROM TO` copies lines, `text LINE` writes one. */
export const recipe = ({ removed, lines, after }: Rendering): string => {
  const cuts = [...new Set([...removed.map((one) => one.line), ...(lines.length > 0 ? [after + 0.5] : [])])];
  const pieces: string[] = [];
  let from = 1;
  for (const cut of cuts.sort((a, b) => a - b)) {
    const to = Math.floor(cut) === cut ? cut - 1 : Math.floor(cut);
    if (to >= from) pieces.push(`keep ${from} ${to}`);
    if (Math.floor(cut) !== cut) pieces.push(...lines.map((line) => `text ${line}`));
    from = Math.max(from, Math.floor(cut) + 1);
  }
  return [...pieces, `keep ${from} $`].join('\n');
};

/** What the approver sees of the file and the servers. */
export const shown = (file: string, { removed, added, standby, lines, after }: Rendering): readonly Effect[] => [
  ...removed.map((one): Effect => ({ kind: 'edits', file, line: one.line, from: one.text.trim(), to: '(no line)' })),
  ...lines.map((line): Effect => ({ kind: 'edits', file, line: after + 1, from: '(no line)', to: line.trim() })),
  ...(added.length > 0 ? [named('adds', added)] : []),
  ...(removed.length > 0 ? [named('removes', removed)] : []),
  ...standby.map(
    ({ host, server }): Effect => ({
      kind: 'note',
      text: `${host} (${server.endpoint}) is there as the backup ${server.name} and stays one: no line is added for it`,
    }),
  ),
];

const named = (verb: string, servers: readonly { readonly name: string; readonly endpoint: string }[]): Effect => ({
  kind: 'note',
  text: `${verb} ${servers.length} ${servers.length === 1 ? 'server' : 'servers'}: ${servers.map((one) => `${one.name} (${one.endpoint})`).join(', ')}`,
});

/** Ansible tasks that keep the file so: where a template renders it, its servers belong there instead. */
export const lasting = (file: string, section: string, { removed, added, lines }: Rendering): string => {
  const task = (name: string, rest: string) =>
    `- ansible.builtin.lineinfile: { path: ${JSON.stringify(file)}, regexp: ${JSON.stringify(`^\\s*server\\s+${escaped(name)}\\s`)}, ${rest} }`;
  return [
    ...removed.map(({ name }) => task(name, 'state: absent')),
    ...added.map(({ name }, i) =>
      task(
        name,
        `insertafter: ${JSON.stringify(`^${escaped(section.trim())}`)}, line: ${JSON.stringify(lines[i]?.trimEnd())}`,
      ),
    ),
  ].join('\n');
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
