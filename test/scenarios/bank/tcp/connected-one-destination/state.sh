[ "$(ss -Htan state time-wait dst 10.9.0.2:6379 | wc -l)" -eq 1000 ] &&
! perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, inet_aton("10.9.0.2"))) or exit 1' &&
[ -z "$(ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
