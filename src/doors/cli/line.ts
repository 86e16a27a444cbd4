import type { Actor } from '../../core/actor.js';
import type { Result } from '../../core/fault.js';
import type { RunDocument } from '../../engine/document.js';
import type { Answer, Engine, Press } from '../../engine/engine.js';
import type { RunView } from '../../engine/view.js';
import { showProgress, showRun } from './text.js';

/** What the CLI needs of Runbolt, whether the engine is in its own process or a bot's behind a socket. */
export interface Line {
  request(text: string, actor: Actor, key: string): Promise<Result<Answer>>;
  press(press: Press, actor: Actor, key: string): Promise<Result<Answer>>;
  /** The run once it has changed since version `after`; also sooner, as it was. Undefined when there is no such run. */
  next(runId: string, after: number, signal: AbortSignal): Promise<Glimpse | undefined>;
  document(runId: string): Promise<RunDocument | undefined>;
  report(runId: string): Promise<string | undefined>;
}

/** A run as the terminal shows it. */
export interface Glimpse {
  readonly version: number;
  readonly phase: RunView['phase'];
  readonly text: string;
  readonly progress: string;
  /** Digest of a plan that waits for the requester's word. */
  readonly digest: string | null;
  /** Whether the run changed something that can be taken back. */
  readonly undo: boolean;
}

export const engineLine = (engine: Engine): Line => ({
  request: (text, actor, key) => engine.request(text, actor, { door: 'cli' }, key),
  press: (press, actor, key) => engine.press(press, actor, key),
  next: async (runId, after, signal) => {
    const view = await engine.next(runId, after, signal);
    return view && glimpse(view);
  },
  document: (runId) => engine.document(runId),
  report: (runId) => engine.report(runId),
});

const glimpse = (view: RunView): Glimpse => ({
  version: view.version,
  phase: view.phase,
  text: showRun(view),
  progress: showProgress(view),
  undo: view.actions.includes('revert'),
  digest: view.phase === 'deciding' && view.plan ? view.plan.digest : null,
});
