#!/usr/bin/env bash
# Everything that can be said of the code without running it: format, lints, documentation, invariants, licences.
# Each check runs even when one before it failed, so that one round shows all there is to mend.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/env.sh

failed=

check() {
    local name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    "$@" || failed="$failed $name"
}

export RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D warnings"

check format cargo fmt --all --check
check lints cargo clippy --workspace --all-targets --locked -- -D warnings
check documentation cargo doc --workspace --no-deps --locked
check invariants ci/invariants.sh
if command -v cargo-deny >/dev/null; then
    check licences cargo deny --locked --config ci/deny.toml check licenses bans sources
else
    printf '\n== licences: SKIPPED, cargo-deny is not installed (cargo install cargo-deny --locked)\n'
fi

if [ -n "$failed" ]; then
    printf '\nfailed:%s\n' "$failed" >&2
    exit 1
fi
printf '\nall checks passed\n'
