a_python_server
a_client
idle 1
a_resetting_client
for n in 1 2 3; do perl /tmp/resetting.pl 2 >/dev/null 2>&1 </dev/null & sleep 0.5; done
