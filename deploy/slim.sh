#!/bin/sh
# Takes out of the given directories what nothing reads at run time: types, source maps, and the AWS SDK's second build,
# which is for bundlers.
set -eu
find "$@" -type d \( -name dist-es -o -name dist-types \) -prune -exec rm -rf {} +
find "$@" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name .tsbuildinfo \) -delete
