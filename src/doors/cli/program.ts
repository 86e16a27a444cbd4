import { Command, CommanderError, Option } from 'commander';
import type { ExitCode } from '../../core/fault.js';
import type { Terminal } from './ask.js';

/** What the program can be told to do; the composition root knows how. Each resolves with the exit code. */
export interface Deeds {
  request(words: readonly string[], options: RequestOptions): Promise<ExitCode>;
  show(runId: string, options: RequestOptions): Promise<ExitCode>;
  /** `text` is `-` for standard input. */
  diagnose(asked: { readonly text: string; readonly selector?: string }, options: RequestOptions): Promise<ExitCode>;
  start(options: {
    readonly config?: string;
    readonly port?: string;
    readonly concurrency?: string;
  }): Promise<ExitCode>;
  worker(options: {
    readonly config?: string;
    readonly zone?: string;
    readonly concurrency?: string;
  }): Promise<ExitCode>;
  /** `person` is who was named last, whether or not a step follows. */
  demo(options: {
    readonly port?: string;
    readonly steps: readonly Step[];
    readonly person: string;
  }): Promise<ExitCode>;
  newRunbook(name: string, options: { readonly config?: string }): Promise<ExitCode>;
  lint(files: readonly string[], options: { readonly config?: string }): Promise<ExitCode>;
  trust(hosts: string, options: TrustOptions): Promise<ExitCode>;
  /** `file` is `-` for standard output. */
  backup(file: string): Promise<ExitCode>;
  restore(file: string): Promise<ExitCode>;
  manifest(options: { readonly config?: string }): Promise<ExitCode>;
  health(options: { readonly config?: string }): Promise<ExitCode>;
  doctor(options: { readonly config?: string; readonly json?: boolean }): Promise<ExitCode>;
  schema(name: string): Promise<ExitCode>;
}

export interface RequestOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly apply?: string;
  /** The hosts of the running demo are meant, and no others. */
  readonly demo?: boolean;
}

export interface TrustOptions {
  readonly config?: string;
  readonly fingerprint?: string;
  readonly via?: 'ssm';
  readonly yes?: boolean;
}

/** What a person of the demo does next. */
export type Step =
  | { readonly kind: 'say'; readonly person: string; readonly text: string }
  | { readonly kind: 'click'; readonly person: string; readonly button: string };

/** Reads the command line and does what it says. */
export const runProgram = async (
  argv: readonly string[],
  version: string,
  deeds: Deeds,
  terminal: Terminal,
): Promise<ExitCode> => {
  let code: ExitCode = 0;
  const does =
    <Args extends unknown[]>(deed: (...args: Args) => Promise<ExitCode>) =>
    async (...args: Args): Promise<void> => {
      code = await deed(...args);
    };
  const program = new Command('runbolt')
    .description('Finds and fixes kernel and network faults on a fleet, from Slack or from here.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showHelpAfterError('(runbolt --help shows the commands)')
    .addHelpText('after', EXAMPLES);
  const request = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'print one JSON document')
      .option('-c, --config <FILE>', 'the configuration, runbolt.yaml if not given');
  const hostsRequest = (name: string, description: string) =>
    request(name, description).addOption(
      new Option('--demo', 'the hosts of the running demo, whatever runbolt.yaml says').conflicts('config'),
    );
  for (const [verb, what] of REQUESTS) {
    const command = hostsRequest(`${verb} RUNBOOK SELECTOR [more...]`, what);
    if (verb === 'fix') command.option('--apply <DIGEST>', 'apply without asking, if the plan has this digest');
    command.action(
      does((runbook: string, selector: string, more: string[], options: RequestOptions) =>
        deeds.request([verb, runbook, selector, ...more], options),
      ),
    );
  }
  hostsRequest('revert RUN', 'take back what a fix changed: plan, ask, apply; bytes, modes and owners as they were')
    .option('--apply <DIGEST>', 'apply without asking, if the plan has this digest')
    .addHelpText(
      'after',
      '\nExample: runbolt revert r3k9f2m1abcd\nThe run is named at the end of a fix (undo: ...), and by `runbolt runs`.',
    )
    .action(does((runId: string, options: RequestOptions) => deeds.request(['revert', runId], options)));
  for (const [verb, what] of QUERIES) {
    hostsRequest(verb, what).action(
      does((...args: unknown[]) => {
        const options = args.at(-2);
        const words = args
          .slice(0, -2)
          .flatMap((a) => (typeof a === 'string' ? [a] : Array.isArray(a) ? a.map(String) : []));
        return deeds.request([verb.split(' ')[0] ?? verb, ...words], isOptions(options) ? options : {});
      }),
    );
  }
  hostsRequest('show RUN', 'the complete report of a run').action(
    does((runId: string, options: RequestOptions) => deeds.show(runId, options)),
  );
  hostsRequest('diagnose [text...]', 'which runbook an error or log lines point to; - reads them from standard input')
    .usage('[options] TEXT|- [-- SELECTOR]')
    .action(does((words: string[], options: RequestOptions) => deeds.diagnose(pastedAndGiven(words, argv), options)));
  program
    .command('trust HOST')
    .description("show a target's host keys and record them as known; with --via ssm those of all hosts of a selector")
    .option('--fingerprint <SHA256>', 'record without asking, if a key has this fingerprint')
    .addOption(new Option('--via <WAY>', 'read the keys on the EC2 instances themselves').choices(['ssm']))
    .option('--yes', 'with --via ssm: record without asking')
    .option('-c, --config <FILE>', 'the configuration')
    .action(does((host: string, options: TrustOptions) => deeds.trust(host, options)));
  program
    .command('new NAME')
    .description("write a start for a runbook of your own, into the configuration's `runbooks` or here")
    .option('-c, --config <FILE>', 'the configuration')
    .action(does((name: string, options: { config?: string }) => deeds.newRunbook(name, options)));
  program
    .command('lint [files...]')
    .description('find every mistake in runbooks and in runbolt.yaml')
    .option('-c, --config <FILE>', 'the configuration')
    .action(does((files: string[], options: { config?: string }) => deeds.lint(files, options)));
  program
    .command('start')
    .description('start the bot; without a configuration and tokens, the demo')
    .option('-c, --config <FILE>', 'the configuration')
    .option('-p, --port <PORT>', "port of the demo's page")
    .option('--concurrency <N>', 'hosts that the bot works on at once; 0 leaves them to workers')
    .action(does((options: { config?: string; port?: string; concurrency?: string }) => deeds.start(options)));
  program
    .command('worker')
    .description("work on the bot's runs from here; with DATABASE_URL as many workers as wished")
    .option('-c, --config <FILE>', 'the configuration, the same as the bot has')
    .option('--zone <NAME>', 'work only on the hosts of this zone of the configuration')
    .option('--concurrency <N>', 'hosts to work on at once, 64 if not given')
    .action(does((options: { config?: string; zone?: string; concurrency?: string }) => deeds.worker(options)));
  request('doctor', 'look at all that Runbolt needs: tokens, channels, hosts, servers, permissions, the clock').action(
    does((options: RequestOptions) => deeds.doctor(options)),
  );
  program
    .command('health')
    .description('whether the bot or the worker here is ready: 0 it is, 1 it is not, 3 it does not answer')
    .option('-c, --config <FILE>', 'the configuration')
    .action(does((options: { config?: string }) => deeds.health(options)));
  const steps: Step[] = [];
  let person = 'ana';
  program
    .command('demo')
    .description('a fleet of network namespaces with real faults, and a local Slack; nothing real is touched')
    .option('-p, --port <PORT>', 'port of the page')
    .option('--as <PERSON>', 'who acts from here on: ana, bo or dan', (name) => {
      person = name;
    })
    .option(
      '--say <TEXT>',
      "say it in #ops, '/tcp verify web-*' for example; then print the thread and end",
      (text) => {
        steps.push({ kind: 'say', person, text });
      },
    )
    .option('--click <BUTTON>', 'press a button of the thread, Approve for example', (button) => {
      steps.push({ kind: 'click', person, button });
    })
    .action(
      does((options: { port?: string }) =>
        deeds.demo({ ...(options.port !== undefined && { port: options.port }), steps, person }),
      ),
    );
  program
    .command('backup FILE')
    .description('copy the ledger into a new file, while the bot runs too; - is standard output')
    .action(does((file: string) => deeds.backup(file)));
  program
    .command('restore FILE')
    .description('fill an empty ledger from a backup; the bot must not run')
    .action(does((file: string) => deeds.restore(file)));
  program
    .command('manifest')
    .description('the manifest of the Slack app, to paste into api.slack.com/apps')
    .option('-c, --config <FILE>', 'the configuration')
    .action(does((options: { config?: string }) => deeds.manifest(options)));
  program
    .command('schema NAME')
    .description('JSON Schema of: config, runbook, run')
    .action(does((name: string) => deeds.schema(name)));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
};

const REQUESTS = [
  ['verify', 'read the hosts and say what is wrong; changes nothing'],
  ['plan', 'also say exactly what a fix would change'],
  ['fix', 'plan, ask, apply with proof, revert where it fails'],
] as const;

const QUERIES = [
  ['runs', 'recent runs'],
  ['list', 'the runbooks'],
  ['targets [selector...]', 'the hosts'],
  ['status [run]', 'what is going on'],
  ['cancel RUN', 'stop a run; hosts that are being changed are finished first'],
] as const;

/** The only word after `--` names the hosts, where a text stands before it. */
const pastedAndGiven = (words: readonly string[], argv: readonly string[]) => {
  const given = argv.includes('--') ? argv.slice(argv.lastIndexOf('--') + 1) : [];
  const [selector] = given;
  if (selector === undefined || given.length > 1 || words.length < 2) return { text: words.join(' ') };
  return { text: words.slice(0, -1).join(' '), selector };
};

const isOptions = (value: unknown): value is RequestOptions => typeof value === 'object' && value !== null;

const EXAMPLES = `
Examples:
  runbolt demo --say '/tcp verify web-*'
  runbolt verify tcp 'web-[1-12]' warn=70
  runbolt fix tcp env=prod,role=web --apply 7f3a9c21
  runbolt revert r3k9f2m1abcd
  journalctl -u app -n 200 | runbolt diagnose - -- web-3

Exit codes: 0 all that was asked holds; 1 findings, or a change failed; 2 the request is wrong; 3 something could not be
determined.`;
