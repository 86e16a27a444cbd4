import { judgeFamily } from '../rig/scenario/bank.js';

judgeFamily('haproxy');
