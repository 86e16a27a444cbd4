import { fileChange } from '../changes/file/file.js';
import { haproxyBackends } from '../changes/haproxy-backends/haproxy-backends.js';
import { redisConfig } from '../changes/redis-config/redis-config.js';
import { refusal } from '../changes/refusal.js';
import { scriptChange } from '../changes/script.js';
import { staleSysctlChange } from '../changes/stale-sysctl.js';
import { sysctlChange } from '../changes/sysctl/sysctl.js';
import { change, fact, fleetFact, registry } from '../core/registry.js';
import { blockedListener } from '../facts/blocked-listener/blocked-listener.js';
import { connectionLimits } from '../facts/connection-limits.js';
import { file } from '../facts/file/file.js';
import { haproxy } from '../facts/haproxy/haproxy.js';
import { haproxyReload } from '../facts/haproxy/reload.js';
import { haproxyState } from '../facts/haproxy/state.js';
import { inventory } from '../facts/inventory.js';
import { kernel } from '../facts/kernel.js';
import { listener } from '../facts/listener/listener.js';
import { listenerAnswer } from '../facts/listener-answer/listener-answer.js';
import { management } from '../facts/management/management.js';
import { portRange } from '../facts/port-range.js';
import { portUsage } from '../facts/port-usage/port-usage.js';
import { process } from '../facts/process/process.js';
import { redisClients } from '../facts/redis/clients.js';
import { idlePath } from '../facts/redis/path.js';
import { redisServers } from '../facts/redis/servers.js';
import { tcpTimers } from '../facts/redis/timers.js';
import { scalingGroup } from '../facts/scaling-group.js';
import { script } from '../facts/script.js';
import { sockets } from '../facts/sockets.js';
import { sourceBinding } from '../facts/source-binding.js';
import { staleSysctl } from '../facts/stale-sysctl.js';
import { sysctl } from '../facts/sysctl/sysctl.js';

const facts = [
  fact(sysctl),
  fact(file),
  fact(listener),
  fact(sockets),
  fact(process),
  fact(script),
  fact(kernel),
  fact(management),
  fact(portUsage),
  fact(portRange),
  fact(sourceBinding),
  fact(connectionLimits),
  fact(staleSysctl),
  fact(blockedListener),
  fact(listenerAnswer),
  fact(haproxy),
  fact(haproxyState),
  fact(haproxyReload),
  fact(redisServers),
  fact(redisClients),
  fact(idlePath),
  fact(tcpTimers),
  fleetFact(inventory),
  fleetFact(scalingGroup),
];

const changes = [
  change(sysctlChange),
  change(staleSysctlChange),
  change(fileChange),
  change(scriptChange),
  change(haproxyBackends),
  change(redisConfig),
  change(refusal),
];

/** Every kind of fact and change that a runbook can name. Adding one is a file and a line here. */
export const builtIn = registry(facts, changes);
