import { sysctlChange } from '../changes/sysctl.js';
import { change, fact, registry } from '../core/registry.js';
import { management } from '../facts/management.js';
import { portUsage } from '../facts/port-usage.js';
import { sysctl } from '../facts/sysctl.js';

/** Every kind of fact and change that a runbook can name. Adding one is a file and a line here. */
export const builtIn = registry([fact(sysctl), fact(portUsage), fact(management)], [change(sysctlChange)]);
