export { ALL_SCOPES, SlackDouble, startSlackDouble } from './double.js';
export { checkMessage } from './limits.js';
export { MemoryLedger } from './memory-ledger.js';
export { aView, ScriptedEngine } from './scripted-engine.js';
export type { Delivery } from './sockets.js';
export { messageText, threadText } from './text.js';
export { realClock, until } from './wait.js';
export type { Message, Person } from './workspace.js';
