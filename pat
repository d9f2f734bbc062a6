#!/usr/bin/env bash
# Runs the built command line: ./pat VERB ... (./pat --help lists the verbs).
set -euo pipefail

here="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
program="$here/src.Experiments/bin/Release/net10.0/pat.dll"

if [[ ! -f "$program" ]]; then
  echo "pat is not built yet: run ./build.sh Build first." >&2
  exit 1
fi

exec dotnet "$program" "$@"
