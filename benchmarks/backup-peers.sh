#!/usr/bin/env bash
# Conn beside tar|zstd, restic and borg on one tree: base, no change, 1 % of the files changed, restore.
# Three rounds, the tools in turns, warm cache, Conn with its read-back on; medians and ratios as a Markdown table on stdout.
#
#   benchmarks/backup-peers.sh TREE [--without conn|tar|restic|borg]... [--rounds N] [--work DIR]
#
# TREE is only read: everything happens in a copy. Needs room for about four times TREE in --work (default: the temporary folder).
# tar keeps increments by --listed-incremental, without checking content. Peers are the Debian packages; versions are printed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=(conn tar restic borg)
steps=(base none change restore)
rounds=3
work_parent=${TMPDIR:-/tmp}
tree=

say() { printf '%s\n' "$*" >&2; }
die() { say "backup-peers: $*"; exit 1; }

while (($# > 0)); do
    case $1 in
        --without) tools=("${tools[@]/#$2/}"); shift 2 ;;
        --rounds) rounds=$2; shift 2 ;;
        --work) work_parent=$2; shift 2 ;;
        -*) die "unknown option $1" ;;
        *) tree=$1; shift ;;
    esac
done
read -ra tools <<< "${tools[*]}"
[[ -d $tree ]] || die "name a folder: backup-peers.sh TREE"

declare -A command_of=([tar]=zstd [restic]=restic [borg]=borg)
declare -A package_of=([zstd]=zstd [restic]=restic [borg]=borgbackup [/usr/bin/time]=time)

need_packages() {
    local tool command missing=()
    for command in /usr/bin/time $(for tool in "${tools[@]}"; do printf '%s ' "${command_of[$tool]:-}"; done); do
        command -v "$command" > /dev/null || missing+=("${package_of[$command]}")
    done
    ((${#missing[@]} > 0)) || return 0
    ((EUID == 0)) && command -v apt-get > /dev/null || die "missing Debian packages: ${missing[*]}"
    apt-get install -y --no-install-recommends "${missing[@]}" >&2
}

need_packages
work=$(mktemp -d "$work_parent/backup-peers.XXXXXX")
trap 'rm -rf "$work"' EXIT
src=$work/tree
results=$work/results

# The tool as it is installed: compiled ahead of time for this platform.
conn=$work/tool/conn
if [[ " ${tools[*]} " == *" conn "* ]]; then
    dotnet publish "$root/Conn.Cli" -c Release -r linux-x64 -o "$work/tool" -v quiet >&2
fi
export RESTIC_PASSWORD=benchmark RESTIC_CACHE_DIR=$work/cache/restic
export BORG_BASE_DIR=$work/cache/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes

# Runs one step of one tool and notes wall milliseconds and the largest process's peak in KiB.
measure() {
    local tool=$1 step=$2 begin end
    shift 2
    find "$src" -type f -print0 | xargs -0 cat > /dev/null
    sync
    begin=$(date +%s%N)
    /usr/bin/time -f %M -o "$work/peak" bash -o pipefail -c "$1" > "$work/out" 2>&1 || { cat "$work/out" >&2; die "$tool failed at $step"; }
    end=$(date +%s%N)
    printf '%s %s %d %d\n' "$tool" "$step" $(((end - begin) / 1000000)) "$(tail -n 1 "$work/peak")" >> "$results"
    say "  $tool $step: $(((end - begin) / 1000000)) ms"
}

setup() {
    local repo=$work/repo/$1
    mkdir -p "$work/repo" "$work/cache"
    case $1 in
        conn) "$conn" init --repo "$repo" > /dev/null ;;
        tar) mkdir -p "$repo" ;;
        restic) restic init -q --repo "$repo" > /dev/null ;;
        borg) borg init --encryption none "$repo" > /dev/null 2>&1 ;;
    esac
}

backup() {
    local tool=$1 step=$2 repo=$work/repo/$1
    case $tool in
        conn) measure conn "$step" "'$conn' backup --repo '$repo' --dir tree='$src'" ;;
        tar) measure tar "$step" "tar -C '$work' -cf - --listed-incremental='$repo/snar' tree | zstd -q -1 -T2 -o '$repo/$step.tar.zst'" ;;
        restic) measure restic "$step" "cd '$work' && restic backup -q --repo '$repo' tree" ;;
        borg) measure borg "$step" "cd '$work' && borg create --compression zstd,1 '$repo::$step' tree" ;;
    esac
}

restore() {
    local tool=$1 repo=$work/repo/$1 to=$work/restored step
    rm -rf "$to"
    case $tool in
        conn) measure conn restore "'$conn' restore --repo '$repo' --to '$to'" ;;
        tar)
            mkdir -p "$to"
            measure tar restore "for step in base none change; do zstd -q -d -c '$repo/'\$step.tar.zst | tar -C '$to' -xf - --listed-incremental=/dev/null; done" ;;
        restic) measure restic restore "restic restore -q latest --repo '$repo' --target '$to'" ;;
        borg)
            mkdir -p "$to"
            measure borg restore "cd '$to' && borg extract '$repo::change'" ;;
    esac
    diff -rq --no-dereference "$src" "$to/tree" > "$work/diff" 2>&1 || { head -n 5 "$work/diff" >&2; die "$tool did not restore the same tree"; }
    rm -rf "$to"
}

# Every hundredth file grows by a line; its time changes with it.
change_tree() {
    find "$src" -type f -print0 | sort -z | awk 'BEGIN { RS = ORS = "\0" } NR % 100 == 0' > "$work/changed"
    while IFS= read -r -d '' file; do
        chmod u+w "$file"
        printf 'one more line\n' >> "$file"
    done < "$work/changed"
}

stored() { du -sk --apparent-size "$work/repo/$1" | cut -f 1; }

for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    rm -rf "$src" "$work/repo" "$work/cache"
    cp -a "$tree" "$src"
    for tool in "${tools[@]}"; do
        setup "$tool"
    done
    for step in base none change; do
        [[ $step != change ]] || change_tree
        for tool in "${tools[@]}"; do
            backup "$tool" "$step"
            printf '%s stored-%s %d 0\n' "$tool" "$step" "$(stored "$tool")" >> "$results"
        done
    done
    for tool in "${tools[@]}"; do
        restore "$tool"
    done
done

# The median of column $3 of the lines of tool $1 and step $2.
median() {
    awk -v t="$1" -v s="$2" -v c="$3" '$1 == t && $2 == s { print $c }' "$results" | sort -n |
        awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

first=${tools[0]}
row() { printf '| %s |' "$1"; shift; printf ' %s |' "$@"; printf '\n'; }
heads=()
for tool in "${tools[@]}"; do heads+=("$tool"); done
for tool in "${tools[@]:1}"; do heads+=("$first : $tool"); done

printf '%s, %s cores, %s; kernel %s; %s\n' "$(date -u +%F)" "$(nproc)" "$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" "$(uname -r)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
printf '%s entries, %s files, %s MiB; %d rounds, medians, warm cache; tools: ' "$(find "$tree" | wc -l)" "$(find "$tree" -type f | wc -l)" "$(du -sm --apparent-size "$tree" | cut -f 1)" "$rounds"
for tool in "${tools[@]}"; do
    case $tool in
        conn) printf 'conn (read-back on) ' ;;
        tar) printf '%s + %s ' "$(tar --version | head -n 1 | grep -oE '[0-9.]+$' | sed 's/^/tar /')" "$(zstd --version | grep -oE 'v[0-9.]+' | sed 's/^/zstd /') -1 -T2" ;;
        restic) printf '%s ' "$(restic version | cut -d ' ' -f 1,2)" ;;
        borg) printf '%s zstd,1 ' "$(borg --version)" ;;
    esac
done
printf '\n\n'
row 'wall time, s' "${heads[@]}"
row --- "${heads[@]//*/---}"
for step in "${steps[@]}"; do
    cells=()
    mine=$(median "$first" "$step" 3)
    for tool in "${tools[@]}"; do cells+=("$(awk -v m="$(median "$tool" "$step" 3)" 'BEGIN { printf "%.2f", m / 1000 }')"); done
    for tool in "${tools[@]:1}"; do cells+=("$(awk -v a="$mine" -v b="$(median "$tool" "$step" 3)" 'BEGIN { printf "%.2f", a / (b > 0 ? b : 1) }')"); done
    row "$(case $step in none) echo 'no change' ;; change) echo '1 % changed' ;; *) echo "$step" ;; esac)" "${cells[@]}"
done
printf '\n'
row 'peak memory, MiB (stored, MiB)' "${tools[@]}"
row --- "${tools[@]//*/---}"
for step in "${steps[@]}"; do
    cells=()
    for tool in "${tools[@]}"; do
        peak=$(awk -v m="$(median "$tool" "$step" 4)" 'BEGIN { printf "%.0f", m / 1024 }')
        [[ $step == restore ]] || peak+=$(awk -v m="$(median "$tool" "stored-$step" 3)" 'BEGIN { printf " (%.0f)", m / 1024 }')
        cells+=("$peak")
    done
    row "$(case $step in none) echo 'no change' ;; change) echo '1 % changed' ;; *) echo "$step" ;; esac)" "${cells[@]}"
done
