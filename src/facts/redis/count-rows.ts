import { FAR_ROWS } from './far-rows.js';
import { FROM_HEX } from './from-hex.js';
import { NEAR_ROWS } from './near-rows.js';

/**
 * awk program over rows of `ss` or, with SOURCE proc, of /proc/net/tcp, and the ports of SERVER_PORTS and CLIENT_PORTS,
 * split by spaces; fails where a row says @failed.
 *
 * For each server port and each address that is listened on there (`*` is every address, and where the connections of
 * an address belong that nobody listens on by itself): `sockets PORT ADDRESS all with_keepalive without other listeners
 * unanswered longest_s`, up to five peers without a keepalive timer (`bare PORT ADDRESS PEER COUNT`) and as many that
 * leave keepalive probes unanswered (`silent`, alike); peers on loopback or at the same address are not counted as
 * without. Of the connections to peers' ports: `clients sum all with_keepalive without other loopback longest_s`,
 * `clients peer ADDRESS PORT COUNT WITHOUT` for the five busiest, `clients silent ADDRESS PORT COUNT`, and up to 20
 * `suspect LOCAL PEER RETRANSMITS`.
 *
 * Measured: a socket with SO_KEEPALIVE shows `timer:(keepalive,...,N)` or, in /proc/net/tcp, 02, except while data is
 * in flight (01); N, or the field behind the uid, counts the probes in a row that nothing answered; the answer to a
 * first one may be on its way. Rows are only counted as they come; what they say is read from the counts, which are
 * few.
 */
export const COUNT = String.raw`
${FROM_HEX}  function plain(text) {
    gsub(/[][]/, "", text)
    sub(/%.*/, "", text)
    if (text ~ /^::ffff:[0-9.]+$/) text = substr(text, 8)
    return text
  }
  function address(text) {
    ip = proc ? fromhex(text) : plain(text)
    loopback = ip ~ /^127\./ || ip == "::1"
  }
  function place(text) {
    match(text, /:[^:]*$/)
    port = substr(text, RSTART + 1)
    if (proc) port = number(port)
    address(substr(text, 1, RSTART - 1))
  }
  function wanted(list, into,   part, m, i) {
    m = split(list, part, " ")
    for (i = 1; i <= m; i++) into[proc ? sprintf("%04X", part[i] + 0) : part[i] + 0] = part[i] + 0
    return m
  }
  function left(text,   s) {
    s = 0
    if (text ~ /^[0-9]+min/) { s = 60 * text; sub(/^[0-9]+min/, "", text); if (text ~ /^[0-9]+sec/) s += text + 0 }
    else if (text ~ /^[0-9]+sec/) s = text + 0
    else if (text ~ /^[0-9]+\.[0-9]+/) s = int(text + 0)
    return s
  }
  function retransmits(from, to, again) { if (again >= 2 && stuck++ < 20) print "suspect\t" from "\t" to "\t" again }
  function best(counts, prefix,   k, most) {
    most = ""
    for (k in counts) if (index(k, prefix) == 1 && (most == "" || counts[k] > counts[most])) most = k
    return most
  }
  BEGIN {
    proc = (ENVIRON["SOURCE"] == "proc")
    servers = wanted(ENVIRON["SERVER_PORTS"], server)
    clients = wanted(ENVIRON["CLIENT_PORTS"], client)
  }
  proc {
    # busybox awk: to split a row costs less than half of what it costs to cut its columns out.
    wide = length($2)
    if ($4 == "01") {
      kind = substr($6, 1, 2)
      armed_now = kind == "02"
      if (armed_now && $9 > 1) { kind = "un"; armed_now = 0 }
      if (substr($2, wide - 3) in server) {
        k = $2 "|" kind "|" substr($3, 1, wide - 5)
        near[k]++
        if (armed_now && $6 > span[k]) span[k] = $6
      }
      if (substr($3, wide - 3) in client) {
        far[$3 "|" kind]++
        if (armed_now) { if ($6 > armed[$3]) armed[$3] = $6 }
        else if (kind == "01") retransmits($2, $3, number($7))
      }
    } else if ($4 == "0A" && substr($2, wide - 3) in server) near[$2 "|L"]++
    next
  }
  $1 == "@failed" { failed = 1 }
  $1 == "ESTAB" {
    kind = substr($6, 8, 2)
    if (kind == "ke" && $6 !~ /,[01]\)$/) kind = "un"
    match($4, /:[0-9]+$/)
    if (substr($4, RSTART + 1) in server) {
      match($5, /:[0-9]+$/)
      k = $4 "|" kind "|" substr($5, 1, RSTART - 1)
      near[k]++
      if (kind == "ke") span[k "|" substr($6, 8)]
    }
    match($5, /:[0-9]+$/)
    if (substr($5, RSTART + 1) in client) {
      far[$5 "|" kind]++
      if (kind == "ke") times[$5 "|" substr($6, 8)]
      else if (kind == "on") { split($6, part, /[,)]/); retransmits($4, $5, part[3] + 0) }
    }
    next
  }
  $1 == "LISTEN" { match($4, /:[0-9]+$/); if (substr($4, RSTART + 1) in server) near[$4 "|L"]++ }
${NEAR_ROWS}${FAR_ROWS}  END {
    if (failed) exit 3
    if (servers > 0) listened()
    if (clients > 0) reached()
  }`;
