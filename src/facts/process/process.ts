import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { PROCESS_PROBE } from './probe.js';

/** Printable, without line ends and tabs, and with a word in it to look for. */
const words = z
  .string()
  .max(200)
  .regex(/\S/, 'must not be empty')
  .refine((text) => !/\p{Cc}/u.test(text), 'must be one line of printable text');

const args = z.union([z.strictObject({ name: words }), z.strictObject({ cmdline: words })], {
  error: 'must be `name` (of the program) or `cmdline` (a piece of its command line)',
});

type Args = z.output<typeof args>;

/** Characters of a program's name that the kernel keeps. */
const COMM = 15;
const SHOWN = 5;

/**
 * Processes by the name of their program, or by a piece of their command line (plain text, as typed, one space between
 * words). `rss_kib` is the resident memory of all of them together; `pids` and `users` name each once; `args` is the
 * command line of the first. Zombies and processes of containers do not count.
 */
export const process: HostFact<Args> = {
  name: 'process',
  summary: 'Whether a program runs, how often, as whom, with which arguments and how much memory.',
  args,
  schema: {
    running: 'bool',
    count: 'int',
    pids: 'list<string>',
    users: 'list<string>',
    args: 'string',
    rss_kib: 'int',
  },
  probe: (wanted) => {
    const { name, cmdline } = sought(wanted);
    const longest = cmdline.split(' ').sort((a, b) => b.length - a.length)[0] ?? '';
    const needle = name === '' ? longest : bytesOf(name, COMM);
    return { script: PROCESS_PROBE, env: { NAME: name, CMDLINE: cmdline, NEEDLE: needle } };
  },
  parse: (output, wanted) => {
    const frame = unframed('process', output);
    return frame.ok ? read(frame.records, wanted) : error(frame.reason);
  },
};

const sought = (wanted: Args) => ({
  name: 'name' in wanted ? wanted.name : '',
  cmdline: 'cmdline' in wanted ? wanted.cmdline : '',
});

const bytesOf = (text: string, bytes: number): string => Buffer.from(text).subarray(0, bytes).toString();

const error = (reason: string): Reading => ({ status: 'error', reason });

const read = (records: readonly (readonly string[])[], wanted: Args): Reading => {
  const { name, cmdline } = sought(wanted);
  const [asked, ...rest] = records;
  if (asked?.join('\t') !== `asked\t${name}\t${cmdline}`) return error('The output is about another process.');
  if (rest[0]?.[0] === 'hidden')
    return error('The processes of other users are hidden here (hidepid): read it as root.');
  if (rest[0]?.[0] === 'many')
    return error(`${cleanLine(rest[0][1] ?? '', 10)} processes match: name it more closely.`);
  const found = rest.map(([kind, pid = '', user = '', rss = '', line, ...more]) => {
    const sound = kind === 'process' && [pid, rss].every((n) => /^\d{1,12}$/.test(n)) && line !== undefined;
    return sound && more.length === 0 && user !== ''
      ? { pid, user: cleanLine(user, 60), rss: Number(rss), args: cleanLine(line, 200) }
      : undefined;
  });
  const processes = found.filter((one) => one !== undefined);
  if (processes.length < found.length) return error('The output has a line that is not the probe’s.');
  const evidence = processes.slice(0, SHOWN).map((one) => `${one.pid} ${one.user} ${one.args}`);
  const left = processes.length - evidence.length;
  const what = name === '' ? `with \`${cmdline}\` in its command line` : `called ${name}`;
  return {
    status: 'read',
    value: {
      running: processes.length > 0,
      count: processes.length,
      pids: processes.map((one) => one.pid),
      users: [...new Set(processes.map((one) => one.user))],
      args: processes[0]?.args ?? '',
      rss_kib: processes.reduce((sum, one) => sum + one.rss, 0),
    },
    evidence:
      processes.length === 0 ? [`no process ${what}`] : [...evidence, ...(left > 0 ? [`and ${left} more`] : [])],
  };
};
