import type { Traffic } from './spec.js';

const TIME_WAIT_S = 60;
const TICK_S = 0.02;

/**
 * The application of a demo host, in Perl. A churning one keeps `goal` ports used, nearly all in TIME_WAIT. The kernel
 * ends TIME_WAITs after 60 s in batches of up to 4 s (its timer wheel), so those of the start end all at once: they are
 * replaced within the tick, and a quarter of them live for a while first, which spreads the next ends. With reuse in
 * force it opens what an application that keeps `goal` would: a 60th of it a second. It prints `ready` once it is there.
 */
export const traffic = ({ kind, process, peer, port, goal, pool }: Traffic): string => `use Socket; use strict;
$0 = "${process}"; $| = 1; $SIG{PIPE} = "IGNORE";
my ($goal, $holds, $churns) = (${goal}, ${kind === 'leak' ? goal : pool}, ${kind === 'churn' ? 1 : 0});
my $to = pack_sockaddr_in(${port}, inet_aton("${peer}"));
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die $!;
bind($listener, $to) && listen($listener, 4096) or die "no listener: $!";
my (@held, @passing, $announced); my $allowance = 0;
sub number { my ($path, $what) = @_; open my $file, "<", $path or return 0; local $/; <$file> =~ $what ? $1 : 0 }
sub pair { socket(my $client, PF_INET, SOCK_STREAM, 0) or return; connect($client, $to) && accept(my $server, $listener) or return; [$client, $server] }
sub finish { close $_[0][0]; close $_[0][1] }
while (1) {
  my $waiting = number("/proc/net/sockstat", qr/ tw (\\d+)/);
  my @due = grep { $_->[2] <= time } @passing;
  @passing = grep { $_->[2] > time } @passing;
  finish($_) for @due;
  while (@held < $holds) { push @held, pair() || last }
  if ($churns) {
    my $reuse = number("/proc/sys/net/ipv4/tcp_tw_reuse", qr/(\\d+)/) == 1;
    $allowance = $reuse ? $allowance + $goal * ${TICK_S} / ${TIME_WAIT_S} : 0;
    $allowance = 5 if $allowance > 5;
    my $wanted = $reuse ? int $allowance : $goal - $waiting - @passing;
    my $burst = $announced && $wanted > $goal / 10;
    for my $n (1 .. $wanted) {
      my $pair = pair() or last;
      if ($burst && $n % 4 == 0) { push @passing, [@$pair, time + rand ${TIME_WAIT_S - 5}] } else { finish($pair) }
    }
    $allowance -= $wanted if $reuse;
  }
  if (!$announced && @held == $holds && (!$churns || number("/proc/net/sockstat", qr/ tw (\\d+)/) >= $goal * 0.99)) {
    $announced = 1; print "ready\\n";
  }
  select undef, undef, undef, ${TICK_S};
}
`;
