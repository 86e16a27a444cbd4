# one connection is held, six fill the queue, and who comes now gets no answer
ss -Hltn 'sport = :8080' | awk '$2 == 6 && $3 == 5 { found = 1 } END { exit !found }' || exit 1
! curl -s --max-time 1 http://10.0.9.1:8080/ > /dev/null
