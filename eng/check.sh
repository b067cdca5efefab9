#!/usr/bin/env bash
# Every gate, in the order CI runs them: scripts, tracked text, locked restore, build with warnings as errors, all tests.
# Needs bash, git and the .NET SDK of global.json. The last line is the grand total of the tests; their exit code is kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CI=true
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export MSBUILDDISABLENODEREUSE=1

max_lines=400
# A place on one machine, or the address of a package source: neither belongs in a repository.
machine_paths='(^|[^A-Za-z0-9_./-])/(root|work|tmp/wt)/|/Users/[A-Za-z]+/|[A-Z]:\\Users\\'
[[ ${HOME:-/} == / ]] || machine_paths+="|(^|[^A-Za-z0-9_./-])$HOME/"
package_sources='/v3/index\.json|<packageSources>.*http|<add key="[^"]*" value="http'

say() { printf '\n== %s\n' "$*"; }
tracked() { git -c safe.directory="$PWD" ls-files -z -- "$@"; }
die() { printf 'check: %s\n' "$*" >&2; exit 1; }

check_scripts() {
    local script
    while IFS= read -r -d '' script; do
        bash -n "$script" || die "$script is not valid bash"
        [[ -x $script ]] || die "$script is not executable"
    done < <(tracked '*.sh' '.ci/run')
}

check_lengths() {
    local file lines long=0
    while IFS= read -r -d '' file; do
        [[ -f $file ]] || continue
        lines=$(wc -l < "$file")
        if ((lines > max_lines)); then
            printf '%s has %d lines; %d are the most.\n' "$file" "$lines" "$max_lines" >&2
            long=1
        fi
    done < <(tracked '*.cs' '*.sh' '*.md' '*.csproj' '*.props' '*.targets')
    ((long == 0)) || die "split the files above by concept"
}

check_places() {
    local pattern
    for pattern in "$machine_paths" "$package_sources"; do
        if git -c safe.directory="$PWD" grep -nIE "$pattern" -- ':!eng/check.sh'; then
            die "the lines above name a place on one machine, or a package source"
        fi
    done
}

# The native compiler links with gcc, the recipes are tested against real servers, and the formats by a reader in another language. Without gcc the tool needs the
# runtime; tests that need what is missing are skipped, with the reason.
install_others() {
    if { command -v gcc && command -v pg_dump && command -v redis-server && /usr/bin/python3 -c 'import cryptography, zstandard, argon2, xxhash'; } > /dev/null 2>&1; then
        return
    fi

    if [[ $EUID == 0 ]] && command -v apt-get > /dev/null; then
        DEBIAN_FRONTEND=noninteractive timeout 300 bash -c 'apt-get update -q && apt-get install -q -y --no-install-recommends gcc libc6-dev postgresql redis-server \
            python3-cryptography python3-zstandard python3-argon2 python3-xxhash' > /dev/null 2>&1 \
            || printf 'gcc, PostgreSQL, Redis and the packages of Python could not be installed; their tests are skipped.\n'
    else
        printf 'gcc, PostgreSQL, Redis or the packages of Python are not installed; their tests are skipped.\n'
    fi
}

run_tests() {
    local log status
    log=$(mktemp)
    rm -rf artifacts/test-results
    # The same words as in README.md.
    set +e
    dotnet test --solution Conn.sln -c Release 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    set -e

    count() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$log" | tail -n 1; }
    local passed failed skipped
    passed=$(count succeeded)
    failed=$(count failed)
    skipped=$(count skipped)
    if [[ ${skipped:-0} != 0 ]]; then
        say 'skipped tests and why'
        sed -nE '/^skipped /,/^(passed|failed|[^ ].*\.dll )/p' "$log" | grep -vE '\.dll ' || true
    fi

    if [[ ${failed:-0} != 0 ]]; then
        say 'failed tests'
        sed -nE '/^failed /,/^(passed|skipped|[^ ].*\.dll )/p' "$log" | grep -vE '^skipped |\.dll ' | head -n 200 || true
    fi

    if compgen -G 'artifacts/test-results/*_hang.log' > /dev/null; then
        say 'tests that ran when no test had ended for minutes'
        cat artifacts/test-results/*_hang.log
    fi

    rm -f "$log"
    [[ -n $passed ]] || { printf 'check: no grand total was printed; the run broke off (exit %d)\n' "$status" >&2; exit $((status == 0 ? 1 : status)); }
    local total="$passed passed, ${failed:-0} failed"
    [[ ${skipped:-0} == 0 ]] || total+=", $skipped skipped"
    printf '\n%s\n' "$total"
    exit "$status"
}

say 'scripts'
check_scripts
say 'tracked text'
check_lengths
check_places
say 'restore (locked)'
dotnet restore Conn.sln --locked-mode
say 'gcc, servers and the second reader'
install_others
say 'build (Release, warnings as errors)'
dotnet build Conn.sln -c Release --no-restore -warnaserror
say 'tests'
run_tests
