#!/usr/bin/env bash
# Puts the program into one folder that needs only the .NET 10 runtime: deploy/publish.sh DIR, then DIR/actors run.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: deploy/publish.sh DIR" >&2; exit 2; }
mkdir -p "$1"
out="$(cd "$1" && pwd)"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet publish src/Actors.Cli -c Release -o "$out" --nologo -v quiet
echo "published to $out"
