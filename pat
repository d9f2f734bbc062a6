#!/usr/bin/env bash
# ./pat VERB …: runs the built program from any directory; './pat --help' lists the verbs.
set -euo pipefail
program="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/src.Experiments/bin/Release/net10.0/pat.dll"

if [[ ! -f "$program" ]]; then
  echo "pat: the program is not built yet: run ./build.sh Build" >&2
  exit 1
fi

exec dotnet "$program" "$@"
