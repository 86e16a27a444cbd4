#!/bin/sh
# Makes in DIRECTORY a key for Runbolt and a host key for each target named, once, and writes down which host has which:
#   make-keys DIRECTORY target-1 target-2
set -eu
umask 077
keys=$1
shift
[ -e "$keys/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C runbolt -f "$keys/id_ed25519"
for target in "$@"; do
  mkdir -p "$keys/$target"
  [ -e "$keys/$target/host_key" ] || ssh-keygen -q -t ed25519 -N '' -C "$target" -f "$keys/$target/host_key"
  cp "$keys/id_ed25519.pub" "$keys/$target/authorized_keys"
  name="[$target]:2222"
  touch "$keys/known_hosts"
  ssh-keygen -q -f "$keys/known_hosts" -F "$name" >/dev/null \
    || printf '%s %s\n' "$name" "$(cut -d' ' -f1,2 "$keys/$target/host_key.pub")" >> "$keys/known_hosts"
done
