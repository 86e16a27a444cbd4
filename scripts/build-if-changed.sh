# Builds when a source is newer than the last build: a start without changes need not wait for node, npm and the compiler.
# With the build comes a ledger whose tables are made, which every demo begins with.
set -eu
cd "$(dirname "$0")/.."
built=dist/.tsbuildinfo
sources='src package.json package-lock.json tsconfig.json tsconfig.build.json'
if [ ! -e "$built" ] || [ -n "$(find $sources -newer "$built" -print -quit)" ]; then
  begun=$(mktemp)
  trap 'rm -f "$begun"' EXIT
  npm run --silent build >&2 || exit 2
  touch -r "$begun" "$built"
  rm -rf dist/ledger-template
fi
[ -d dist/ledger-template ] || node scripts/renew-ledger-template.js >&2
