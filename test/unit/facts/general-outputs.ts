import type { FactSchema, HostFact, Reading } from '../../../src/core/fact-type.js';
import { file } from '../../../src/facts/file/file.js';
import { endOf } from '../../../src/facts/framing.js';
import { listener } from '../../../src/facts/listener/listener.js';
import { management } from '../../../src/facts/management/management.js';
import { process } from '../../../src/facts/process/process.js';
import { script } from '../../../src/facts/script.js';
import { sockets } from '../../../src/facts/sockets.js';

interface Parser {
  readonly schema: FactSchema;
  readonly outputs: readonly string[];
  readonly parse: (text: string) => Reading;
}

const lines = (head: string, ...records: readonly string[]): string =>
  [`runbolt-${head}\t1`, ...records, `end${endOf(records.map((record) => record.split('\t')))}`]
    .map((line) => `${line}\n`)
    .join('');

const parser = <Args>(fact: HostFact<Args>, given: unknown, ...outputs: readonly (readonly string[])[]): Parser => {
  const args = fact.args.parse(given);
  return {
    schema: fact.schemaOf?.(args) ?? fact.schema,
    outputs: outputs.map((records) => lines(fact.name, ...records)),
    parse: (text) => fact.parse(text, args),
  };
};

/** What real hosts printed for the facts of own runbooks. */
export const generalParsers: Readonly<Record<string, Parser>> = {
  management: parser(
    management,
    {},
    ['uid\t0', 'found\tAnsible\t/etc/ansible', 'found\tPuppet\tprocess puppet'],
    ['uid\t65534', 'unread\t/root'],
    ['uid\t0'],
  ),
  file: parser(
    file,
    { path: '/etc/x', content: 'text' },
    [
      ...['path\t/etc/x', 'root\t0', 'type\tfile', 'stat\t640\t0\t0\t10\troot\troot', 'bytes\t10', 'nul\t0'],
      ...['text\ta = 1', 'text\t\tb', 'text\t', 'ended'],
    ],
    ['path\t/etc/x', 'root\t0', 'link\t/nowhere', 'absent'],
  ),
  listener: parser(
    listener,
    { port: 80 },
    [
      ...['asked\ttcp\t80', 'uid\t0', 'source\tss'],
      'listen\t0.0.0.0:80\t0\t511\tusers:(("nginx",pid=12,fd=6),("nginx",pid=11,fd=6))',
      'listen\t[::1]:80\t0\t511\t',
    ],
    ['asked\ttcp\t80', 'uid\t0', 'source\tproc', 'listen\t0100007F:0050\t00000003\t\t4711', 'owner\t4711\t12\tnginx'],
    ['asked\ttcp\t80', 'uid\t65534', 'source\tss'],
  ),
  sockets: parser(
    sockets,
    { peer: '10.0.0.1' },
    ['source\tss', 'state\tESTAB\t6', 'state\tTIME-WAIT\t1', 'looked\t9\t0'],
    ['source\tproc', 'state\t01\t6', 'state\t0A\t1', 'looked\t7\t0'],
    ['source\tss', 'looked\t0\t0'],
  ),
  process: parser(
    process,
    { name: 'nginx' },
    ['asked\tnginx\t', 'process\t11\troot\t1200\tnginx: master process', 'process\t12\twww\t3000\tnginx: worker'],
    ['asked\tnginx\t'],
  ),
  script: parser(
    script,
    { run: 'true', fields: { count: 'integer', name: 'text', tags: 'list', ok: 'boolean', share: 'number' } },
    ['exit\t0', 'out\tcount=3', 'out\tname=a\tb', 'out\ttags=x', 'out\ttags=y', 'out\tok=true', 'out\tshare=0.5'],
    ['exit\t0', 'out\t{"count": 3, "name": "a", "tags": [], "ok": false, "share": 1}'],
  ),
};
