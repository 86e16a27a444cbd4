a_keep_alive_server 'client.settimeout(60)'
a_client
idle 1
idle 1
