#!/usr/bin/env bash
# Everything that can be said of the repository without running it: format, lints, documentation, invariants, licences,
# unused dependencies, scripts, workflows. Each check runs even when one before it failed, so that one round shows all
# there is to mend. A check whose program could not be had (ci/tools/install) is left out and named at the end.
#
#   ci/check.sh [--required]
#
#   --required  A check that is left out has failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/env.sh
ci/tools/install

required=no
case ${1-} in
    '') ;;
    --required) required=yes ;;
    *) printf 'usage: ci/check.sh [--required]; found: %s\n' "$1" >&2; exit 4 ;;
esac

failed=
skipped=

check() {
    local name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    "$@" || failed="$failed $name"
}

# check_with PROGRAM NAME COMMAND…: a check that needs a program which may not be there.
check_with() {
    local program=$1
    shift
    if command -v "$program" >/dev/null; then
        check "$@"
    else
        printf '\n== %s: SKIPPED, %s is not installed\n' "$1" "$program"
        skipped="$skipped $1"
    fi
}

scripts() { grep -rlE '^#!.*\b(bash|sh)$|^# shellcheck shell=' .ci ci fixtures/src contrib; }

export RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D warnings"

check format cargo fmt --all --check
check lints cargo clippy --workspace --all-targets --locked -- -D warnings
check live cargo clippy -p batchproof --features live-gpu --test batch_50 --locked -- -D warnings
check documentation cargo doc --workspace --no-deps --locked
check invariants ci/invariants.sh
check_with cargo-deny licences cargo deny --locked --config ci/deny.toml check licenses bans sources
check_with cargo-shear unused cargo shear --locked
mapfile -t scripts < <(scripts)
check_with shellcheck scripts shellcheck -x "${scripts[@]}"
check_with actionlint workflows actionlint
# The same from the side of security: what is not pinned, may write, or leaves a token behind.
check_with zizmor permissions zizmor --offline --no-progress .github

if [ -n "$skipped" ]; then printf '\nleft out:%s\n' "$skipped" >&2; fi
if [ "$required" = yes ]; then failed="$failed$skipped"; fi
if [ -n "$failed" ]; then
    printf '\nfailed:%s\n' "$failed" >&2
    exit 1
fi
printf '\nall checks passed%s\n' "${skipped:+ but those left out}"
