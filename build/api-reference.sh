#!/usr/bin/env bash
# Writes the API reference, one Markdown page a type, from the public members' documentation into a folder (artifacts/api unless named).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pages="${1:-artifacts/api}"
rooms=(Actors.Protocol Actors.Guest Actors.Hypervisor Actors.Hsm Actors.DeviceModel Actors.Cluster Actors.Simulation Actors.TestKit)

if [ -e "$pages" ] && ! grep -qs '^# Actors: API reference' "$pages/README.md"; then
    echo "$pages is not an API reference written before; name another folder" >&2
    exit 2
fi

rm -rf "$pages"
dotnet tool restore >/dev/null
dotnet restore Actors.sln --nologo -v quiet
dotnet roslynator generate-doc Actors.sln --projects "${rooms[@]}" --output "$pages" --no-delete --heading "Actors: API reference" --host github --depth type -v q
[ -f "$pages/README.md" ] || { echo "no pages were written; does the solution build?" >&2; exit 1; }
echo "$pages/README.md"
