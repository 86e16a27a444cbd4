import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { OUTCOMES } from '../../core/outcome.js';
import type { Queue, QueueDepth } from '../../engine/ports.js';

/** prom-client counts handles and requests in gauges whose names end as a counter's must; these say nothing of Runbolt. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export type Metrics = ReturnType<typeof prometheus>;

/** All that is counted and timed in this process, for Prometheus; names and units by its naming rules. */
export const prometheus = () => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  const registers = [register];
  const runs = new Counter({
    name: 'runbolt_runs_total',
    help: 'Runs that ended, counted by the process that ended them. Result: ok, findings, undetermined or cancelled.',
    labelNames: ['runbook', 'verb', 'result'],
    registers,
  });
  const outcomes = new Counter({
    name: 'runbolt_target_outcomes_total',
    help: 'Hosts of ended runs by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of OUTCOMES) outcomes.inc({ outcome }, 0);
  const approvalWait = new Histogram({
    name: 'runbolt_approval_wait_seconds',
    help: 'Time from the plan to the decision of a person.',
    labelNames: ['verdict'],
    buckets: [10, 30, 60, 300, 900, 1_800, 3_600, 14_400, 86_400],
    registers,
  });
  const writes = new Histogram({
    name: 'runbolt_ledger_write_seconds',
    help: 'Time until a write to the ledger was durable, waiting for its turn included.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const failedWrites = new Counter({
    name: 'runbolt_ledger_write_failures_total',
    help: 'Writes to the ledger that failed. They are tried again by whoever asked for them.',
    registers,
  });
  const executions = new Histogram({
    name: 'runbolt_execution_seconds',
    help: 'Time that a script took on a host, connecting included. Result: exited, signalled, timed-out, lost, cancelled or unreachable.',
    labelNames: ['transport', 'result'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    registers,
  });
  const dials = new Counter({
    name: 'runbolt_ssh_dials_total',
    help: 'SSH connections that were opened (result ok) or could not be (the code of the fault), bastions included.',
    labelNames: ['result'],
    registers,
  });
  dials.inc({ result: 'ok' }, 0);
  const limited = new Counter({
    name: 'runbolt_slack_rate_limited_total',
    help: 'Calls that Slack answered with 429, by method.',
    labelNames: ['method'],
    registers,
  });
  return {
    ...{ runs, outcomes, approvalWait, writes, failedWrites, executions, dials, limited },
    /** Asks the queue whenever the metrics are read. */
    watchQueue: (queue: Pick<Queue, 'depth'>, now: () => number) => watchQueue(register, queue, now),
    /** Asks how long, in ms, the oldest message has waited whenever the metrics are read. */
    watchSlack: (lagMs: () => number) => {
      new Gauge({
        name: 'runbolt_slack_lag_seconds',
        help: 'Age of the oldest change that a thread in Slack does not show yet; 0 when there is none.',
        registers,
        collect() {
          this.set(lagMs() / 1000);
        },
      });
    },
    read: async () => ({ type: register.contentType, text: await register.metrics() }),
  };
};

/** Gauges are collected side by side: they share an answer that is not older than this, ms. */
const SHARED_MS = 200;

const UNKNOWN: QueueDepth = { waiting: Number.NaN, active: Number.NaN, oldestAt: Number.NaN };

const watchQueue = (register: Registry, queue: Pick<Queue, 'depth'>, now: () => number): void => {
  const registers = [register];
  let last: { readonly at: number; readonly depths: Promise<readonly QueueDepth[] | undefined> } | undefined;
  const read = () => {
    if (!last || now() - last.at > SHARED_MS) last = { at: now(), depths: queue.depth().catch(() => undefined) };
    return last.depths;
  };
  new Gauge({
    name: 'runbolt_queue_up',
    help: 'Whether the queue answered when it was asked for these metrics.',
    registers,
    async collect() {
      this.set((await read()) === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'runbolt_queue_oldest_age_seconds',
    help: 'Age of the oldest job that no worker has taken; 0 when there is none, NaN when the queue does not answer.',
    labelNames: ['zone'],
    registers,
    async collect() {
      this.reset();
      for (const { zone, oldestAt } of (await read()) ?? [UNKNOWN]) {
        const age = oldestAt === undefined ? 0 : Math.max(0, now() - oldestAt) / 1000;
        this.set(zone === undefined ? {} : { zone }, age);
      }
    },
  });
  new Gauge({
    name: 'runbolt_queue_jobs',
    help: 'Jobs in the queue, of all processes; NaN when it does not answer. State: waiting or active.',
    labelNames: ['zone', 'state'],
    registers,
    async collect() {
      this.reset();
      for (const { zone, waiting, active } of (await read()) ?? [UNKNOWN]) {
        const of = zone === undefined ? {} : { zone };
        this.set({ ...of, state: 'waiting' }, waiting);
        this.set({ ...of, state: 'active' }, active);
      }
    },
  });
};
