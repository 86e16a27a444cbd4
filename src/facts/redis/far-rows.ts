/**
 * awk function `reached`: what `count-rows.ts` counted of the clients' end (`far`, `times`, `armed`), put together and
 * printed.
 */
export const FAR_ROWS = String.raw`  function longer(peer, s) { place(peer); if (!loopback && s > longest) longest = s }
  function reached(   row, part, n, sum, armed_ones, plain_ones, busy, loop, silent, k, i) {
    for (row in far) {
      n = far[row]
      split(row, part, "|")
      place(part[1])
      sum += n
      if (loopback) { loop += n; continue }
      k = ip "\t" port
      peers[k] += n
      if (part[2] == "un") { armed_ones += n; silent[k] += n }
      else if (part[2] == "02" || part[2] == "ke") armed_ones += n
      else if (part[2] == "" || part[2] == "00") { plain_ones += n; lacking[k] += n }
      else busy += n
    }
    for (row in times) { split(row, part, /[|,)]/); longer(part[1], left(part[3])) }
    for (row in armed) longer(row, int(number(substr(armed[row], 4)) / 100))
    print "clients\tsum\t" sum + 0 "\t" armed_ones + 0 "\t" plain_ones + 0 "\t" busy + 0 "\t" loop + 0 "\t" longest + 0
    for (i = 0; i < 5 && (k = best(peers, "")) != ""; i++) { print "clients\tpeer\t" k "\t" peers[k] "\t" lacking[k] + 0; delete peers[k] }
    for (i = 0; i < 5 && (k = best(silent, "")) != ""; i++) { print "clients\tsilent\t" k "\t" silent[k]; delete silent[k] }
  }
`;
