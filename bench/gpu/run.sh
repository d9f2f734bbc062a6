#!/usr/bin/env bash
# bench/gpu/run.sh [--device cuda|cpu] [--small] [--python PYTHON] [--out DIR]: everything that is measured and checked on a GPU, in
# one go of at most eight minutes: the native libraries (of a published pat), every fused loss against its definition, the same
# bits twice, and the losses, the step and DeepLabV3 against PyTorch. A part that fails is named and the others go on; the last
# thing printed is one table with the targets. Exit code 1 where a part failed or a target is missed.
set -uo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"
device=cuda small="" python=python3 out=""

while [[ $# -gt 0 ]]; do
  case "$1" in
    --device | --python | --out) declare "${1#--}=${2:?$1 needs a value}" && shift 2 ;;
    --small) small=--small && shift ;;
    *) echo "run.sh: '$1' is not known; the head of this file says what it takes." >&2 && exit 2 ;;
  esac
done
out="${out:-$root/runs/gpu-bench}"
rm -rf "$out" && mkdir -p "$out" && out="$(cd "$out" && pwd)"
python="$(command -v "$python")" || { echo "run.sh: there is no Python where --python says." >&2 && exit 2; }
export PAT_PYTHON="$python"

# part NAME SECONDS COMMAND…: its output into NAME.out, its messages into NAME.log, its exit code and time into parts.tsv.
part() {
  local name="$1" limit="$2" start=$SECONDS code=0 left=$((470 - SECONDS))
  shift 2
  if ((left < 10)); then
    printf '%s\t124\t0\tno time was left for it\n' "$name" >>"$out/parts.tsv"
    return
  fi
  echo "== $name: $*" >&2
  timeout --kill-after=5 $((limit < left ? limit : left)) "$@" >"$out/$name.out" 2>"$out/$name.log" || code=$?
  printf '%s\t%s\t%s\t%s\n' "$name" "$code" "$((SECONDS - start))" "$(tail -n 1 "$out/$name.log" | tr '\t' ' ')" >>"$out/parts.tsv"
  [[ $code -eq 0 ]] || echo "   failed with exit code $code after $((SECONDS - start)) s: $(tail -n 1 "$out/$name.log")" >&2
}

if [[ -n "$small" ]]; then
  loss=(--shapes 1x5x24x32 --repetitions 2 --rounds 2)
  step=(--width 4 --size 32x48 --batch 2 --repetitions 2 --rounds 2)
  models=(--size 64x64 --batch 2 --repetitions 1 --rounds 1)
  train=(--data synth:count=8 --model unet:width=4,depth=3 --size 32x48 --batch 2)
else
  loss=(--shapes 8x19x512x1024 --repetitions 20 --rounds 5)
  step=(--width 32 --size 360x480 --batch 16 --repetitions 10 --rounds 5)
  models=(--size 512x512 --batch 8 --repetitions 5 --rounds 5)
  train=(--data synth:count=32 --model unet:width=16 --size 180x240 --batch 8)
fi
pat="$root/pat" on=(--device "$device")
peer=("${on[@]}" --peer "$python" --json)

[[ ! -d "$root/app" ]] || part native 200 "$root/build-native.sh"
part doctor 20 "$pat" doctor
part check 90 "$pat" loss check "${on[@]}" $small --json
part check-again 40 "$pat" loss check "${on[@]}" --small --json
part check-third 40 "$pat" loss check "${on[@]}" --small --json
# What is compiled goes apart: it takes longest, and what it is compared with is measured all the same where it fails.
losses=(bench loss --losses "ce; pat:temperature=20" --types float32,bfloat16 --plain "${loss[@]}" "${peer[@]}")
part loss 60 "$pat" "${losses[@]}"
part loss-compiled 100 "$pat" "${losses[@]}" --compile
part step 60 "$pat" bench step "${step[@]}" "${peer[@]}"
part models 60 "$pat" bench models deeplabv3:encoder=resnet50 --precision bf16 "${models[@]}" "${peer[@]}"
for run in first second; do
  part "train-$run" 40 "$pat" train "${train[@]}" "${on[@]}" --loss pat:temperature=20 --precision bf16 --epochs 1 --seed 1 --out "$out/$run"
done
part step-compiled 150 "$pat" bench step "${step[@]}" "${peer[@]}" --compile

"$python" "$root/bench/gpu/table.py" "$out"
