four_workers
a_client
idle 4
ask 1
