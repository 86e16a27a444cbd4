[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] || exit 1
grep -qx 'tcp-keepalive 60' /etc/redis/redis.conf && [ "$(wc -l < /etc/redis/redis.conf)" = 8 ] || exit 1
[ "$(stat -c '%a %u:%g' /etc/redis/redis.conf)" = '640 33:33' ] || exit 1
[ "$(redis-cli CONFIG GET save | tail -n 1)" = '' ] || exit 1
# Started again by hand, so that the second plan and the way back meet another process.
redis-cli SHUTDOWN NOSAVE
redis-server /etc/redis/redis.conf
until redis-cli PING 2>/dev/null | grep -q PONG; do sleep 0.1; done
[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] || exit 1
sleep 5 | redis-cli &
for try in 1 2 3 4 5 6 7 8 9 10; do
  ss -Htno state established '( sport = :6379 )' | grep -q 'timer:(keepalive' && exit 0
  sleep 0.2
done
exit 1
