#!/usr/bin/env bash
# Branch coverage of the protocol's folders by their own suites and the simulation. A branch that several suites meet in part is counted
# by the best of them, so the figure is a lower bound.
#   eng/coverage.sh            the table, and every line of which a branch was not taken
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
folders='Conn.ActiveBackup/Calls Conn.ActiveBackup/Client Conn.ActiveBackup/Machines Conn.Engine/Loop Conn.Engine/Owners Conn.Engine/Operations'
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

for project in Conn.ActiveBackup.Tests Conn.Engine.Tests Conn.Simulation; do
    dotnet test --project "tests/$project/$project.csproj" -c Release \
        --coverage --coverage-output-format cobertura --coverage-output "$reports/$project.xml" >"$reports/log" 2>&1 ||
        { cat "$reports/log" >&2; printf 'coverage: %s failed\n' "$project" >&2; exit 1; }
done

# One element in a line; then file, line, branches met and branches there are.
cat "$reports"/*.xml | tr '>' '\n' | awk -v folders="$folders" '
    BEGIN { count = split(folders, folder, " ") }
    match($0, /<class .*filename="[^"]*"/) {
        file = $0; sub(/.*filename="/, "", file); sub(/".*/, "", file); gsub(/\\/, "/", file)
    }
    match($0, /<line .*condition-coverage="[^"]*"/) {
        line = $0; sub(/.* number="/, "", line); sub(/".*/, "", line)
        cover = $0; sub(/.*condition-coverage="[^(]*\(/, "", cover); sub(/\).*/, "", cover); split(cover, part, "/")
        for (i = 1; i <= count; i++) {
            at = index(file, folder[i] "/")
            if (at) {
                key = substr(file, at) ":" line
                where[key] = folder[i]
                if (part[1] + 0 > met[key]) met[key] = part[1] + 0
                if (part[2] + 0 > all[key]) all[key] = part[2] + 0
            }
        }
    }
    END {
        for (key in all) {
            folderMet[where[key]] += met[key]; folderAll[where[key]] += all[key]
            if (met[key] < all[key]) printf "  %s %d of %d\n", key, met[key], all[key] | "sort -V"
        }
        close("sort -V")
        for (i = 1; i <= count; i++) {
            printf "%-28s %5.1f %% of %d branches\n", folder[i], folderAll[folder[i]] ? 100 * folderMet[folder[i]] / folderAll[folder[i]] : 0, folderAll[folder[i]]
        }
    }'
