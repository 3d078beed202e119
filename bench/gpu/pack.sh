#!/usr/bin/env bash
# Packs bench, the tests and the shared .NET runtime for an x86-64 Linux machine that has no .NET: pack.sh DIR (outside the repository).
set -euo pipefail
dir=${1:?usage: pack.sh DIR}; mkdir -p "$dir"; dir=$(cd "$dir" && pwd)
root=$(dirname "$(readlink -f "$(command -v dotnet)")")
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
dotnet publish "$(dirname "$0")/.." -c Release -r linux-x64 --self-contained false -o "$tmp/app" -v q
dotnet publish "$(dirname "$0")/../../Speculative.Tests" -c Release -r linux-x64 --self-contained false -o "$tmp/tests" -v q
tar -C "$tmp" -cf - app tests | xz -T0 -3 > "$dir/app.tar.xz"
[ -s "$dir/runtime.tar.xz" ] || tar -C "$root" -cf - dotnet host shared/Microsoft.NETCore.App | xz -T0 -3 > "$dir/runtime.tar.xz"
