import type { FactSchema, HostFact, Reading } from '../../../src/core/fact-type.js';
import { endOf } from '../../../src/facts/framing.js';
import { haproxy } from '../../../src/facts/haproxy/haproxy.js';
import { haproxyReload } from '../../../src/facts/haproxy/reload.js';
import { haproxyState } from '../../../src/facts/haproxy/state.js';

/** A probe's output in its frame: what HAProxy 2.6.12 on Linux 6.18 printed, shortened. */
export const framedLines = (fact: string, records: readonly string[]): string =>
  [`runbolt-${fact.replaceAll('_', '-')}\t1`, ...records, `end${endOf(records.map((record) => record.split('\t')))}`]
    .map((line) => `${line}\n`)
    .join('');

const SHA = '7bde1b96b39e02967772aefa169f989ce32cc4e8af1aa48fb7db38988d231b1d';
const CFG = '/etc/haproxy/haproxy.cfg';

export const PROCESS: readonly string[] = [
  ...['uid\t0', 'found\t1\t0', 'pid\t44', 'process\t44\t1\t1565985\t1795346808\t1'],
  ...['process\t51\t44\t1565988\t1795346808\t0', 'argument\tflag\t-W', `argument\tconfig\t${CFG}`],
  ...['argument\tmaster\t/run/haproxy-master.sock', 'program\t/usr/sbin/haproxy\t2.6.12-1+deb12u4'],
];

export const CONFIGURED: readonly string[] = [
  ...[`file\t${SHA}\t${CFG}`, `changed\t1795346809\t${CFG}`, 'backend\tapp'],
  `socket\t${CFG}\t2\ttext\t  stats socket /run/haproxy.sock mode 600 level admin`,
  ...[`defaults\t${CFG}\t3\ttext\tdefaults`, `section\t${CFG}\t11\ttext\tbackend app`],
  ...[`setting\t${CFG}\t12\ttext\t  balance roundrobin`],
  `line\t${CFG}\t13\ttext\t  server web-1 10.0.9.11:8080 check`,
  `line\t${CFG}\t14\ttext\t  server web-2 10.0.9.12:8080 check weight 50 # half\ta machine`,
  `line\t${CFG}\t15\ttext\t  server web-3 10.0.9.13:8080 check`,
];

export const ASKED: readonly string[] = [
  ...['uid\t0', 'found\t1', 'backend\tapp', 'server\tapp\tweb-1\t10.0.9.11\t8080\t2\t0\t1\t1\t3'],
  ...['server\tapp\tweb-2\t10.0.9.12\t8080\t2\t8\t30\t50\t3', 'server\tapp\tweb-3\tfd00::13\t8080\t0\t5\t1\t1\t0'],
  ...['server\tother\ts1\t10.0.9.30\t80\t0\t1\t1\t1\t0', 'socket\t/run/haproxy.sock\t-\tadmin'],
  ...['worker\t51\t2.6.12-1+deb12u4', 'listed\t3', 'master\t/run/haproxy-master.sock\t0'],
];

export const CHECKED: readonly string[] = [
  ...[
    'uid\t0',
    'found\t1',
    'checked\t0',
    `bind\t${CFG}\t9\t127.0.0.1:80\t`,
    `bind\t${CFG}\t10\t:8443-8444,[::1]:81\tssl`,
  ],
  ...['listener\t0D09000A:1F90\tother', 'listener\t0100007F:0050\tours', 'listening\t2', 'holder\t8080\tperl,pid=40'],
];

interface Parser {
  readonly schema: FactSchema;
  readonly outputs: readonly string[];
  readonly parse: (text: string) => Reading;
}

const parser = <Args>(fact: HostFact<Args>, ...outputs: readonly (readonly string[])[]): Parser => ({
  schema: fact.schema,
  outputs: outputs.map((records) => framedLines(fact.name, records)),
  parse: (text) => fact.parse(text, fact.args.parse({})),
});

/** For the fuzzing of all parsers. */
export const haproxyParsers: Readonly<Record<string, Parser>> = {
  haproxy: parser(
    haproxy,
    [...PROCESS, ...CONFIGURED],
    ['uid\t0', 'found\t0\t2'],
    ['uid\t65534', 'found\t0\t0', `configured\t${CFG}`],
    ['uid\t0', 'found\t0\t0', `configured\t${CFG}`, 'off\thaproxy.service\tdisabled'],
  ),
  haproxy_state: parser(haproxyState, ASKED, ['uid\t0', 'found\t0']),
  haproxy_reload: parser(
    haproxyReload,
    CHECKED,
    ['uid\t0', 'found\t1', 'checked\t123', 'said\t[ALERT] (1) : config : unknown keyword', 'listening\t0'],
    ['uid\t0', 'found\t0'],
  ),
};
