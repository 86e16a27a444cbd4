/** What runtimes print of one error, as many lines, and the runbooks it points to. Half of them are programs that listen. */
export const REPORTS: readonly (readonly [what: string, report: string, expected: readonly string[]])[] = [
  [
    'Node that listens on a port that is taken',
    `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::8080
    at Server.setupListenHandle [as _listen2] (node:net:1940:16)
    at listenInCluster (node:net:1997:12)
    at Server.listen (node:net:2102:7)
    at Object.<anonymous> (/srv/app/index.js:3:8)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)
    at Object..js (node:internal/modules/cjs/loader:1706:10)
    at Module.load (node:internal/modules/cjs/loader:1289:32)
    at Function._load (node:internal/modules/cjs/loader:1108:12)
    at node:internal/main/run_main_module:36:49
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1976:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '::',
  port: 8080
}`,
    [],
  ],
  [
    'Node that listens on an address that the host does not have',
    `Error: listen EADDRNOTAVAIL: address not available 10.1.2.3:8080
    at Server.setupListenHandle [as _listen2] (node:net:1915:21) {
  code: 'EADDRNOTAVAIL',
  errno: -99,
  syscall: 'listen',
  address: '10.1.2.3',
  port: 8080
}`,
    [],
  ],
  [
    'Node that connects, with no port left that it could bind',
    `Error: connect EADDRINUSE 10.0.3.7:6379 - Local (10.0.0.5:0)
    at internalConnect (node:net:1087:16)
    at defaultTriggerAsyncIdScope (node:internal/async_hooks:472:18)
    at emitLookup (node:net:1478:9) {
  errno: -98,
  code: 'EADDRINUSE',
  syscall: 'connect',
  address: '10.0.3.7',
  port: 6379
}`,
    ['ports'],
  ],
  [
    'Python that binds a server by hand to a port that is taken',
    `Traceback (most recent call last):
  File "/srv/app/serve.py", line 9, in <module>
    s.bind(("0.0.0.0", 8080))
OSError: [Errno 98] Address already in use`,
    [],
  ],
  [
    'Python that binds a server by hand to an address that the host does not have',
    `Traceback (most recent call last):
  File "/srv/app/serve.py", line 9, in <module>
    s.bind(("10.9.9.9", 8080))
OSError: [Errno 99] Cannot assign requested address`,
    [],
  ],
  [
    'Python that binds its own address, any port, before it connects',
    `Traceback (most recent call last):
  File "/srv/app/client.py", line 9, in <module>
    s.bind(("10.0.0.5", 0))
OSError: [Errno 98] Address already in use`,
    ['ports'],
  ],
  [
    'Flask on a port that is taken',
    `Address already in use
Port 5000 is in use by another program. Either identify and stop that program, or start the server with a different port.`,
    [],
  ],
  [
    'Python that listens on a port that is taken',
    `Traceback (most recent call last):
  File "/srv/app/serve.py", line 4, in <module>
    HTTPServer(("", 8080), Handler).serve_forever()
  File "/usr/lib/python3.11/socketserver.py", line 456, in __init__
    self.server_bind()
  File "/usr/lib/python3.11/http/server.py", line 136, in server_bind
    socketserver.TCPServer.server_bind(self)
  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind
    self.socket.bind(self.server_address)
OSError: [Errno 98] Address already in use`,
    [],
  ],
  [
    'Python that connects from an address all of whose ports are taken',
    `Traceback (most recent call last):
  File "/usr/lib/python3.11/socket.py", line 851, in create_connection
    raise exceptions[0]
  File "/usr/lib/python3.11/socket.py", line 834, in create_connection
    sock.bind(source_address)
OSError: [Errno 98] Address already in use`,
    ['ports'],
  ],
  [
    'Java that listens on a port that is taken',
    `java.net.BindException: Address already in use
	at java.base/sun.nio.ch.Net.bind0(Native Method)
	at java.base/sun.nio.ch.Net.bind(Net.java:555)
	at java.base/sun.nio.ch.ServerSocketChannelImpl.netBind(ServerSocketChannelImpl.java:337)
	at java.base/sun.nio.ch.ServerSocketChannelImpl.bind(ServerSocketChannelImpl.java:294)
	at java.base/sun.nio.ch.ServerSocketAdaptor.bind(ServerSocketAdaptor.java:89)
	at org.apache.tomcat.util.net.NioEndpoint.initServerSocket(NioEndpoint.java:240)
	at org.apache.tomcat.util.net.NioEndpoint.bind(NioEndpoint.java:198)`,
    [],
  ],
  [
    'Java that connects from an address all of whose ports are taken',
    `java.net.BindException: Address already in use
	at java.base/sun.nio.ch.Net.bind0(Native Method)
	at java.base/sun.nio.ch.Net.bind(Net.java:555)
	at java.base/sun.nio.ch.SocketChannelImpl.netBind(SocketChannelImpl.java:868)
	at java.base/sun.nio.ch.SocketChannelImpl.bind(SocketChannelImpl.java:841)
	at com.example.kafka.listener.Client.connect(Client.java:40)`,
    ['ports'],
  ],
];
