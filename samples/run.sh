#!/usr/bin/env bash
# Packs what is in src, and runs the samples on nothing but those packages. What is restored stays in artifacts/, so that no packed state of this tree gets into the user's own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf artifacts/packages artifacts/restored/actors.*
build/pack.sh artifacts/packages >/dev/null
NUGET_PACKAGES="$PWD/artifacts/restored" dotnet test samples/PathScenarios -c Release --nologo "$@"
