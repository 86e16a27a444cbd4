import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a demo could leave on the machine: processes, namespaces and mounts. */

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

export const namespaceOf = (pid: number, kind: 'net' | 'mnt' | 'pid' | 'uts'): string | undefined =>
  attempt(() => readlinkSync(`/proc/${pid}/ns/${kind}`));

/** Every process in one of these network namespaces. */
export const processesInNamespaces = (namespaces: ReadonlySet<string>): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespaces.has(namespaceOf(pid, 'net') ?? ''));

/** False for a process that has ended and is not yet waited for. */
export const isAlive = (pid: number): boolean =>
  attempt(() => !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) ?? false;

/** Children, their children, and so on. */
export const descendants = (pid: number): readonly number[] =>
  (attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')) ?? '')
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);

export const mounts = (): string => readFileSync('/proc/self/mounts', 'utf8');
