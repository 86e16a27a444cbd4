import pino, { type Logger } from 'pino';
import { errorRecord } from '../core/error-record.js';
import type { Environment } from './environment.js';

/** The log of a process that stays: JSON lines on standard error. */
export const log = ({ logLevel }: Pick<Environment, 'logLevel'>): Logger =>
  pino({ level: logLevel, serializers: { err: errorRecord } }, pino.destination(2));

/** That of a command or the demo, whose words are its own output: what goes on is left out unless it is asked for. */
export const quietLog = ({ logLevel }: Pick<Environment, 'logLevel'>): Logger =>
  log({ logLevel: logLevel === 'info' ? 'error' : logLevel });
