import { z } from 'zod';
import { type AnsibleData, emptyData, groupNamed, hostNamed } from './ansible-data.js';

const variables = z.record(z.string(), z.unknown());
const group = z.union([
  z.array(z.string()),
  z.looseObject({
    hosts: z.array(z.string()).optional(),
    children: z.array(z.string()).optional(),
    vars: variables.optional(),
  }),
]);
const meta = z.looseObject({ hostvars: z.record(z.string(), variables) });

/**
 * Reads what a dynamic inventory of Ansible prints for `--list`. `at` names it in messages. Without `_meta.hostvars`
 * every host would have to be asked for by `--host`, which is not done: that is a mistake.
 */
export const readAnsibleJson = (at: string, text: string): AnsibleData => {
  const data = emptyData();
  const mistake = (message: string) => void data.mistakes.push({ at, message });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    mistake(`It printed no JSON: ${error instanceof Error ? error.message : String(error)}.`);
    return data;
  }
  const top = variables.safeParse(parsed);
  if (!top.success) {
    mistake('It printed no JSON object of groups.');
    return data;
  }
  const { _meta, ...groups } = top.data;
  const known = meta.safeParse(_meta);
  if (!known.success) mistake('It printed no `_meta` with `hostvars` (an object of objects); `--host` is not called.');
  for (const [name, value] of Object.entries(groups)) {
    const read = group.safeParse(value);
    const at_ = `${at} ${name}`;
    if (!read.success) {
      data.mistakes.push({
        at: at_,
        message: 'A group must be a list of hosts, or have `hosts`, `children` and `vars`.',
      });
      continue;
    }
    const made = groupNamed(data, name, at_);
    if (!made) continue;
    const listed = Array.isArray(read.data) ? { hosts: read.data } : read.data;
    const odd = Object.keys(listed).find((key) => !['hosts', 'children', 'vars'].includes(key));
    if (odd !== undefined)
      data.mistakes.push({ at: at_, message: `A group has no \`${odd}\`: hosts, children, vars.` });
    for (const host of listed.hosts ?? []) if (hostNamed(data, host, at_)) made.hosts.add(host);
    for (const child of listed.children ?? []) if (groupNamed(data, child, at_)) made.children.add(child);
    for (const [key, one] of Object.entries(listed.vars ?? {})) made.vars.set(key, { value: one, at: at_ });
  }
  for (const [name, vars] of Object.entries(known.success ? known.data.hostvars : {})) {
    const host = data.hosts.get(name);
    for (const [key, value] of Object.entries(vars)) host?.vars.set(key, { value, at: `${at} ${name}` });
  }
  return data;
};
