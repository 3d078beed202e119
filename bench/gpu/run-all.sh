#!/usr/bin/env bash
# Everything that is measured of the GPU engine, on a machine with an NVIDIA GPU, PyTorch and transformers; no .NET SDK is needed there:
#   bench/gpu/pack.sh DIR                      here: the published program and the .NET runtime as two archives
#   bench/gpu/run-all.sh DIR OUT [PART...]     there: results and logs in OUT; without parts, all of them
# Each part ends within 10 minutes and is skipped where OUT holds its result already: run the script again to go on.
# The first part tests what only a GPU can show, the second measures the ceilings: every other number is to be read against them, and against
# its own run only.
set -uo pipefail
packed=${1:?usage: run-all.sh DIR OUT [PART...]} out=${2:?usage: run-all.sh DIR OUT [PART...]}; shift 2
here=$(cd "$(dirname "$0")" && pwd); packed=$(cd "$packed" && pwd); mkdir -p "$out"; out=$(cd "$out" && pwd)
all=(tests peer-ceilings kernels decode-7b decode-8b decode-1b decode-7b-int8 decode-7b-int4 peer-eager peer-compiled peer-attention
    compare-gpu compare-gpu-int8 compare-cpu compare-sampled compare-128)
[ $# -gt 0 ] || set -- "${all[@]}"

net=${TMPDIR:-/tmp}/speculative-net-$(id -u)
if [ ! -x "$net/dotnet" ]; then
    mkdir -p "$net" && tar -C "$net" -xJf "$packed/runtime.tar.xz" && tar -C "$net" -xJf "$packed/app.tar.xz" || exit 1
fi
if ! ldconfig -p | grep -q 'libcuda\.so '; then # some machines have the driver only under its versioned name
    driver=$(ldconfig -p | awk '/libcuda\.so\.1/ {print $NF; exit}')
    [ -z "$driver" ] || ln -sf "$driver" "$net/libcuda.so"
    export LD_LIBRARY_PATH="$net${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee "$out/device.txt"

bench() { "$net/dotnet" "$net/app/bench.dll" "$@"; }
calibrate() { # SHAPE PART [OPTION...]
    bench calibrate --engine gpu --random-weights "$1" --kv-cache bf16 --context 128 1024 3900 --json "$out/$2.json" "${@:3}"
}

run() { # PART: the part itself
    case $1 in
        tests) "$net/dotnet" "$net/tests/Speculative.Tests.dll" -class "*Cuda*" ;; # correct first: row-invariance on this very device
        kernels) bench kernels --engine gpu --json "$out/kernels.json" ;;
        decode-7b) calibrate llama-7b decode-7b ;; # 1 row: plain decoding; 16, 32, 64 rows: verify passes
        decode-8b) calibrate llama-8b decode-8b ;;
        decode-1b) calibrate llama-1b decode-1b ;;
        decode-7b-int*) calibrate llama-7b "$1" --precision "${1##*-}" ;;
        compare-gpu) bench compare --engine gpu --json "$out/compare-gpu.json" ;;
        compare-gpu-int8) bench compare --engine gpu --precision int8 --json "$out/$1.json" ;;
        compare-128) # trees that are laid out depth first
            bench compare --engine gpu --drafters token-recycling,sequoia --budget 128 --json "$out/$1.json" ;;
        compare-cpu) bench compare --json "$out/compare-cpu.json" ;;
        compare-sampled) bench compare --engine gpu --temperature 0.8 --seed 1 --json "$out/compare-sampled.json" ;;
        peer-*) python3 "$here/peers.py" "${1#peer-}" --json "$out/$1.json" ;;
        *) echo "Unknown part '$1': expected ${all[*]}."; return 2 ;;
    esac
}

export -f run bench calibrate; export net out here; export all_names="${all[*]}"
failed=0
for part; do
    if [ -e "$out/$part.done" ]; then echo "== $part: done before"; continue; fi
    echo "== $part"
    timeout 580 bash -c 'read -ra all <<< "$all_names"; run "$1"' run "$part" 2>&1 | tee "$out/$part.log"
    if [ "${PIPESTATUS[0]}" -eq 0 ]; then
        touch "$out/$part.done"
    else
        failed=$((failed + 1)); echo "!! $part failed: see $out/$part.log"
    fi
done
exit $((failed > 0))
