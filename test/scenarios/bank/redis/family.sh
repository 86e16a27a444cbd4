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
