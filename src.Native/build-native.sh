#!/usr/bin/env bash
# ./build-native.sh [CMAKE_OPTION...]: compiles the native libraries of a published pat (./build.sh Publish) on the machine that
# runs it, against the libtorch that src.Native/cmake/find-torch.sh finds there, and puts them beside the program.
# Needs g++, CMake and Ninja or Make; no .NET.
set -euo pipefail
root="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
[[ -d "$root/src.Native" ]] || root="$(dirname "$root")"
build="$root/build/native"

fail() {
  echo "build-native.sh: $*" >&2
  exit 1
}

[[ -d "$root/app" ]] || fail "$root has no app/: it is no published pat; in a checkout, ./build.sh Build compiles the native libraries."
for tool in cmake g++; do
  command -v "$tool" >/dev/null || fail "'$tool' is not on the PATH: install it."
done
if command -v ninja >/dev/null; then
  generator=Ninja
elif command -v make >/dev/null; then
  generator="Unix Makefiles"
else
  fail "neither 'ninja' nor 'make' is on the PATH: install one."
fi

PAT_LIBTORCH="$("$root/src.Native/cmake/find-torch.sh" "${PAT_PYTHON:-python3}")"
echo "build-native.sh: libtorch in $PAT_LIBTORCH, $generator"
# Another generator or libtorch than last time needs a new folder.
stamp="$generator $PAT_LIBTORCH"
[[ "$(cat "$build/stamp" 2>/dev/null)" == "$stamp" ]] || rm -rf "$build"
cmake -S "$root/src.Native" -B "$build" -G "$generator" --log-level=WARNING -DCMAKE_BUILD_TYPE=Release \
  "-DPAT_LIBTORCH=$PAT_LIBTORCH" -DPAT_BUILD_BENCH=OFF -DPAT_WERROR=OFF "$@"
echo "$stamp" >"$build/stamp"
cmake --build "$build" --parallel "$(nproc)"
for library in "$build"/libpat_*.so; do
  install -m 755 "$library" "$root/app/"
done
