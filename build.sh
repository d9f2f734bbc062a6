#!/usr/bin/env bash
# ./build.sh [TARGET [ARGUMENT...]]: installs what the target needs, then runs it (targets: build.fsx; default: Build).
# PAT_LIBTORCH=DIR builds against another libtorch (2.x, CUDA) than Debian's libtorch-dev.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

target="${1:-Build}"
shift || true

fail() {
  echo "build.sh: $*" >&2
  exit 1
}

is_installed() {
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# Debian packages that TARGET needs, one per line.
needed_packages() {
  [[ "$target" == Clean || "$target" == Publish ]] && return
  printf '%s\n' libopenblas0-pthread libturbojpeg0-dev libpng-dev cmake ninja-build g++
  # Debian's libtorch for CUDA serves as well; libtorch-dev would take its place.
  local other="${PAT_LIBTORCH:-}"
  [[ -n "$other" ]] || ! is_installed libtorch-cuda-dev || other=libtorch-cuda-dev
  [[ -n "$other" ]] || echo libtorch-dev
  # What compiles for GPUs: where there may be one, and where that is tested.
  if [[ -n "$other" || "$target" == Test ]] && ! command -v nvcc "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" >/dev/null; then
    echo clang
  fi
  case "$target" in
    Setup | Test | Format | FormatCheck) echo clang-format ;;
    Bench) printf '%s\n' python3-torch python3-torchvision ;; # the peers
  esac
}

missing_packages() {
  local package
  for package in $(needed_packages); do
    is_installed "$package" || echo "$package"
  done
}

install_packages() {
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  command -v dpkg-query >/dev/null || return 0 # not a Debian: CMake names what it does not find
  if [[ $EUID -eq 0 ]]; then
    echo "build.sh: installing $*"
    DEBIAN_FRONTEND=noninteractive sh -c "$command" || fail "could not install the packages; install them with: $command"
  elif command -v sudo >/dev/null; then
    echo "build.sh: installing $* (with sudo)"
    sudo DEBIAN_FRONTEND=noninteractive sh -c "$command" || fail "could not install the packages; as root, run: $command"
  else
    fail "packages are missing and there is no sudo; as root, run: $command"
  fi
}

check_dotnet() {
  command -v dotnet >/dev/null ||
    fail "the .NET SDK 10 is needed and 'dotnet' is not on the PATH; see https://dotnet.microsoft.com/download/dotnet/10.0"
  dotnet --list-sdks | grep -q '^10\.' ||
    fail "the .NET SDK 10 is needed and 'dotnet --list-sdks' lists: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' '); see https://dotnet.microsoft.com/download/dotnet/10.0"
}

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# As in ./pat: idle OpenMP threads sleep, since tests and formatters share the processor.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
# The tools run without ICU too; without this, .NET refuses to start where libicu is not installed.
/sbin/ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

check_dotnet
missing="$(missing_packages | paste -sd' ')"
[[ -z "$missing" ]] || install_packages "$missing"

exec dotnet fsi --quiet build.fsx -t "$target" "$@"
