import { afterEach, describe, expect, test } from 'vitest';
import { portUsage } from '../../src/facts/port-usage/port-usage.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

/** Holds connections to four ports of 10.9.0.2, as `how` says, then reads, with `PLAIN` connects tried first. */
const SCENE = `echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo; ip addr add 10.9.0.3/24 dev lo
perl -e '
use Socket;
my ($how, $count) = @ARGV;
my (@kept, %server);
for my $port (6379 .. 6382) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in($port, INADDR_ANY)) or die "bind: $!";
  listen($server, 512);
  $server{$port} = $server;
}
for my $i (0 .. $count - 1) {
  my $port = 6379 + $i % 3;
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  setsockopt($client, 0, 24, 1) if $how eq "late";
  if ($how ne "plain") { bind($client, sockaddr_in(0, inet_aton("10.9.0.2"))) or die "bind: $!" }
  connect($client, sockaddr_in($port, inet_aton("10.9.0.2"))) or die "connect: $!";
  accept(my $end, $server{$port});
  push @kept, $client, $end;
}
socket(my $other, PF_INET, SOCK_STREAM, 0);
print connect($other, sockaddr_in(6382, inet_aton("10.9.0.2"))) ? "connects\\n" : "fails: $!\\n";
$| = 1;
print "---\\n";
system("sh", "-c", $ENV{PROBE});
' "$HOW" "$COUNT"`;

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const local = (how: string, count: number) => {
  const on = machine();
  machines.push(on);
  const ran = inNamespace(on, SCENE, { HOW: how, COUNT: String(count), PROBE: portUsage.probe({}).script });
  const [said = '', output = ''] = ran.stdout.split('---\n');
  const reading = portUsage.parse(output, {});
  if (reading.status !== 'read') throw new Error(`${JSON.stringify(reading)} ${ran.stderr}`);
  return { said: said.trim(), local: reading.value.local };
};

describe.skipIf(cannotIsolate !== '')(titled('how sockets came to their ports, on a real kernel'), () => {
  test('bound before connect: each port once, and with all taken a plain connect elsewhere fails', () => {
    expect(local('first', 100)).toMatchObject({
      said: 'fails: Cannot assign requested address',
      local: { binding: 'first', distinct: 100, percent: 100, free: 0 },
    });
    expect(local('first', 60)).toMatchObject({ said: 'connects', local: { binding: 'first', distinct: 61 } });
  });

  test('IP_BIND_ADDRESS_NO_PORT: destinations share ports, and connects work', () => {
    expect(local('late', 270)).toMatchObject({ said: 'connects', local: { binding: 'no_port', no_port_sockets: 270 } });
  });

  test('plain connects: destinations share ports', () => {
    expect(local('plain', 150)).toMatchObject({ said: 'connects', local: { binding: 'connect' } });
    expect(local('plain', 290)).toMatchObject({ said: 'connects', local: { binding: 'connect' } });
  });
});
