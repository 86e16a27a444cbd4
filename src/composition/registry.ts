import { sysctlChange } from '../changes/sysctl.js';
import { change, fact, registry } from '../core/registry.js';
import { file } from '../facts/file.js';
import { listener } from '../facts/listener.js';
import { management } from '../facts/management.js';
import { portUsage } from '../facts/port-usage.js';
import { process } from '../facts/process.js';
import { script } from '../facts/script.js';
import { sockets } from '../facts/sockets.js';
import { sysctl } from '../facts/sysctl.js';

const facts = [
  fact(sysctl),
  fact(file),
  fact(listener),
  fact(sockets),
  fact(process),
  fact(script),
  fact(management),
  fact(portUsage),
];

const changes = [change(sysctlChange)];

/** Every kind of fact and change that a runbook can name. Adding one is a file and a line here. */
export const builtIn = registry(facts, changes);
