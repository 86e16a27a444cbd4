import { dirname } from 'node:path';
import { type OpenInventory, openInventory } from '../adapters/inventories/index.js';
import type { Config } from '../core/config.js';
import { shown } from './config-file.js';
import type { Environment } from './environment.js';
import { systemClock } from './system.js';

/** The fleet of a configuration: its targets and what its inventories find, until the signal gives that up. */
export const openFleet = (
  env: Pick<Environment, 'configPath' | 'home' | 'user' | 'inherited'>,
  config: Config,
  onFailure: (message: string, error: unknown) => void,
  signal?: AbortSignal,
): OpenInventory =>
  openInventory({
    targets: config.targets,
    places: config.places,
    configuration: shown(env.configPath),
    entries: config.inventories,
    zones: config.zones,
    around: { directory: dirname(env.configPath), home: env.home, user: env.user, variables: env.inherited, shown },
    clock: systemClock,
    onFailure,
    ...(signal && { signal }),
  });
