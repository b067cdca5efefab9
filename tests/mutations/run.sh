#!/usr/bin/env bash
# Applies each patch of a folder beside this script to a scratch copy of HEAD, builds it, and runs the test that must fail.
#   tests/mutations/run.sh bus            all of them
#   tests/mutations/run.sh protocol fifo  those whose name contains "fifo"
# The first line of a patch is "Killed by: <Class>.<Method>" (a * matches any text; a test of another program has the program's name and a slash before it),
# or "Killed by: seeds": then the simulation must find a seed that breaks an invariant; with "socket seeds" one whose owners are behind a simulated socket. Prints one line for each patch; exit 1 when one survived or did not
# build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
folder=${1:?which folder: bus or protocol}
only=${2:-}
seeds=4000
case $folder in
    bus) projects='Conn.PubSub Conn.PubSub.Extensions' tests='Conn.PubSub.Tests' programs='' ;;
    protocol)
        projects='Conn.Repository Conn.ActiveBackup Conn.Engine'
        tests='Conn.Engine.Tests' programs='Conn.Simulation Conn.ActiveBackup.Tests Conn.Repository.Tests'
        ;;
    *) printf 'no projects are known for %s\n' "$folder" >&2; exit 2 ;;
esac

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
scratch=$(mktemp -d)
log=$(mktemp)
trap 'rm -rf "$scratch" "$log"' EXIT
git -C "$root" archive HEAD | tar -x -C "$scratch"
cd "$scratch"

build() { dotnet build "$1" -c Release -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false "${@:2}" >"$log" 2>&1; }

# A mutation does not change what is public, so the test programs are not built again: the assemblies of the projects are copied over theirs.
rebuild() {
    local project program
    # The last project references the others.
    build "${projects##* }" --no-restore || return 1
    for program in $tests $programs; do
        for project in $projects; do cp "artifacts/bin/$project/release/$project.dll" "artifacts/bin/$program/release/"; done
    done
}

# The test program's own switches: a folder's worth of runs without a platform in between.
run() {
    local program=$tests test=$1
    [[ $test != */* ]] || { program=${test%%/*}; test=${test#*/}; }
    timeout 90 dotnet "artifacts/bin/$program/release/$program.dll" -method "$program.$test" -noColor >"$log" 2>&1
}

# Prints the seed and the invariant that it broke; nothing when no seed broke one.
simulate() {
    timeout 240 dotnet artifacts/bin/Conn.Simulation/release/Conn.Simulation.dll --seeds "$seeds" --stop 1 "$@" >"$log" 2>&1 || true
    local seed=
    seed=$(sed -nE 's/^violations: [1-9].*seeds ([0-9]+).*/\1/p' "$log")
    [[ -z $seed ]] || printf 'seed %s, %s' "$seed" "$(sed -nE '/^Broken invariant: /{s/^Broken invariant: ([A-Za-z]+): .*/\1/p;q}' "$log")"
}

for program in $tests $programs; do
    build "tests/$program" || { cat "$log" >&2; echo 'the unmutated tree does not build' >&2; exit 1; }
done
if [[ -n $programs ]]; then
    found=$(simulate)$(simulate --socket)
    [[ -z $found ]] || { printf 'the unmutated tree breaks an invariant: %s\n' "$found" >&2; exit 1; }
fi

killed=0 wrong=0
for patch in "$here/$folder"/*"$only"*.patch; do
    name=$(basename "$patch" .patch)
    test=$(sed -n '1s/^Killed by: //p' "$patch")
    git apply "$patch" || { echo "does not apply  $name"; wrong=$((wrong + 1)); continue; }
    if ! rebuild; then
        verdict='does not build'
    elif [[ $test == *seeds ]]; then
        if [[ $test == seeds ]]; then test=$(simulate); else test=$(simulate --socket); fi
        verdict=killed
        [[ -n $test ]] || { verdict=SURVIVED; test="$seeds seeds"; }
    else
        status=0
        run "$test" || status=$?
        total=$(sed -nE 's/.*Total: ([0-9]+),.*/\1/p' "$log" | tail -n 1)
        failed=$(sed -nE 's/.*Failed: ([0-9]+),.*/\1/p' "$log" | tail -n 1)
        # 124: it never ended. That says less than an assertion that failed, and does not count.
        if ((status == 124)); then verdict='never ended'
        elif [[ ${total:-0} == 0 ]]; then verdict='no such test'
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
