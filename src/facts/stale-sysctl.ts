import type { HostFact, Reading } from '../core/fact-type.js';
import { cleanLine } from '../core/text.js';
import { keyPath } from './sysctl/key-path.js';
import { type Snapshot, snapshot } from './sysctl/snapshot.js';
import { sysctl, sysctlKey } from './sysctl/sysctl.js';

const CONF = '/etc/sysctl.conf';

/**
 * Lines of /etc/sysctl.conf that set a key which this kernel does not have: they make `sysctl -p` exit 1, with `-` before
 * the key too, while `sysctl --system` and systemd-sysctl pass over them (measured on procps 4.0.2, systemd 252). `stale`
 * is false where the kernel has the key. `elsewhere` are such lines of drop-ins, which do no harm.
 */
export const staleSysctl: HostFact<string> = {
  name: 'stale_sysctl',
  summary: 'Lines of /etc/sysctl.conf for a kernel setting that is not there any more.',
  args: sysctlKey,
  schema: {
    stale: 'bool',
    exists: 'bool',
    lines: 'list<string>',
    texts: 'list<string>',
    elsewhere: 'list<string>',
    sha256: 'string',
    link: 'bool',
    etc_writable: 'bool',
    root: 'bool',
    kernel: 'string',
  },
  probe: (key) => ({ ...sysctl.probe(key), env: { ANYWAY: '1' } }),
  parse: (output, key) => {
    const seen = snapshot(output, key);
    return seen.ok ? interpret(key, seen.value) : { status: 'error', reason: seen.reason };
  },
};

const interpret = (key: string, seen: Snapshot): Reading => {
  const exists = seen.running !== undefined;
  const path = keyPath(key);
  const found = seen.lines.filter((line) => {
    const name = /^\s*-?\s*([^#;=\s][^=]*?)\s*=/.exec(line.text)?.[1];
    return !exists && (name === key || name === path);
  });
  const conf = found.filter((line) => line.path === CONF);
  const links = new Set(seen.files.filter((file) => file.link?.endsWith('sysctl.conf')).map((file) => file.path));
  const elsewhere = found.filter((line) => line.path !== CONF && !links.has(line.path));
  return {
    status: 'read',
    value: {
      stale: conf.length > 0,
      exists,
      lines: conf.map((line) => String(line.number)),
      texts: conf.map((line) => cleanLine(line.text, 200)),
      elsewhere: elsewhere.map((line) => `${line.path}:${line.number}`),
      sha256: seen.stats.get(CONF)?.sha256 ?? '',
      link: seen.files.some((file) => file.path === CONF && file.link !== undefined),
      etc_writable: seen.etcWritable,
      root: seen.root,
      kernel: cleanLine(seen.kernel, 80),
    },
    evidence: [
      exists ? `kernel ${seen.kernel} has ${key}: ${seen.running}` : `kernel ${seen.kernel} has no ${key}`,
      ...conf.map((line) => `${CONF}:${line.number} ${line.text}`),
      ...elsewhere.map((line) => `${line.path}:${line.number} ${line.text}`),
    ].map((line) => cleanLine(line)),
  };
};
