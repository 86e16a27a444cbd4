echo 'vi service.pyc' > /tmp/note; sh -c 'sleep 1000; :' grep service-py </dev/null >/dev/null 2>&1 &
