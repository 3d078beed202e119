#!/usr/bin/env bash
# Packs bench, the tests and the shared .NET runtime for an x86-64 Linux machine that has no .NET: pack.sh DIR (outside the repository).
# Machines with a GPU are often reached through a narrow transfer, so the three archives stay below 64 MiB together: what the tests are
# published with holds bench as well, of the models only those that run-all.sh opens go along, of the runtime neither what debuggers load
# nor the largest libraries that nothing here opens.
set -euo pipefail
dir=${1:?usage: pack.sh DIR}; mkdir -p "$dir"; dir=$(cd "$dir" && pwd)
root=$(dirname "$(readlink -f "$(command -v dotnet)")")
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT

pack() { # NAME FILTERS FOLDER [TAR-ARGUMENT...]: written aside first, so that what was cut off is not taken for whole
    tar -C "$3" --owner=0 --group=0 --sort=name --mtime=@0 -cf - "${@:4}" | xz -T0 $2 > "$tmp/$1"
    mv "$tmp/$1" "$dir/$1"
}

dotnet publish "$here/../../Speculative.Tests" -c Release -r linux-x64 --self-contained false -o "$tmp/app" -v q \
    -p:SatelliteResourceLanguages=en
# Publishing leaves out this one, without which the host would take every assembly of the folder for bench's.
cp "$here"/../../Speculative.Tests/bin/Release/*/linux-x64/bench.deps.json "$tmp/app"
dotnet "$tmp/app/bench.dll" --help > /dev/null # it starts from there
find "$tmp/app" -mindepth 1 -maxdepth 1 -type d ! -name models -exec rm -r {} + # what measures test coverage, in all languages
pack app.tar.xz -9e "$tmp" --exclude='*.xml' --exclude=app/models app
pack models.tar.xz --lzma2=preset=6e,lc=0,lp=1,pb=1 "$tmp" app/models/target app/models/draft-sorted # numbers of two bytes
version=$(ls "$root/host/fxr" | sort -V | tail -1)
skipped=(libmscordaccore.so libmscordbi.so 'libclrgc*.so' libcoreclrtraceptprovider.so 'Microsoft.VisualBasic*' System.Data.Common.dll
    System.Linq.AsyncEnumerable.dll System.Private.DataContractSerialization.dll)
pack runtime.tar.xz "--x86 --lzma2=preset=9e" "$root" "${skipped[@]/#/--exclude=}" \
    dotnet "host/fxr/$version" "shared/Microsoft.NETCore.App/$version"
cp "$here/run-all.sh" "$here/peers.py" "$dir"
(cd "$dir" && du -b -- *.tar.xz | awk '{ print; sum += $1 } END { printf "%.1f MiB together\n", sum / 2^20 }')
