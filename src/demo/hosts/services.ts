import type { HostFile, Service } from './spec.js';

/** Real servers of the demo's hosts. What is not a server of Debian's is a few lines of Perl, which Debian always has. */

const perl = (text: string): string => `perl -MIO::Socket::INET -MIO::Select -e '${text.replace(/\s*\n\s*/g, ' ')}'`;

const listens = (port: number): string => `ss -Hltn "sport = :${port}" | grep -q LISTEN`;

const ANSWER = 'my $answer = "HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n";';

export const redisConf = (keepalive: number): HostFile => ({
  path: '/etc/redis/redis.conf',
  mode: '640',
  text: `bind 0.0.0.0
protected-mode no
port 6379
timeout 0
tcp-keepalive ${keepalive}
dir /var/lib/redis
save ""
logfile /var/log/redis.log
`,
});

export const redis: Service = {
  program: 'redis-server',
  start: 'mkdir -p /var/lib/redis; redis-server /etc/redis/redis.conf &',
  ready: 'redis-cli ping | grep -q PONG',
};

/** An application that opened its connection long ago and says nothing. */
export const idleRedisClient = (local: string): Service => ({
  program: 'perl',
  start: `${perl(`$0 = "gunicorn";
    my $s = IO::Socket::INET->new(LocalAddr => "${local}", PeerAddr => "127.0.0.1:6379") or die; sleep 1 while 1;`)} &`,
  ready: `ss -Htn state established "sport = :6379" | grep -q ${local}`,
});

/** Takes one connection after the other and reads what comes first: whoever says nothing stops everybody. */
export const oneAtATime = (port: number): Service => ({
  program: 'perl',
  start: `${perl(`$0 = "report-server"; ${ANSWER}
    my $l = IO::Socket::INET->new(LocalPort => ${port}, Listen => 5, ReuseAddr => 1) or die;
    while (my $c = $l->accept) { $c->recv(my $request, 4096); $c->send($answer); close $c; }`)} &`,
  ready: listens(port),
});

/** Four children share the listener: one that waits on a silent connection leaves three. */
export const fourAtATime = (port: number): Service => ({
  program: 'perl',
  start: `${perl(`$0 = "report-server"; ${ANSWER}
    my $l = IO::Socket::INET->new(LocalPort => ${port}, Listen => 5, ReuseAddr => 1) or die;
    for (1 .. 4) { next if fork; while (my $c = $l->accept) { $c->recv(my $request, 4096); $c->send($answer); close $c; } exit; }
    wait while 1;`)} &`,
  ready: listens(port),
});

/** A balancer: one connection opened ahead and kept silent, then requests that want an answer. */
export const balancer = (from: string, port: number, requests: number): Service => ({
  program: 'perl',
  start: `${perl(`$0 = "balancer"; my @c;
    for my $n (0 .. ${requests}) {
      my $s = IO::Socket::INET->new(LocalAddr => "${from}", PeerAddr => "127.0.0.1:${port}") or die;
      $s->send("GET / HTTP/1.0\\r\\n\\r\\n") if $n; push @c, $s; select undef, undef, undef, 0.1 unless $n;
    }
    sleep 1 while 1;`)} &`,
  ready: `[ "$(ss -Htn state established "dport = :${port}" | grep -c ${from})" -ge 1 ]`,
});

/** Answers on several addresses, as the hosts would whose addresses these are. */
export const webServers = (addresses: readonly string[], port: number): Service => ({
  program: 'perl',
  start: `${perl(`$0 = "tomcat"; ${ANSWER}
    my $s = IO::Select->new;
    for my $a (qw(${addresses.join(' ')})) { $s->add(IO::Socket::INET->new(LocalAddr => "$a:${port}", Listen => 128, ReuseAddr => 1) or die); }
    while (1) { for my $l ($s->can_read) { my $c = $l->accept or next; $c->recv(my $request, 4096); $c->send($answer); close $c; } }`)} &`,
  ready: listens(port),
});

export const haproxyConf = (backends: readonly (readonly [name: string, address: string])[]): HostFile => ({
  path: '/etc/haproxy/haproxy.cfg',
  text: `global
    stats socket /run/haproxy.sock mode 600 level admin expose-fd listeners

defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s

frontend shop
    bind :80
    default_backend tomcats

# The tomcats of this environment.
backend tomcats
    balance roundrobin
${backends.map(([name, address]) => `    server ${name} ${address}:8080 check inter 2s\n`).join('')}`,
});

export const haproxy: Service = {
  program: 'haproxy',
  start: 'haproxy -W -S /run/haproxy-master.sock -f /etc/haproxy/haproxy.cfg &',
  ready: '[ -S /run/haproxy.sock ] && [ -S /run/haproxy-master.sock ]',
};

/** A proxy that binds each connection to its own address before it connects, and keeps them open. */
export const bindsFirst = (local: string, destinations: readonly string[], connections: number): Service => ({
  program: 'perl',
  start: `${perl(`my @to = qw(${destinations.join(' ')}); my @c;
    my $l = IO::Socket::INET->new(LocalPort => 443, Listen => 512, ReuseAddr => 1) or die;
    unless (fork) {
      $0 = "origin";
      while (my $c = $l->accept) { push @c, $c; } exit;
    }
    $0 = "squid"; close $l;
    for my $n (1 .. ${connections}) {
      push @c, IO::Socket::INET->new(LocalAddr => "${local}", PeerAddr => $to[$n % @to] . ":443") || die;
    }
    sleep 1 while 1;`)} &`,
  ready: `[ "$(ss -Htn state established "dport = :443" | wc -l)" -ge ${connections} ]`,
});
