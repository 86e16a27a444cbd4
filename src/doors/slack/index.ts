export { type SlackDoor, type SlackDoorOptions, slackDoor } from './door.js';
export { type ManifestCommand, manifest } from './manifest.js';
export { messagesOf } from './messages.js';
export { type SlackPeopleOptions, slackPeople } from './people.js';
export { type ProjectorOptions, projector } from './projector.js';
