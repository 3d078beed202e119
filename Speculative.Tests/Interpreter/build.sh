#!/bin/sh
# Builds the interpreter as DIR/libcuda.so and prints DIR. With --test, builds and runs its own test as well.
set -e

test=no
if [ "$1" = "--test" ]; then
    test=yes
    shift
fi
if [ $# -ne 1 ]; then
    echo "Usage: build.sh [--test] DIR" >&2
    exit 1
fi
if ! command -v g++ > /dev/null; then
    echo "The PTX interpreter is built with g++, which is not installed here." >&2
    exit 2
fi

if ! echo '_Float16 number;' | g++ -x c++ -std=c++17 -fsyntax-only - 2> /dev/null; then
    echo "The PTX interpreter needs a g++ that knows _Float16 here, which it does from version 12 on." >&2
    exit 2
fi

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"

# No contraction: a product and a sum are one fma only where a kernel says so.
options="-std=c++17 -O3 -march=native -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra -Werror"
sources="accesses arithmetic block comparisons control conversions decoder device driver environment integers memory opcodes parser races
    streams transfers warp"

pids=
objects=
for source in $sources; do
    g++ $options -c "$source.cpp" -o "$out/$source.o" &
    pids="$pids $!"
    objects="$objects $out/$source.o"
done
for pid in $pids; do
    wait "$pid"
done
g++ -shared -o "$out/libcuda.so" $objects

if [ "$test" = yes ]; then
    g++ $options selftest.cpp -o "$out/selftest" -L"$out" -lcuda -Wl,-rpath,"$out"
    "$out/selftest"
fi
echo "$out"
