#!/usr/bin/env bash
# Applies each patch of a folder beside this script to a scratch copy of HEAD, builds it, and runs the test that has to fail.
#   tests/mutations/run.sh bus            all of them
#   tests/mutations/run.sh bus fifo       those whose name contains "fifo"
# A patch begins with "Killed by: <Class>.<Method>" (a * matches any text). Prints one line each; exit 1 when one survived or did not build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
folder=${1:?which folder: bus}
only=${2:-}
declare -A rooms=([bus]=Conn.PubSub)
room=${rooms[$folder]:?no room is known for $folder}
project=$room.Tests

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
scratch=$(mktemp -d)
log=$(mktemp)
trap 'rm -rf "$scratch" "$log"' EXIT
git -C "$root" archive HEAD | tar -x -C "$scratch"
cd "$scratch"

build() { dotnet build "$1" -c Release -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false "${@:2}" >"$log" 2>&1; }
# A mutation leaves the surface as it is, so the tests need no building: the room's assembly is put in place of the other.
rebuild() { build "$room" --no-restore && cp "artifacts/bin/$room/release/$room.dll" "artifacts/bin/$project/release/"; }
# The test program's own switches: a folder's worth of runs without a platform in between.
run() { timeout 90 dotnet "artifacts/bin/$project/release/$project.dll" -method "$project.$1" -noColor >"$log" 2>&1; }

build "tests/$project" || { cat "$log" >&2; echo 'the unmutated tree does not build' >&2; exit 1; }
killed=0 wrong=0
for patch in "$here/$folder"/*"$only"*.patch; do
    name=$(basename "$patch" .patch)
    test=$(sed -n '1s/^Killed by: //p' "$patch")
    git apply "$patch" || { echo "does not apply  $name"; wrong=$((wrong + 1)); continue; }
    if ! rebuild; then
        verdict='does not build'
    else
        status=0
        run "$test" || status=$?
        total=$(sed -nE 's/.*Total: ([0-9]+),.*/\1/p' "$log" | tail -n 1)
        failed=$(sed -nE 's/.*Failed: ([0-9]+),.*/\1/p' "$log" | tail -n 1)
        # 124: it never ended. That says less than an assertion that failed, and does not count.
        if ((status == 124)); then verdict='never ended'
        elif [[ ${total:-0} == 0 ]]; then verdict="no such test"
        elif [[ ${failed:-0} != 0 ]]; then verdict=killed
        else verdict=SURVIVED
        fi
    fi
    git apply -R "$patch"
    printf '%-15s %s  by %s\n' "$verdict" "$name" "$test"
    if [[ $verdict == killed ]]; then killed=$((killed + 1)); else wrong=$((wrong + 1)); fi
done
printf '\n%d killed, %d not\n' "$killed" "$wrong"
((wrong == 0))
