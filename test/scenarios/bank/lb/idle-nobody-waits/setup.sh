a_server
starts perl /tmp/server.pl
a_client
idle 2
