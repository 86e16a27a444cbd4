a_server
starts perl /tmp/server.pl
a_client
idle 1
ask 1
