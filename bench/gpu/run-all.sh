#!/usr/bin/env bash
# Everything that is measured of the GPU engine, on a machine with an NVIDIA GPU, PyTorch and transformers; no .NET SDK is needed there:
#   bench/gpu/pack.sh DIR                here: the program, its models and the .NET runtime as three archives, this script, peers.py
#   DIR/run-all.sh DIR OUT [PART...]     there: results and logs in OUT, and all of it as OUT/results.tar.gz; without parts, all of them
# Each part ends within 10 minutes and is skipped where OUT holds its result already: run the script again to go on. Where a call of the
# machine is cut after so many seconds, DEADLINE=560 lets the script end before: it then begins no part without a minute left.
# The first part tests what only a GPU can show, the second measures the ceilings: every other number is to be read against them, and
# against its own run only.
set -uo pipefail
packed=${1:?usage: run-all.sh DIR OUT [PART...]} out=${2:?usage: run-all.sh DIR OUT [PART...]}; shift 2
here=$(cd "$(dirname "$0")" && pwd); packed=$(cd "$packed" && pwd); mkdir -p "$out"; out=$(cd "$out" && pwd)
all=(tests peer-ceilings kernels decode-7b decode-1b decode-1b-launched compare-gpu decode-7b-int8 decode-7b-int4 peer-attention peer-eager
    peer-compiled test-kernels decode-8b compare-gpu-int8 compare-128 compare-sampled compare-cpu)
[ $# -gt 0 ] || set -- "${all[@]}"

archives=("$packed"/{runtime,app,models}.tar.xz)
for archive in "${archives[@]}"; do
    [ -s "$archive" ] || { echo "There is no $archive: run bench/gpu/pack.sh DIR and copy the whole folder."; exit 1; }
done

unpack() { # ARCHIVE FOLDER
    if command -v xz > /dev/null; then tar -C "$2" -xJf "$1"; else
        python3 -W ignore -c 'import sys, tarfile; tarfile.open(sys.argv[1], "r:xz").extractall(sys.argv[2])' "$1" "$2"
    fi
}

# The folder's name is that of its content, so a new package never runs an old program; it is there only when it is whole.
net=${TMPDIR:-/tmp}/speculative-$(id -u)-$(cat "${archives[@]}" | sha256sum | cut -c1-16)
if [ ! -d "$net" ]; then
    mkdir "$net.$$" || exit 1
    for archive in "${archives[@]}"; do
        unpack "$archive" "$net.$$" || { echo "Cannot unpack $archive into $net.$$."; rm -rf "$net.$$"; exit 1; }
    done
    mv -T "$net.$$" "$net" || exit 1
fi

driver_folder() { # where the driver's library is; some machines have it only in a folder of their own, or not in the loader's list
    local folders folder
    IFS=: read -ra folders <<< "${LD_LIBRARY_PATH:-}"
    while read -r folder; do folders+=("$folder"); done < <(
        PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2> /dev/null | awk '/libcuda\.so\.1/ && /x86-64/ { sub("/[^/]*$", "", $NF); print $NF }')
    for folder in "${folders[@]}" /usr/local/nvidia/lib64; do
        if [ -e "$folder/libcuda.so.1" ]; then (cd "$folder" && pwd); return; fi
    done
}
if driver=$(driver_folder) && [ -n "$driver" ]; then # opened as libcuda.so, a name that not every machine gives it
    ln -sf "$driver/libcuda.so.1" "$net/libcuda.so"
    export LD_LIBRARY_PATH="$net:$driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

export CUDA_CACHE_PATH="$net/compiled" DOTNET_DebugWriteToStdErr=1 # what the driver compiled serves all parts; what it refuses is said

collect() ( # what there is so far as one file: transfers may bring back few. By names: tar would see its own file change the folder
    cd "$out" && tar --exclude='results.*' -czf results.part -- * && mv results.part results.tar.gz
)
trap collect EXIT

{ nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || echo "nvidia-smi does not answer."; } 2>&1 \
    | tee "$out/device.txt"
tests() { "$net/dotnet" "$net/app/Speculative.Tests.dll" -class "$1" -failSkips -noColor "${@:2}"; } # a skipped test has shown nothing
timeout -k 20 120 bash -c "$(declare -p net); $(declare -f tests); tests Speculative.Tests.CudaDeviceTests" > "$out/device.log" 2>&1
if [ $? -ne 0 ] || ! grep -q 'Total: 1,' "$out/device.log"; then # a filter that finds no test is no failure there
    echo "No CUDA device can be opened here (driver library: ${driver:-none found}), so nothing is measured: see $out/device.log."
    exit 1
fi

bench() { "$net/dotnet" "$net/app/bench.dll" "$@"; }
calibrate() { # SHAPE PART [OPTION...]
    bench calibrate --engine gpu --random-weights "$1" --kv-cache bf16 --context 128 1024 3900 --json "$out/$2.json" "${@:3}"
}

run() { # PART: the part itself
    case $1 in
        tests) tests "*Cuda*" ;; # correct first: row-invariance on this very device
        test-kernels) # each against its oracle; sampling, exits and allocations of the engine
            SPECULATIVE_TEST_DEVICE=cuda tests "*KernelTests" -class "*ProductTests" -class "*.GpuNestedModelTests" \
                -class "*.SampledOutputTests" -class "*.GpuAllocationTests" ;;
        kernels) bench kernels --engine gpu --json "$out/kernels.json" ;;
        decode-7b) calibrate llama-7b decode-7b ;; # 1 row: plain decoding; 16, 32, 64 rows: verify passes
        decode-8b) calibrate llama-8b decode-8b ;;
        decode-1b) calibrate llama-1b decode-1b ;;
        decode-1b-launched) calibrate llama-1b "$1" --launch-each ;; # without CUDA graphs: what the host's launches cost
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

left() { # AT_MOST: the seconds that something may take
    local seconds=$(( ${DEADLINE:-100000} - SECONDS - 20 ))
    echo $((seconds < $1 ? seconds : $1))
}

export -f run bench calibrate tests; export net out here; export all_names="${all[*]}"
failed=0
for part; do
    if [ -e "$out/$part.done" ]; then echo "== $part: done before"; continue; fi
    limit=$(left 580)
    if [ "$limit" -lt 60 ]; then echo "== $part: no time left, run the script again"; failed=$((failed + 1)); break; fi
    echo "== $part"
    # As Ctrl+C would: what was measured so far is written.
    timeout -s INT -k 20 "$limit" bash -c 'read -ra all <<< "$all_names"; run "$1"' run "$part" 2>&1 | tee "$out/$part.log"
    status=${PIPESTATUS[0]}
    if [ "$status" -eq 0 ]; then
        touch "$out/$part.done"
    else
        failed=$((failed + 1)); echo "!! $part failed: see $out/$part.log"
    fi
    collect # now, for whoever is cut off later
    if [ "$part" = tests ] && [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$(left 200)" -ge 60 ]; then
        # A fault shows at the next wait; launched one by one, at the kernel that made it.
        CUDA_LAUNCH_BLOCKING=1 timeout -k 20 "$(left 200)" bash -c 'tests "*CudaModelConformanceTests"' > "$out/tests-blocking.log" 2>&1
        collect
    fi
done
exit $((failed > 0))
