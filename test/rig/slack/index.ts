export { ALL_SCOPES, SlackDouble, startSlackDouble } from './double.js';
export { checkMessage } from './limits.js';
export { aView, ScriptedEngine } from './scripted-engine.js';
export { messageText, threadText } from './text.js';
export { realClock, until } from './wait.js';
export type { Message } from './workspace.js';
