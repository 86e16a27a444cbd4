redis-server /etc/redis/redis.conf
keepalive_is 60 || exit 1
sleep 5 | redis-cli &
n=0; until ss -Htno state established '( sport = :6379 )' | grep -q 'timer:(keepalive'; do n=$((n + 1)); test $n -lt 40 || exit 1; sleep 0.1; done
