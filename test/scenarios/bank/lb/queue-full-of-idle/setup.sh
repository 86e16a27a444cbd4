a_server
a_client
starts perl /tmp/server.pl
idle 7
