#!/usr/bin/env bash
# find-torch.sh [PYTHON]: prints the directory (include/, lib/) of the libtorch to build against: PAT_LIBTORCH where it is set,
# else that of the torch that python3 (or PYTHON) imports, else /usr where Debian's libtorch-dev is installed.
set -euo pipefail
python="${1:-python3}"

has_headers() {
  [[ -f "$1/include/ATen/core/dispatch/Dispatcher.h" ]]
}

fail() {
  echo "find-torch.sh: $*" >&2
  exit 1
}

if [[ -n "${PAT_LIBTORCH:-}" ]]; then
  has_headers "$PAT_LIBTORCH" || fail "PAT_LIBTORCH is $PAT_LIBTORCH, where there is no include/ATen: name the directory of a libtorch with its headers."
  readlink -f "$PAT_LIBTORCH"
  exit
fi

# find_spec does not run torch, which takes seconds and needs more of the machine than a build does.
torch="$("$python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null || true)"
if [[ -n "$torch" && -f "$torch/lib/libtorch_cpu.so" ]] && has_headers "$torch"; then
  readlink -f "$torch"
elif has_headers /usr; then
  echo /usr
else
  fail "$python imports no torch that has its headers: install torch with pip, or Debian's libtorch-dev, or set PAT_LIBTORCH to the directory of a libtorch."
fi
