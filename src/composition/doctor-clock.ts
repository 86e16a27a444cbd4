import { type Finding, fail, pass, unknown } from './doctor-report.js';

/** Plans expire and schedules are due by this machine's clock: beyond this it is wrong, ms. */
const APART_MS = 10_000;

/** What to say of a clock that is so far ahead (ms; negative: behind) of another, which `whose` names. */
export const clockFindings = (ahead: number | undefined, whose: string): readonly Finding[] => {
  if (ahead === undefined)
    return [unknown(`How far this clock is from ${whose} is not known.`, 'Mend the above first.')];
  const seconds = `${(Math.abs(ahead) / 1000).toFixed(1)} s`;
  if (Math.abs(ahead) <= APART_MS) return [pass(`This clock is within ${APART_MS / 1000} s of ${whose}.`)];
  const next = 'Have it set by NTP (`timedatectl set-ntp true`, or chrony): plans expire and schedules are due by it.';
  return [fail(`This clock is ${seconds} ${ahead > 0 ? 'ahead of' : 'behind'} ${whose}.`, next)];
};
