#!/usr/bin/env bash
# The checks that are too long for every test run, with their figures on stdout as Markdown. Run by hand before a release.
#
#   eng/campaign.sh TREE [WORK]      TREE: a real tree of 50 000 files or more, only read. WORK: a folder with room for eight times TREE.
#
# 1 real tree     base and five increments, each of six sets restored and compared; nothing changed; restored in place and nothing changed
# 2 flips         twenty flips, weighted by size, in that size of repository: verify finds each, a restore that needs the byte fails
# 3 big database  one row changed in a 1 GB SQLite database
# 4 many files    1 000 000 files: peak memory of base, increment and restore
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tree=$(cd "${1:?name a tree: eng/campaign.sh TREE [WORK]}" && pwd)
work=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/conn-campaign.XXXXXX")
trap 'rm -rf "$work"' EXIT
conn=$root/artifacts/bin/Conn.Cli/release/conn
json() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\).*/\1/p" "$2" | head -n 1; }
peak() { /usr/bin/time -f %M -o "$work/peak" "$@" > "$work/out" 2> "$work/err" || { cat "$work/err" >&2; return 1; }; echo "$(($(cat "$work/peak") / 1024)) MiB"; }

dotnet build "$root/Conn.sln" -c Release -v quiet >&2
printf '# Campaign, %s, commit %s\n\n%s cores, %s\n\n' "$(date -u +%F)" "$(git -C "$root" rev-parse --short HEAD)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"

echo '## Real tree'
mkdir "$work/tree"
CONN_CAMPAIGN_TREE=$tree CONN_CAMPAIGN_WORK=$work/tree dotnet test --project "$root/tests/Conn.Cli.Tests/Conn.Cli.Tests.csproj" -c Release --no-build \
    --filter-method '*Campaign_over_a_tree_given_by_hand' --output Detailed | grep -vE '^(Running|Test run| *duration)' | sed 's/^/    /'
rm -rf "$work/tree"

echo; echo '## Twenty flips'
"$conn" backup --repo "$work/flip" --dir tree="$tree" > "$work/out" 2>&1
mapfile -t files < <(find "$work/flip/sets" -type f -size +0 -printf '%s %p\n' | sort -k 2)
total=$(printf '%s\n' "${files[@]}" | awk '{s += $1} END {print s}')
found=0; restores=0
for n in $(seq 1 20); do
    at=$(awk -v seed="$n" -v total="$total" 'BEGIN {srand(seed * 7919); printf "%d", rand() * total}')
    for entry in "${files[@]}"; do
        size=${entry%% *}; file=${entry#* }
        ((at < size)) && break
        at=$((at - size))
    done
    old=$(dd if="$file" bs=1 skip="$at" count=1 2> /dev/null | od -An -tu1 | tr -d ' ')
    flip() { printf "\\x$(printf %02x "$1")" | dd of="$file" bs=1 seek="$at" conv=notrunc 2> /dev/null; }
    flip $((old ^ (1 << (n % 8))))
    "$conn" verify --repo "$work/flip" > "$work/out" 2>&1 && code=0 || code=$?
    ((code == 6)) && found=$((found + 1)) || echo "- flip $n at $at of ${file#"$work"/flip/}: verify ended $code"
    if ((n <= 3)); then
        "$conn" restore --repo "$work/flip" --to "$work/flip-out" > "$work/out" 2>&1 && code=0 || code=$?
        ((code == 6)) && restores=$((restores + 1)) || echo "- flip $n: restore ended $code"
        rm -rf "$work/flip-out"
    fi
    flip "$old"
done
"$conn" verify --repo "$work/flip" > "$work/out" 2>&1 && clean=clean || clean='NOT clean'
echo "$found of 20 found by verify, $restores of 3 by restore, in $((total / 1000000)) MB; mended again: $clean."
rm -rf "$work/flip"

echo; echo '## One row in a 1 GB database'
db=$work/big.db
sqlite3 "$db" "PRAGMA page_size=4096; CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 260000) INSERT INTO t SELECT i, randomblob(3900) FROM n;"
echo "database: $(($(stat -c %s "$db") / 1000000)) MB; base: $(peak "$conn" backup --repo "$work/dbrepo" --sqlite db="$db" --json) at peak"
sqlite3 "$db" "UPDATE t SET data = randomblob(3900) WHERE id = 130000"
echo "increment: $(peak "$conn" backup --repo "$work/dbrepo" --sqlite db="$db" --increment --json) at peak, $(json bytes "$work/out") bytes of data, $(json storedBytes "$work/out") stored in all, $(json snapshotStoredBytes "$work/out") of it snapshot"
"$conn" restore --repo "$work/dbrepo" --to "$work/dbout" > "$work/out" 2>&1
echo "restored: integrity $(sqlite3 "$work/dbout/db/big.db" 'PRAGMA integrity_check'), equal: $([ "$(sqlite3 "$db" 'SELECT sum(length(data)), max(hex(data)) FROM t')" = "$(sqlite3 "$work/dbout/db/big.db" 'SELECT sum(length(data)), max(hex(data)) FROM t')" ] && echo yes || echo NO)"
rm -rf "$work"/db* "$db"

echo; echo '## 1 000 000 files'
mkdir "$work/million"
(cd "$work/million" && for d in $(seq 1 1000); do mkdir "$d"; (cd "$d" && seq 1 1000 | split -l 1 -a 3 -d - f); done)
echo "base: $(peak "$conn" backup --repo "$work/mrepo" --dir m="$work/million" --json) at peak"
find "$work/million" -name 'f007' -exec sh -c 'for f; do echo x >> "$f"; done' _ {} +
find "$work/million" -name 'f011' -delete
mv "$work/million/500" "$work/million/500-renamed"
echo "increment (1000 changed, 1000 deleted, a folder of 1000 renamed): $(peak "$conn" backup --repo "$work/mrepo" --dir m="$work/million" --json) at peak, $(json storedBytes "$work/out") bytes stored"
echo "nothing changed: $(peak "$conn" backup --repo "$work/mrepo" --dir m="$work/million" --json) at peak, $(json storedBytes "$work/out") bytes stored"
echo "restore: $(peak "$conn" restore --repo "$work/mrepo" --to "$work/mout" --json) at peak; same names and contents: $(diff -rq "$work/million" "$work/mout/m" > /dev/null && echo yes || echo NO)"
