import type { Config } from '../core/config.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import { scheduleMistakes } from '../core/schedule.js';
import { showMistakes } from '../core/yaml-file.js';
import { shown } from './config-file.js';

/** What only the runbooks show: whether each schedule asks for a run, and for one that changes nothing. */
export const checkSchedules = (configPath: string, config: Config, runbooks: Runbooks): Result<void> => {
  const mistakes = scheduleMistakes(config.schedules, runbooks);
  if (mistakes.length === 0) return ok(undefined);
  const name = shown(configPath);
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return failure('config_invalid', `${name} has ${count}.`, showMistakes(name, mistakes).join('\n'));
};
