export { slackDoor } from './door.js';
export { manifest } from './manifest.js';
export { slackPeople } from './people.js';
