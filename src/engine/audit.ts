import type { AuditOrigin } from '../core/actor.js';
import type { Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { auditNews } from './audit-news.js';
import type { Ledger } from './ports.js';
import type { AuditView } from './view.js';

/** How far back a host is looked for that the audit before could not read. */
const MAX_BACK = 10;

/** What a schedule's run means to its channel; undefined for other runs. Settled once the run has ended. */
export const auditOf = async (
  run: Run,
  runbook: Runbook | undefined,
  ledger: Pick<Ledger, 'run'>,
): Promise<AuditView | undefined> => {
  const { origin } = run.opened;
  if (origin.door !== 'schedule') return undefined;
  const { schedule, dueAt, post, missed } = origin;
  const known = { schedule, dueAt, ...(missed && { missed }) };
  if (missed) return { ...known, told: post === 'never' ? 'no' : 'yes' };
  if (!run.ended) return { ...known, told: post === 'always' ? 'yes' : post === 'new' ? 'awaited' : 'no' };
  const earlier = await audited(run, origin, ledger);
  const news = auditNews(run, earlier, runbook);
  const differs = !news || news.found.count + news.gone.count > 0 || news.coverageDiffers;
  const told = post === 'always' || (post === 'new' && differs) ? 'yes' : 'no';
  return { ...known, told, ...(news && { news }) };
};

/** Audits of the schedule before this one, newest first, that read hosts by the same runbook. */
const audited = async (run: Run, from: AuditOrigin, ledger: Pick<Ledger, 'run'>): Promise<readonly Run[]> => {
  const found: Run[] = [];
  let previous = from.previous;
  for (let n = 0; n < 2 * MAX_BACK && found.length < MAX_BACK && previous !== undefined; n += 1) {
    const earlier: Run | undefined = await ledger.run(previous);
    const origin = earlier?.opened.origin;
    if (!earlier || origin?.door !== 'schedule') break;
    if (earlier.opened.request.runbook !== run.opened.request.runbook) break;
    if (earlier.ended && !origin.missed) found.push(earlier);
    previous = origin.previous;
  }
  return found;
};
