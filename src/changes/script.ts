import { z } from 'zod';
import type { ChangeType, HostScripts } from '../core/change-type.js';
import { scriptEnv } from '../core/script-env.js';

const text = z.string().min(1).max(16_000);

/** What does nothing whatever happens, comments apart. */
const IDLE = /^(?:\s|#[^\n]*|:|true|exit(?: 0)?|return(?: 0)?|echo[^\n;&|<>$`]*|;)*$/;

const deed = text.refine(
  (script) => !IDLE.test(script),
  'does nothing: a change must be able to say and to undo what it did',
);

const args = z.strictObject({
  title: z.string().min(1).max(100),
  guard: text.optional(),
  apply: deed,
  verify: deed,
  revert: deed,
  env: scriptEnv.optional(),
});

type Args = z.output<typeof args>;

/** Each program comes as data and is run by a shell of its own, so that its text is covered by the approved digest. */
const host = (name: string): string =>
  `script=$RUNBOLT_${name}
unset RUNBOLT_GUARD RUNBOLT_APPLY RUNBOLT_VERIFY RUNBOLT_REVERT
exec sh -c "$script"`;

const SCRIPTS: HostScripts = {
  guard: `[ -n "$RUNBOLT_GUARD" ] || exit 0\n${host('GUARD')}`,
  apply: host('APPLY'),
  verify: host('VERIFY'),
  revert: host('REVERT'),
};

/**
 * A change of the team's own, by POSIX sh as root: `apply`, `verify` (0 when it is in force and will last) and `revert`
 * (also after a half-done apply), with `$BACKUP` a private directory for what revert needs; `guard` may say first that the
 * host is not as expected. Values reach them as environment variables, never spliced into their text.
 */
export const scriptChange: ChangeType<Args> = {
  name: 'script',
  summary: 'Your own POSIX sh: apply, verify and revert.',
  args,
  scripts: SCRIPTS,
  needs: () => [],
  plan: ({ title, guard, apply, verify, revert, env = {} }) => ({
    kind: 'steps',
    steps: [
      {
        title,
        env: {
          ...env,
          RUNBOLT_GUARD: guard ?? '',
          RUNBOLT_APPLY: apply,
          RUNBOLT_VERIFY: verify,
          RUNBOLT_REVERT: revert,
        },
        effects: [
          { kind: 'runs', script: apply, revert },
          ...Object.entries(env).map(([name, value]) => ({ kind: 'note' as const, text: `with ${name}=${value}` })),
        ],
      },
    ],
  }),
};
