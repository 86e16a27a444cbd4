a_threaded_server
a_client
idle 3
