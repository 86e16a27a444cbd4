# What the setups of this family have in common; put before each of them.
# Another machine: a network of its own, 10.0.8.2, for which no look for servers here looks.
far_network() {
ip netns add far
ip link add near type veth peer name far0 netns far
ip addr add 10.0.8.1/24 dev near
ip link set near up
ip -n far addr add 10.0.8.2/24 dev far0
ip -n far link set far0 up
ip -n far link set lo up
}

# VALUE [REDIS-CLI'S ARGUMENT...]: the server that was just started answers, and its tcp-keepalive is VALUE.
keepalive_is() {
value=$1; shift
n=0; until redis-cli "$@" PING 2>&1 | grep -q PONG; do n=$((n + 1)); test $n -lt 100 || return 1; sleep 0.1; done
[ "$(redis-cli "$@" CONFIG GET tcp-keepalive | tail -n 1)" = "$value" ]
}
