/**
 * awk function `listened`: what `count-rows.ts` counted of the server's end (`near`, `span`), put together and printed.
 */
export const NEAR_ROWS = String.raw`  function place_of(local,   at) {
    at = where[local]
    if (!(at in listeners)) sub(/\t.*/, "\t*", at)
    return at
  }
  # Is the peer this machine?
  function inside(local, peer,   here) {
    place(local)
    here = ip
    address(peer)
    return loopback || ip == here
  }
  function listened(   row, part, at, kind, s, k, i) {
    for (row in near) {
      split(row, part, "|")
      place(part[1])
      if (ip == "0.0.0.0" || ip == "::") ip = "*"
      at = where[part[1]] = port "\t" ip
      if (part[2] == "L") { listeners[at] += near[row]; all[at] += 0 }
      there[port]
    }
    for (row in near) {
      split(row, part, "|")
      kind = part[2]
      if (kind == "L") continue
      at = place_of(part[1])
      all[at] += near[row]
      if (kind == "02" || kind == "ke") { kept[at] += near[row]; continue }
      if (kind == "un") { kept[at] += near[row]; mute[at] += near[row]; address(part[3]); silent[at "\t" ip] += near[row]; continue }
      if (kind != "" && kind != "00") { other[at] += near[row]; continue }
      if (inside(part[1], part[3])) { other[at] += near[row]; continue }
      without[at] += near[row]
      bare[at "\t" ip] += near[row]
    }
    for (row in span) {
      split(row, part, "|")
      if (inside(part[1], part[3])) continue
      if (proc) s = int(number(substr(span[row], 4)) / 100)
      else { sub(/,[0-9]*\)$/, "", part[4]); sub(/^.*,/, "", part[4]); s = left(part[4]) }
      at = place_of(part[1])
      if (s > widest[at]) widest[at] = s
    }
    for (k in server) if (!(server[k] in there)) all[server[k] "\t*"] += 0
    for (at in all) {
      print "sockets\t" at "\t" all[at] "\t" kept[at] + 0 "\t" without[at] + 0 "\t" other[at] + 0 "\t" listeners[at] + 0 "\t" mute[at] + 0 "\t" widest[at] + 0
      for (i = 0; i < 5 && (k = best(bare, at "\t")) != ""; i++) { print "bare\t" k "\t" bare[k]; delete bare[k] }
      for (i = 0; i < 5 && (k = best(silent, at "\t")) != ""; i++) { print "silent\t" k "\t" silent[k]; delete silent[k] }
    }
  }
`;
