import type { Config, Policy } from '../core/config.js';
import type { Schedule } from '../core/schedule.js';
import { parseSelector } from '../core/selector.js';
import { CHANNELS, PEOPLE } from '../demo/slack/workspace.js';
import type { Environment } from './environment.js';

/** A demo works alone on its own directory: no database, queue, agent or workspace of the environment is used. */
export const demoEnvironment = (env: Environment): Environment => ({
  configPath: env.configPath,
  configNamed: false,
  dataDir: env.demoDir,
  demoDir: env.demoDir,
  inherited: {},
  secrets: {},
  user: env.user,
  home: env.home,
  logLevel: env.logLevel,
});

/** Its first audit comes soon after the start, and then one every five minutes. */
const FIRST_AUDIT_MS = 20_000;

export const demoAudit = (now: number): Schedule => {
  const first = new Date(now + FIRST_AUDIT_MS);
  return {
    name: 'every-five-minutes',
    cron: `${first.getUTCSeconds()} ${first.getUTCMinutes() % 5}-59/5 * * * *`,
    timezone: 'UTC',
    run: 'tcp verify web-*',
    channel: CHANNELS.audits,
    post: 'new',
    place: { line: 1, column: 1 },
  };
};

export const demoConfig = (knownHosts: string, schedules: readonly Schedule[]): Config => {
  return {
    targets: [],
    places: {},
    inventories: [],
    groups: { web: 'role=web' },
    zones: [],
    aws: { document: 'AWS-RunShellScript' },
    ssh: { knownHosts },
    policies: ['env=prod', 'env=cloud'].map(demoPolicy),
    schedules,
    limits: { gatherMs: 6_000, applyMs: 30_000 },
  };
};

const demoPolicy = (text: string): Policy => {
  const where = parseSelector(text, {});
  if (!where.ok) throw new Error('the demo policy cannot be read');
  return {
    ...{ where: where.value, text, approvals: 1, approvers: [PEOPLE.ana, PEOPLE.bo] },
    ...{ selfApproval: false, expiresMs: 1_800_000 },
  };
};
