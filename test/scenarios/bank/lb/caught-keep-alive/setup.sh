a_keep_alive_server
a_client
ask 1
ask 1
