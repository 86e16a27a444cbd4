/**
 * POSIX sh `masked`: what `haproxy -c` says, without the values that its configuration keeps secret. It quotes words of
 * the line that it complains of; on a line that may hold a secret (a password, a token, a header, a variable of the
 * environment) each word in quotes or angle brackets but the line's own first ones and paths becomes `***`. A line that
 * cannot be read again counts as one.
 */
export const MASKED = String.raw`
masked() {
  awk -v quote="'" '
    function text_at(file, number,   row, n, last) {
      if (++asked > 100) return ""
      for (n = 0; n < number && n < 50000 && (getline row < file) > 0; n++) last = row
      close(file)
      return n == number ? last : ""
    }
    function hide(said, text,   out, i, n, word) {
      n = split(text, word, /[ \t]+/)
      if (n > 0) known[word[1]]
      if (n > 1) { known[word[2]]; known[word[1] " " word[2]] }
      out = ""
      while ((i = index(said, quote)) > 0) {
        out = out substr(said, 1, i)
        said = substr(said, i + 1)
        if ((i = index(said, quote)) == 0) return out "***"
        n = substr(said, 1, i - 1)
        out = out ((n in known) || n ~ /^\// ? n : "***") quote
        said = substr(said, i + 1)
      }
      for (i in known) delete known[i]
      out = out said
      gsub(/<[^<>]*>/, "<***>", out)
      return out
    }
    !match($0, /\[[^][]*:[0-9]+\]/) { print; next }
    {
      place = substr($0, RSTART + 1, RLENGTH - 2)
      number = place
      sub(/^.*:/, "", number)
      file = substr(place, 1, length(place) - length(number) - 1)
      text = text_at(file, number + 0)
      sub(/^[ \t]+/, "", text)
      if (text == "" || tolower(text) ~ /pass|secret|token|auth|key|cred|user|env|header|cookie|[$]/) $0 = hide($0, text)
      print
    }'
}
`;
