four_workers
a_client
idle 3
