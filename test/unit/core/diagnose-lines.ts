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
  ['[ALERT] (9) : Starting frontend http: cannot bind socket (Address already in use) [0.0.0.0:80]', ['haproxy']],
  [
    '[ALERT]    (419278) : Binding [/etc/haproxy/haproxy.cfg:6] for frontend http: cannot bind socket (Address already in use) for [10.0.0.9:80]',
    ['haproxy'],
  ],
  [
    'haproxy[812]: 10.0.0.1:40000 [21/Nov/2026:06:00:01.000] http http/<NOSRV> 0/-1/-1/-1/0 301 94 - - LR-- 1/1/0/0/0 0/0 "GET / HTTP/1.1"',
    [],
  ],
  ['haproxy[812]: Server app/web-1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.', []],
  ['haproxy[812]: Cannot bind to source address before connect() for backend app. Aborting.', ['ports']],
  // gunicorn, browsers, PHP, .NET
  ['[2026-11-21 06:00:01 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:12)', ['lb']],
  ['[ERROR] Connection in use: ("0.0.0.0", 8000)', []],
  ['<html><head><title>504 Gateway Time-out</title></head>', ['lb']],
  ['PHP Fatal error: Uncaught RedisException: read error on connection to 10.0.3.7:6379', ['redis']],
  ['StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms), inst: 0, qs: 3, in: 0', ['redis']],
  ['OSError: [Errno 99] Cannot assign requested address', ['tcp', 'ports']],
  ["OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use", []],
  // curl, Java, Ruby, Erlang, MySQL, PHP
  ['curl: (45) bind failed with errno 98: Address already in use', ['ports']],
  ['curl: (45) bind failed with errno 99: Cannot assign requested address', []],
  ['curl: (28) Operation timed out after 30003 milliseconds with 0 bytes received', ['lb']],
  ['curl: (28) Failed to connect to 10.0.1.9 port 8080 after 30001 ms: Timeout was reached', []],
  ['Caused by: java.net.BindException: Cannot assign requested address', ['tcp', 'ports']],
  ['java.net.BindException: Cannot assign requested address (Bind failed)', []],
  ['Errno::EADDRNOTAVAIL: Cannot assign requested address - connect(2) for 10.0.3.7:6379', ['tcp', 'ports']],
  ['Address already in use - bind(2) for "10.0.0.5" port 0 (Errno::EADDRINUSE)', ['ports']],
  ['Address already in use - bind(2) for "0.0.0.0" port 3000 (Errno::EADDRINUSE)', []],
  ['{failed_connect,[{to_address,{"10.0.3.7",6379}},{inet,[inet],eaddrnotavail}]}', ['tcp', 'ports']],
  ["ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.3.8:3306' (99)", ['tcp']],
  ['SQLSTATE[HY000] [2002] Cannot assign requested address', ['tcp', 'ports']],
  ['RedisClient::ReadTimeoutError: Waited 1.0 seconds', ['redis']],
  ['Redis::CannotConnectError: Error connecting to Redis on 10.0.3.7:6379 (Errno::ECONNREFUSED)', []],
  [
    'Predis\\Connection\\ConnectionException: Error while reading line from the server. [tcp://10.0.3.7:6379]',
    ['redis'],
  ],
  ['io.lettuce.core.RedisException: java.io.IOException: Connection reset by peer', ['redis']],
  ['redis.exceptions.TimeoutError: Timeout connecting to server', []],
  [
    "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='10.0.1.9', port=8080): Read timed out. (read timeout=30)",
    ['lb'],
  ],
  [
    '[proxy_http:error] [pid 119] (70007)The timeout specified has expired: [client 10.0.0.1:52924] AH01102: error reading status line from remote server 10.0.1.9:8080',
    ['lb'],
  ],
  // two programs that want one port
  ['error: Bind to port 22 on 0.0.0.0 failed: Address already in use.', []],
  ['(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80', []],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', []],
  ["[ERROR] Can't start server: Bind on TCP/IP port: Address already in use", []],
  ['bind(): Address already in use [core/socket.c line 769]', []],
  ['Warning: Could not create server TCP listening socket 10.0.0.9:6379: bind: Address already in use', []],
  ['Error: bind EADDRINUSE 0.0.0.0:53', []],
  ["error initializing configuration: cannot bind '0.0.0.0:80': Address already in use", []],
  ['Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use', []],
  ['dial tcp 10.9.9.9:0->10.0.3.7:6379: bind: cannot assign requested address', []],
  ['Web server failed to start. Port 8080 was already in use.', []],
  ['kernel: nf_conntrack: nf_conntrack: table full, dropping packet', ['ports']],
  ['our calls to Redis hang now and then, then go on after 15 minutes', ['redis']],
  // nothing of ours
  [
    '2026/11/21 06:00:01 [error] 71#71: *9 upstream prematurely closed connection while reading response header from upstream',
    [],
  ],
  ['2026/11/21 06:00:01 [error] 71#71: *9 connect() failed (111: Connection refused) while connecting to upstream', []],
  ['<html><head><title>502 Bad Gateway</title></head>', []],
  ["OOM command not allowed when used memory > 'maxmemory'.", []],
  ["READONLY You can't write against a read only replica.", []],
  ['alert: / on web-1 is full (99% used), /var (98% used)', []],
  ['backup failed with error 99% through the archive', []],
  ['dial tcp: lookup redis-1 on 10.0.0.2:53: no such host', []],
  ['ssh: connect to host web-1 port 22: No route to host', []],
  ['kernel: Out of memory: Killed process 812 (java)', []],
  ['accept4: too many open files', []],
  ['x509: certificate has expired or is not yet valid', []],
];
