import { startSsmCloud } from '../rig/ssm/cloud.js';
import { roomsMissing } from '../rig/ssm/rooms.js';
import { transportContract } from './transport.js';

transportContract(
  'ssm, to the local AWS',
  async () => {
    const cloud = await startSsmCloud(1);
    return { transport: cloud.connect(), target: cloud.target(1), stop: () => cloud.stop() };
  },
  roomsMissing(),
);
