import { type ExitCode, fault, faultIn, type Result } from '../core/fault.js';
import { ask, type Terminal, tell } from '../doors/cli/ask.js';
import type { Line } from '../doors/cli/line.js';
import type { Deeds, RequestOptions } from '../doors/cli/program.js';
import { loadConfig } from './config-file.js';
import { type Environment, readEnvironment } from './environment.js';
import { quietLog } from './log.js';
import { cliActor, openLine, type Purpose, requestKey } from './requests.js';

/** Commands that carry runs on; the others only look. */
const CHANGING: ReadonlySet<string> = new Set(['verify', 'plan', 'fix', 'revert', 'cancel']);
/** Commands that runbooks and hosts alone answer. */
const READING: ReadonlySet<string> = new Set(['list', 'diagnose']);
/** How long a command waits for another one that has the ledger, ms. */
const PATIENCE_MS = 30_000;

/** What each command of the program does. */
export const deeds = (
  variables: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
  signal: AbortSignal,
): Deeds => {
  const within = async (
    options: { readonly config?: string },
    deed: (env: Environment) => Promise<ExitCode>,
    json = false,
  ): Promise<ExitCode> => {
    const env = readEnvironment(variables, options);
    if (!env.ok) return tell(env.fault, json, terminal);
    try {
      return await deed(env.value);
    } catch (error) {
      const known = faultIn(error);
      if (known) return tell(known, json, terminal);
      throw error;
    }
  };
  /** Opens a line, uses it and closes it, whatever happens. */
  const over = async (
    env: Environment,
    purpose: Purpose,
    { json = false, demo = false }: RequestOptions,
    use: (line: Line) => Promise<ExitCode>,
  ): Promise<ExitCode> => {
    const meant = demo ? 'demo' : undefined;
    const open = await openLine(env, quietLog(env), purpose, meant, { ms: PATIENCE_MS, say: terminal.err, signal });
    if (!open.ok) return tell(open.fault, json, terminal);
    try {
      return await use(open.value.line);
    } finally {
      await open.value.close();
    }
  };
  const refuse = (result: Extract<Result<unknown>, { ok: false }>, json = false) => tell(result.fault, json, terminal);
  const request: Deeds['request'] = (words, options) => {
    const { json = false, apply } = options;
    const [head = ''] = words;
    const purpose = CHANGING.has(head) ? 'act' : READING.has(head) ? 'read' : 'look';
    return within(
      options,
      (env) =>
        over(env, purpose, options, (line) => {
          const asked = {
            text: `runbolt ${words.join(' ')}`,
            fleet: fleetOf(options),
            actor: cliActor(env),
            key: requestKey(),
            json,
          };
          return ask(line, { ...asked, ...(apply !== undefined && { apply }) }, terminal, signal);
        }),
      json,
    );
  };
  return {
    request,
    diagnose: async ({ text, selector }, options) => {
      const pasted = text === '-' ? ((await terminal.input?.()) ?? '') : text;
      return request(['diagnose', pasted, ...(selector === undefined ? [] : ['--', selector])], options);
    },
    show: (runId, { json = false, ...options }) =>
      within(
        options,
        (env) =>
          over(env, 'look', { ...options, json }, async (line) => {
            const text = json ? JSON.stringify(await line.document(runId), null, 2) : await line.report(runId);
            if (text !== undefined) {
              terminal.out(text);
              return 0;
            }
            const unknown = fault('run_unknown', `There is no run \`${runId}\`.`, 'Runs: `runbolt runs`.');
            return tell(unknown, json, terminal);
          }),
        json,
      ),
    start: (options) =>
      within(options, async (env) => (await import('./start.js')).start(env, options, terminal, signal)),
    worker: (options) =>
      within(options, async (env) => (await import('./worker.js')).work(env, options, terminal, signal)),
    demo: ({ port, ...said }) =>
      within({}, async (env) =>
        (await import('./demo.js')).demo(env, { ...(port !== undefined && { port }), ...said }, terminal, signal),
      ),
    lint: (files, options) => within(options, async (env) => (await import('./lint.js')).lint(env, files, terminal)),
    newRunbook: (name, options) =>
      within(options, async (env) => {
        const [{ newRunbook, nextSteps }, { runbooksOf }] = await Promise.all([
          import('./new-runbook.js'),
          import('./runbook-files.js'),
        ]);
        const config = await loadConfig(env);
        if (!config.ok) return refuse(config);
        const own = config.value?.runbooks;
        const shipped = await runbooksOf(undefined);
        const taken = shipped.ok ? [...shipped.value.keys()] : [];
        const written = await newRunbook(name, own ?? process.cwd(), taken);
        if (!written.ok) return refuse(written);
        terminal.out(nextSteps(written.value, own !== undefined).join('\n'));
        return 0;
      }),
    trust: (host, options) =>
      within(options, async (env) => (await import('./trust.js')).trust(env, host, options, terminal, signal)),
    backup: (file) =>
      within({}, async (env) => (await import('./backup.js')).backup(env, file, terminal, quietLog(env))),
    restore: (file) =>
      within({}, async (env) => (await import('./backup.js')).restore(env, file, terminal, quietLog(env))),
    manifest: (options) =>
      within(options, async (env) => {
        const [{ manifest }, { runbooksOf }] = await Promise.all([
          import('../doors/slack/manifest.js'),
          import('./runbook-files.js'),
        ]);
        const config = await loadConfig(env);
        const runbooks = config.ok ? await runbooksOf(config.value) : config;
        if (!runbooks.ok) return refuse(runbooks);
        const commands = [...runbooks.value.values()].map((r) => ({
          name: `/${r.command}`,
          description: r.title,
          hint: `${r.verbs.read} web-*`,
        }));
        commands.push({ name: '/runbolt', description: 'Runbooks, hosts and runs', hint: 'help' });
        terminal.out(JSON.stringify(manifest(commands), null, 2));
        return 0;
      }),
    doctor: ({ json = false, ...options }) =>
      within(
        options,
        async (env) => {
          const [{ doctor }, { secretFilesIn }] = await Promise.all([
            import('./doctor.js'),
            import('./secret-files.js'),
          ]);
          return doctor({ env, secretFiles: secretFilesIn(variables), json, terminal, logger: quietLog(env) });
        },
        json,
      ),
    health: (options) =>
      within(options, async (env) => {
        const config = await loadConfig(env);
        return config.ok ? (await import('./health.js')).health(env, config.value ?? {}, terminal) : refuse(config);
      }),
    schema: async (name) => {
      const { schemaOf } = await import('./schemas.js');
      const schema = schemaOf(name);
      if (schema === undefined)
        return tell(
          fault('argument_unexpected', `There is no schema \`${name}\`.`, 'Ask for config, runbook or run.'),
          false,
          terminal,
        );
      terminal.out(JSON.stringify(schema, null, 2));
      return 0;
    },
  };
};

/** How the command line named whose hosts are meant, to be said again. */
const fleetOf = ({ demo, config }: RequestOptions): string =>
  demo ? ' --demo' : config === undefined ? '' : ` --config ${config}`;
