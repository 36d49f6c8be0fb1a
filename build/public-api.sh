#!/usr/bin/env bash
# Writes down what is public: adds to PublicAPI.Unshipped.txt of each project what the compiler says is missing. Look at the difference before you commit it:
# what goes away here breaks somebody's tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
said="$(mktemp)"
trap 'rm -f "$said"' EXIT

for project in src/*/*.csproj; do
    folder="$(dirname "$project")"
    [ "$folder" != src/Actors.Cli ] || continue
    [ -f "$folder/PublicAPI.Shipped.txt" ] || echo '#nullable enable' >"$folder/PublicAPI.Shipped.txt"
    echo '#nullable enable' >"$folder/PublicAPI.Unshipped.txt"
done

# RS0016: public and not written down. Only said here, so that one build names them all.
dotnet build src/Actors.TestKit -c Release --no-incremental --nologo -v quiet "-p:WarningsNotAsErrors=RS0016" "$@" >"$said" || { grep -m 20 ': error ' "$said" >&2; exit 1; }

for project in src/*/*.csproj; do
    folder="$(dirname "$project")"
    [ "$folder" != src/Actors.Cli ] || continue
    { echo '#nullable enable'; sed -n "s|.*warning RS0016: Symbol '\(.*\)' is not part of the declared public API.*/$(basename "$project")\]\$|\1|p" "$said" | LC_ALL=C sort -u; } >"$folder/PublicAPI.Unshipped.txt"
    echo "$folder: $(($(wc -l <"$folder/PublicAPI.Unshipped.txt") - 1)) members"
done
