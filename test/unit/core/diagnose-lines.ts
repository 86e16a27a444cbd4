/** Symptoms as runbooks list them; what clients say of a listener, a refusal or a login is no symptom of theirs. */
export const SYMPTOMS: Readonly<Record<string, readonly string[]>> = {
  tcp: [
    'Cannot assign requested address',
    "Can't assign requested address",
    'EADDRNOTAVAIL',
    '/\\berr(no|or) 99\\b|\\(99\\b/',
    '!/\\blisten|bind\\(\\) to|bind failed|attempting to bind|starting (frontend|proxy)/',
  ],
  ports: [
    'Address already in use',
    'local address already in use',
    'EADDRINUSE',
    '/\\berr(no|or) 98\\b|\\(98\\b/',
    'commBind: Cannot bind socket',
    'Cannot bind to source address before connect',
    'no free ports',
    '/requested address|addrnotavail/',
    'connect EADDRINUSE',
    '/dial tcp .*bind: address already in use/',
    '/bind\\([0-9a-f.:]+\\) failed \\(98/',
    '!/\\blisten|bind\\(\\) to|starting (frontend|proxy)|connection in use|attempting to bind|(\\]|\\.\\d+|\\*):\\d+: \\(98\\)|bind failed/',
  ],
  redis: [
    'Timeout reading from socket',
    'redis.exceptions.TimeoutError',
    '/redis.*error while reading from/',
    '/jedis.*(read timed out|unexpected end of stream|broken pipe|connection reset)/',
    'RedisCommandTimeoutException',
    '/read tcp \\S+:6379: (i\\/o timeout|read: connection (timed out|reset))/',
    '/redis.*(read )?(ETIMEDOUT|ECONNRESET)/',
    'Redis connection lost',
    'read error on connection to',
    '/timeout performing \\w+.*\\bin: \\d+/',
    '!/(99|110|111|113) connecting to|connection refused|ECONNREFUSED|NOAUTH|WRONGPASS|connect ETIMEDOUT/',
  ],
  lb: [
    '504 Gateway Time-out',
    '504 Gateway Timeout',
    'while reading response header from upstream',
    'WORKER TIMEOUT',
    'HTTPCode_ELB_504_Count',
    'Target.Timeout',
    '/ 504 \\d+ .*\\bsH--/',
    'timeout awaiting response headers',
    'Client.Timeout exceeded while awaiting headers',
    'upstream request timeout',
  ],
  haproxy: [
    'has no server available',
    'No server is available to handle this request',
    '503 Service Unavailable',
    '/server \\S+ is (down|up)\\b/',
    '/<NOSRV>/',
  ],
};

/** What clients and servers really write, and the runbooks it points to, the most likely first. */
export const LINES: readonly (readonly [line: string, expected: readonly string[]])[] = [
  // redis-py
  [
    'redis.exceptions.ConnectionError: Error 99 connecting to 10.0.3.7:6379. Cannot assign requested address.',
    ['tcp', 'ports'],
  ],
  ['redis.exceptions.TimeoutError: Timeout reading from socket', ['redis']],
  [
    "redis.exceptions.ConnectionError: Error while reading from 10.0.3.7:6379 : (104, 'Connection reset by peer')",
    ['redis'],
  ],
  ["redis.exceptions.ConnectionError: Error while reading from socket: (110, 'Connection timed out')", ['redis']],
  ['redis.exceptions.ConnectionError: Error 111 connecting to 10.0.3.7:6379. Connection refused.', []],
  // jedis, lettuce
  [
    'redis.clients.jedis.exceptions.JedisConnectionException: java.net.SocketTimeoutException: Read timed out',
    ['redis'],
  ],
  ['redis.clients.jedis.exceptions.JedisConnectionException: Unexpected end of stream.', ['redis']],
  [
    'Caused by: java.net.NoRouteToHostException: Cannot assign requested address (Address not available)',
    ['tcp', 'ports'],
  ],
  ['io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 minute(s)', ['redis']],
  // go
  ['dial tcp 10.0.3.7:6379: connect: cannot assign requested address', ['tcp', 'ports']],
  ['dial tcp 10.0.0.5:0->10.0.3.7:6379: bind: address already in use', ['ports']],
  ['listen tcp :8080: bind: address already in use', []],
  ['read tcp 10.0.0.5:41234->10.0.3.7:6379: i/o timeout', ['redis']],
  ['read tcp 10.0.0.5:41234->10.0.3.7:6379: read: connection timed out', ['redis']],
  ['Get "http://10.0.1.9:8080/": net/http: timeout awaiting response headers', ['lb']],
  ['Get "http://app/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', ['lb']],
  // node
  ['Error: connect EADDRNOTAVAIL 10.0.3.7:6379 - Local (10.0.0.5:0)', ['tcp', 'ports']],
  ['Error: connect EADDRINUSE 10.0.3.7:6379 - Local (10.0.0.5:0)', ['ports']],
  ['Error: listen EADDRINUSE: address already in use :::8080', []],
  ['[ioredis] Unhandled error event: Error: read ETIMEDOUT', ['redis']],
  ['Error: Redis connection to 10.0.3.7:6379 failed - read ECONNRESET', ['redis']],
  ['[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379', []],
  // nginx
  [
    '2026/11/21 06:00:01 [crit] 71#71: *9 connect() to 10.0.3.7:8080 failed (99: Cannot assign requested address) while connecting to upstream',
    ['tcp', 'ports'],
  ],
  [
    '2026/11/21 06:00:01 [crit] 71#71: *9 bind(10.0.0.5) failed (98: Address already in use) while connecting to upstream',
    ['ports'],
  ],
  [
    '2026/11/21 06:00:01 [error] 71#71: *9 upstream timed out (110: Connection timed out) while reading response header from upstream',
    ['lb'],
  ],
  ['nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)', []],
  ['nginx: [emerg] bind() to 10.0.0.9:80 failed (99: Cannot assign requested address)', []],
  // squid
  ['2026/11/21 06:00:01 kid1| commBind: Cannot bind socket FD 812 to 10.0.0.5: (98) Address already in use', ['ports']],
  ['2026/11/21 06:00:01 kid1| commBind: Cannot bind socket FD 11 to [::]:3128: (98) Address already in use', []],
  // haproxy
  ['haproxy[812]: Connect() failed for backend redis: no free ports.', ['ports']],
  ['haproxy[812]: Connect() failed for backend redis: local address already in use.', ['ports']],
  [
    'haproxy[812]: Server app/web-1 is DOWN, reason: Layer4 connection problem, info: "Connection refused"',
    ['haproxy'],
  ],
  ['haproxy[812]: backend app has no server available!', ['haproxy']],
  [
    'haproxy[812]: 10.0.0.1:40000 [21/Nov/2026:06:00:01.000] http app/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 1/1/0/0/0 0/0 "GET / HTTP/1.1"',
    ['haproxy'],
  ],
  [
    'haproxy[812]: 10.0.0.1:40000 [21/Nov/2026:06:00:01.000] http app/web-1 0/0/0/-1/30000 504 195 - - sH-- 1/1/0/0/0 0/0 "GET / HTTP/1.1"',
    ['lb'],
  ],
  ['[ALERT] (9) : Starting frontend http: cannot bind socket (Address already in use) [0.0.0.0:80]', []],
  // gunicorn, browsers, PHP, .NET
  ['[2026-11-21 06:00:01 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:12)', ['lb']],
  ['[ERROR] Connection in use: ("0.0.0.0", 8000)', []],
  ['<html><head><title>504 Gateway Time-out</title></head>', ['lb']],
  ['PHP Fatal error: Uncaught RedisException: read error on connection to 10.0.3.7:6379', ['redis']],
  ['StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms), inst: 0, qs: 3, in: 0', ['redis']],
  ['OSError: [Errno 99] Cannot assign requested address', ['tcp', 'ports']],
  ["OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use", []],
  // nothing of ours
  ['kernel: Out of memory: Killed process 812 (java)', []],
  ['accept4: too many open files', []],
  ['x509: certificate has expired or is not yet valid', []],
];
