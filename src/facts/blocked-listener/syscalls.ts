/**
 * What a task can wait in, by the number that /proc/PID/syscall shows (asm/unistd_64.h, asm-generic/unistd.h; 45, 0 and 7
 * measured on x86_64, the others from the headers).
 */
const NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  x86_64: {
    ...{ read: 0, readv: 19, recvfrom: 45, recvmsg: 47, recvmmsg: 299 },
    ...{ accept: 43, accept4: 288 },
    ...{ poll: 7, ppoll: 271, select: 23, pselect6: 270 },
    ...{ epoll_wait: 232, epoll_pwait: 281, epoll_pwait2: 441 },
    ...{ wait4: 61, waitid: 247, nanosleep: 35, clock_nanosleep: 230, pause: 34, rt_sigsuspend: 130 },
    ...{ rt_sigtimedwait: 128, futex: 202, connect: 42, write: 1, writev: 20, sendto: 44, sendmsg: 46, sendfile: 40 },
    ...{ flock: 73, fcntl: 72, semop: 65, fsync: 74, io_uring_enter: 426 },
  },
  aarch64: {
    ...{ read: 63, readv: 65, recvfrom: 207, recvmsg: 212, recvmmsg: 243 },
    ...{ accept: 202, accept4: 242 },
    ...{ ppoll: 73, pselect6: 72 },
    ...{ epoll_pwait: 22, epoll_pwait2: 441 },
    ...{ wait4: 260, waitid: 95, nanosleep: 101, clock_nanosleep: 115, rt_sigsuspend: 133 },
    ...{
      rt_sigtimedwait: 137,
      futex: 98,
      connect: 203,
      write: 64,
      writev: 66,
      sendto: 206,
      sendmsg: 211,
      sendfile: 71,
    },
    ...{ flock: 32, fcntl: 25, semop: 193, fsync: 82, io_uring_enter: 426 },
  },
};

/** For the probe: `CALLS_x86_64` is `0=read 19=readv ...`. A machine of another kind has no names, and no conviction. */
export const SYSCALL_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(NUMBERS).map(([machine, calls]) => [
    `CALLS_${machine}`,
    Object.entries(calls)
      .map(([name, number]) => `${number}=${name}`)
      .join(' '),
  ]),
);

/** What a task's call means for the listener it shares. */
export type CallKind = 'read' | 'accept' | 'poll' | 'epoll' | 'rest' | 'running' | 'unread' | 'other';

const KINDS: Readonly<Record<string, CallKind>> = {
  ...{ read: 'read', readv: 'read', recvfrom: 'read', recvmsg: 'read', recvmmsg: 'read' },
  ...{ accept: 'accept', accept4: 'accept' },
  ...{ poll: 'poll', ppoll: 'poll', select: 'poll', pselect6: 'poll' },
  ...{ epoll_wait: 'epoll', epoll_pwait: 'epoll', epoll_pwait2: 'epoll' },
  ...{ wait4: 'rest', waitid: 'rest', nanosleep: 'rest', clock_nanosleep: 'rest', pause: 'rest' },
  ...{ rt_sigsuspend: 'rest', rt_sigtimedwait: 'rest' },
  ...{ running: 'running', unread: 'unread' },
};

/** The kind of a call by its name; `rest` is what the master of prefork children does between their deaths. */
export const callKind = (call: string): CallKind => KINDS[call] ?? 'other';
