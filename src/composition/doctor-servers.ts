import type { Logger } from 'pino';
import { inspectLedger, type LedgerFound } from '../adapters/ledger/inspect.js';
import { inspectRedis } from '../adapters/queue/inspect-redis.js';
import { exitCodeOf, type Fault } from '../core/fault.js';
import { clockFindings } from './doctor-clock.js';
import { type Check, type Finding, fail, pass, unknown } from './doctor-report.js';
import type { Environment } from './environment.js';
import { botAnswers } from './requests.js';
import { systemClock } from './system.js';

/** The ledger and, where it is used, Redis. */
export const serverChecks = (env: Environment, logger: Logger): readonly Check[] => {
  const { databaseUrl, redisUrl, dataDir } = env;
  return [
    { name: 'ledger', look: () => ledgerFindings(env, logger) },
    ...(databaseUrl === undefined
      ? []
      : [{ name: 'clock and PostgreSQL', look: () => postgresClock(databaseUrl, dataDir, logger) }]),
    ...(redisUrl === undefined ? [] : [{ name: 'redis', look: () => redisFindings(redisUrl) }]),
  ];
};

const ledgerFindings = async ({ databaseUrl, dataDir }: Environment, logger: Logger): Promise<readonly Finding[]> => {
  if (databaseUrl === undefined && (await botAnswers(dataDir))) {
    return [pass(`The bot runs on the ledger in ${dataDir}, and reads it.`)];
  }
  const found = await inspectLedger({ dataDir, logger, ...(databaseUrl !== undefined && { databaseUrl }) });
  if (found.ok) return [ledger(found.value, databaseUrl !== undefined)];
  const { message, next } = found.fault;
  if (databaseUrl === undefined && message === `There is no ledger in ${dataDir}.`) {
    return [pass(`There is no ledger in ${dataDir} yet: the first start makes it.`)];
  }
  return [wrong(found.fault) ? fail(message, next) : unknown(message, next)];
};

/** A server that is away is wrong for whoever starts the bot; a ledger that a command holds is not. */
const wrong = (fault: Fault): boolean => fault.code === 'ledger_unreachable' || exitCodeOf(fault) !== 3;

const ledger = ({ name, server, version, newest }: LedgerFound, shared: boolean): Finding => {
  const where = `${shared ? `PostgreSQL ${server} at ` : ''}${name}`;
  if (version === 0) return pass(`${where} answers; the first start makes the tables.`);
  if (version < newest)
    return pass(`${where} answers; the next start brings its tables from version ${version} to ${newest}.`);
  return pass(`${where} answers; its tables have version ${version}.`);
};

const postgresClock = async (databaseUrl: string, dataDir: string, logger: Logger): Promise<readonly Finding[]> => {
  const from = systemClock.now();
  const found = await inspectLedger({ dataDir, databaseUrl, logger });
  const until = systemClock.now();
  if (!found.ok) return clockFindings(undefined, "PostgreSQL's");
  const { at } = found.value;
  return clockFindings(at < from ? from - at : at > until ? until - at : 0, "PostgreSQL's");
};

const OLDEST = 6.2;

const redisFindings = async (url: string): Promise<readonly Finding[]> => {
  const found = await inspectRedis(url);
  if (!found.ok) return [fail(found.fault.message, found.fault.next)];
  const { name, version, policy, persistent } = found.value;
  const old = Number.parseFloat(version) < OLDEST;
  return [
    old
      ? fail(`${name} has version ${version}.`, `Use ${OLDEST} or later.`)
      : pass(`${name} answers; version ${version}.`),
    policyFinding(name, policy),
    persistence(name, persistent),
  ];
};

const policyFinding = (name: string, policy: string | undefined): Finding => {
  if (policy === undefined) return unknown(`${name} does not say its maxmemory-policy.`, 'It must be noeviction.');
  if (policy === 'noeviction') return pass('Its maxmemory-policy is noeviction: it drops no job.');
  return fail(
    `Its maxmemory-policy is ${policy}: it may drop jobs when memory is short.`,
    'Set `maxmemory-policy noeviction` in redis.conf, and by `redis-cli CONFIG SET maxmemory-policy noeviction`.',
  );
};

const persistence = (name: string, persistent: boolean | undefined): Finding => {
  if (persistent === undefined)
    return unknown(`${name} does not say whether it keeps its data.`, 'It should: `appendonly yes`.');
  if (persistent) return pass('It keeps its data over a restart.');
  return fail(
    'It keeps nothing over a restart: runs under way then stand still until they are handed out anew.',
    'Set `appendonly yes` in redis.conf, and by `redis-cli CONFIG SET appendonly yes`.',
  );
};
