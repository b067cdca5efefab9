#!/usr/bin/env bash
# Drops every row of the three tables and redirects every target to every other state, in memory; fails when one goes unseen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
exec dotnet run -c Release --project tests/Conn.Simulation -- --mutations
