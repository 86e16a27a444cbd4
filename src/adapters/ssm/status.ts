/** Where an invocation stands, by its StatusDetails, which come with spaces or without. */
export type Stage =
  | 'waiting'
  | 'running'
  | 'ended'
  | 'cancelled'
  | 'timed-out'
  | 'not-delivered'
  | 'undeliverable'
  | 'terminated'
  | 'platform'
  | 'denied';

const STAGES: Readonly<Record<string, Stage>> = {
  pending: 'waiting',
  delayed: 'waiting',
  inprogress: 'running',
  cancelling: 'running',
  success: 'ended',
  failed: 'ended',
  incomplete: 'ended',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  timedout: 'timed-out',
  executiontimedout: 'timed-out',
  deliverytimedout: 'not-delivered',
  undeliverable: 'undeliverable',
  terminated: 'terminated',
  invalidplatform: 'platform',
  accessdenied: 'denied',
};

/** A word that is not known is taken for work in progress: its limit ends the wait, and nothing is guessed. */
export const stageOf = (details: string | undefined): Stage =>
  STAGES[(details ?? 'pending').toLowerCase().replace(/[^a-z]/g, '')] ?? 'running';

export const isOver = (stage: Stage): boolean => stage !== 'waiting' && stage !== 'running';
