a_server
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
