/** POSIX sh: `digest FILE...` prints the sha256 of each; `flush PATH` brings it to the disk. */
export const DIGEST = `digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@" | cut -c 1-64
  else busybox sha256sum "$@" | cut -c 1-64
  fi
}
flush() { sync "$1" 2>/dev/null || sync; }`;
