export { type Readiness, readiness } from './readiness.js';
export { type WebDoorOptions, webDoor } from './web-door.js';
