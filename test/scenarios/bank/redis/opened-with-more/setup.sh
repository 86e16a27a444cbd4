once_at_300
client_of 10.0.8.1 ip netns exec far
redis-cli CONFIG SET tcp-keepalive 60
