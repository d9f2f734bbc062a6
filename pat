#!/usr/bin/env bash
# ./pat VERB …: runs the built program from any directory; './pat --help' lists the verbs.
set -euo pipefail
root="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
published="$root/app/pat" # ./build.sh Publish
built="$root/src.Experiments/bin/Release/net10.0/pat.dll"

if [[ -x "$published" ]]; then
  program=("$published")
elif [[ -f "$built" ]]; then
  program=(dotnet "$built")
else
  echo "pat: the program is not built yet: run ./build.sh Build" >&2
  exit 1
fi

# Idle OpenMP threads sleep instead of spinning: where other programs want the processor too, spinning slows the step.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

exec "${program[@]}" "$@"
