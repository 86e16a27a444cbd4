for port in 6379 6380 6381; do
  [ "$(redis-cli -p $port CONFIG GET tcp-keepalive | tail -n 1)" = $((port - 6329)) ] || exit 1
done
