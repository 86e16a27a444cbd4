export { ALL_SCOPES, SlackDouble, startSlackDouble } from './double.js';
export { checkMessage } from './limits.js';
export type { Delivery } from './sockets.js';
export { messageText, threadText } from './text.js';
export type { Message, Person } from './workspace.js';
