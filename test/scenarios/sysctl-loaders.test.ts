import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { predict } from '../../src/facts/sysctl/predict.js';
import { SYSCTL_PROBE } from '../../src/facts/sysctl/probe.js';
import { snapshot } from '../../src/facts/sysctl/snapshot.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const PATH = '/proc/sys/net/ipv4/tcp_tw_reuse';
const missing = cannotIsolate || (existsSync('/usr/lib/systemd/systemd-sysctl') ? '' : 'needs systemd-sysctl');

/** Both real loaders on three starting values each: `loader start end` a line, then what the probe says. */
const APPLY = `
for start in 0 1 2; do
  echo $start > ${PATH}; /usr/lib/systemd/systemd-sysctl >/dev/null 2>&1; echo "systemd $start $(cat ${PATH})"
  echo $start > ${PATH}; sysctl --system >/dev/null 2>&1; echo "procps $start $(cat ${PATH})"
done
echo 2 > ${PATH}
echo ---
${SYSCTL_PROBE}`;

// Each takes two namespaces and six runs of a loader; SYSCTL_RUNS asks for more.
const RUNS = Number(process.env.SYSCTL_RUNS ?? 40);

type Content = { readonly text: string } | { readonly link: string } | { readonly directory: true };
type Files = Readonly<Record<string, Content>>;

const write = (on: Machine, files: Files): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(on.path(path)), { recursive: true });
    if ('text' in content) writeFileSync(on.path(path), content.text);
    else if ('link' in content) symlinkSync(content.link, on.path(path));
    else mkdirSync(on.path(path));
  }
};

/** What the parser predicts and what the loaders did, in one shape. */
const compare = (files: Files): { predicted: string[]; real: string[] } => {
  const on = machine();
  try {
    write(on, files);
    const ran = inNamespace(on, APPLY, { KEYS: `${KEY} net/ipv4/tcp_tw_reuse` });
    const [before = '', after = ''] = ran.stdout.split('---\n');
    const seen = snapshot(after, KEY);
    if (!seen.ok) throw new Error(`${seen.reason} (exit ${ran.code}) ${ran.stderr} ${JSON.stringify(ran.stdout)}`);
    const { boot, system } = predict(KEY, seen.value, '2');
    const predicted = ['0', '1', '2'].flatMap((start) => [
      `systemd ${start} ${boot.value ?? start}`,
      `procps ${start} ${system.value ?? start}`,
    ]);
    return { predicted, real: before.trim().split('\n') };
  } finally {
    on.remove();
  }
};

const line = fc
  .record({
    indent: fc.constantFrom('', '', '', ' ', '\t', '\v'),
    prefix: fc.constantFrom('', '', '', '', '-', '#', ';', '- ', '--', '# '),
    key: fc.constantFrom(
      'net.ipv4.tcp_tw_reuse',
      'net.ipv4.tcp_tw_reuse',
      'net/ipv4/tcp_tw_reuse',
      'net.ipv4.tcp_tw_*',
      'net.ipv4.tcp_tw_reus?',
      'net.*.tcp_tw_reuse',
      'net/ipv4/tcp_[st]w_reuse',
      'net/ipv4/tcp_[!s]w_reuse',
      'net.ipv4.tcp_{tw,xx}_reus*',
      'net.*reuse',
      '*',
      'net//ipv4/tcp_tw_reuse',
      '/net/ipv4/tcp_tw_reuse',
      'net.ipv4/tcp_tw_reuse',
      'net/ipv4.tcp_tw_reuse',
      'net/./ipv4/tcp_tw_reuse',
      'net.ipv4.tcp_tw_reuse_delay',
      'net.ipv4.tcp_fin_timeout',
    ),
    equals: fc.constantFrom('=', ' = ', '\t=\t', '=', ''),
    value: fc.constantFrom(
      '0',
      '1',
      '2',
      '0',
      '1',
      '2',
      '',
      '3',
      '-1',
      'x',
      '0x1',
      '01',
      '1 2',
      '1 # why',
      '1;',
      '+1',
      '1=0',
    ),
    end: fc.constantFrom('\n', '\n', '\n', '\n', '\r\n', ' \n', '\r', '\n\n', ''),
  })
  .map(({ indent, prefix, key, equals, value, end }) => `${indent}${prefix}${key}${equals}${value}${end}`);

const text = fc.array(line, { maxLength: 4 }).map((lines) => ({ text: lines.join('') }));
const name = fc.constantFrom(
  '10-a.conf',
  '50-b.conf',
  '99-sysctl.conf',
  '99-zz-runbolt.conf',
  'zz.conf',
  '.hidden.conf',
  'README',
);
const directory = fc.constantFrom('/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d');
const special = fc.constantFrom<Content>(
  { link: '/dev/null' },
  { link: '../sysctl.conf' },
  { link: '/etc/sysctl.conf' },
  { link: '/nowhere/at.all' },
  { directory: true },
  { text: '' },
);
const entry = fc.tuple(directory, name, fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: special }));
const tree = fc
  .tuple(fc.array(entry, { maxLength: 5 }), fc.option(text, { nil: undefined }))
  .map(([entries, conf]): Files => {
    const files: Record<string, Content> = {};
    for (const [where, what, content] of entries) files[`${where}/${what}`] ??= content;
    if (conf) files['/etc/sysctl.conf'] = conf;
    return files;
  });

describe.skipIf(missing !== '')(titled('prediction of the two sysctl loaders', missing), () => {
  test(
    'agrees with the real systemd-sysctl and sysctl --system on any tree of files',
    () => {
      fc.assert(
        fc.property(tree, (files) => {
          const { predicted, real } = compare(files);
          expect(predicted).toEqual(real);
        }),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 2_000,
  );
});
