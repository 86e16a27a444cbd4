a_server
starts perl /tmp/server.pl
