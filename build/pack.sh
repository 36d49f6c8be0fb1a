#!/usr/bin/env bash
# Packs every project of src into a folder (artifacts/packages unless named), which then is a feed: dotnet tool install --add-source, or nuget.config.
# What follows the folder goes to dotnet pack: build/pack.sh artifacts/packages -p:Version=0.2.0
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder="${1:-artifacts/packages}"
mkdir -p "$folder"
feed="$(cd "$folder" && pwd)"
for project in src/*/*.csproj; do
    dotnet pack "$project" -c Release -o "$feed" --nologo -v quiet "${@:2}"
done
ls "$feed"/*.nupkg
