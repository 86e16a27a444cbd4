import type { Request } from './run.js';
import { cut } from './text.js';
import { asWord } from './words.js';

const MAX_VALUE = 60;
const MAX_ALL = 200;

/** The params that were given, as they are written and shortened for showing: `warn=70 widen=true`; empty without any. */
export const givenParams = ({ params, given }: Pick<Request, 'params' | 'given'>): string =>
  cut(given.map((name) => `${name}=${asWord(cut(String(params[name]), MAX_VALUE))}`).join(' '), MAX_ALL);

/** The request in words, with another verb or none of its own: `tcp plan web-* widen=true`. To be asked again as it is. */
export const inWords = (
  { runbook, selector, params, given }: Pick<Request, 'runbook' | 'selector' | 'params' | 'given'>,
  verb: string,
): string => [runbook, verb, selector, ...given.map((name) => `${name}=${asWord(String(params[name]))}`)].join(' ');
