#!/usr/bin/env bash
# The architecture's rules that a search can check; ARCHITECTURE.md says why each stands. Prints what breaks one with
# file and line, and exits 1. Lints hold the others (.clippy.toml, [workspace.lints]).
set -euo pipefail
cd "$(dirname "$0")/.."

broken=0

report() {
    printf 'broken: %s\n%s\n' "$1" "$2" | sed '2,$s/^/    /' >&2
    broken=1
}

# forbid RULE PATTERN EXAMPLE ALLOWED PATH...
# No line below the PATHs matches PATTERN, but in files whose path matches ALLOWED; comment lines do not count.
# EXAMPLE is a line that the rule is for: a pattern that has stopped to match it guards nothing.
forbid() {
    local rule=$1 pattern=$2 example=$3 allowed=$4 path found
    shift 4
    if ! grep -qE -e "$pattern" <<<"$example"; then report "$rule" "the pattern does not match its own example: $example"; fi
    local -a there=()
    for path in "$@"; do
        if [ -e "$path" ]; then there+=("$path"); fi
    done
    if [ "${#there[@]}" -eq 0 ]; then report "$rule" "there is nothing left to look at: $*"; return; fi
    found=$(grep -rnIE -e "$pattern" "${there[@]}" | grep -vE "^($allowed)[^:]*:" | grep -vE '^[^:]*:[0-9]+: *(//|#|--)' || true)
    if [ -n "$found" ]; then report "$rule" "$found"; fi
}

nowhere='\.none'

forbid 'pure code is free of async, SQL, HTTP and clocks' \
    '\basync (fn|move|\{|\|)|\.await\b|\b(sqlx|reqwest|tokio|axum|hyper)::|\b(Utc|Local|Instant|SystemTime)::now\b|clock::' \
    'let rows = sqlx::query("SELECT 1").fetch_all(pool).await?;' "$nowhere" \
    runner/src/workflow runner/src/workflow.rs runner/src/wave runner/src/wave.rs \
    tests/src/judge tests/src/judge.rs tests/src/plan tests/src/plan.rs tests/src/monitor/view tests/src/monitor/view.rs \
    tests/src/preflight/checks tests/src/preflight/checks.rs \
    tests/src/cassette/scrub tests/src/cassette/scrub.rs \
    tests/src/cassette/{answers,key,manifest,nearest,recorded,request,stale}.rs

forbid 'the runner speaks SQL in store/ alone' \
    'sqlx::(query|raw_sql|QueryBuilder)|\bquery_(as|scalar)\b|"(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ' \
    'sqlx::query("UPDATE interactions SET attempt = attempt + 1")' 'runner/src/store' runner/src

forbid 'HTTP clients live in llm/, source/ and witness/ alone' \
    '\b(reqwest|hyper)\b' \
    'let client = reqwest::Client::new();' 'runner/src/(llm|source)|tests/src/witness' runner/src tests/src

forbid 'the clock is read in clock.rs alone' \
    '\b(Utc|Local|Instant|SystemTime)::now\b' \
    'let started = Instant::now();' '(runner|tests|fixtures)/src/clock\.rs' runner tests fixtures

forbid 'an event is dated by clock_timestamp(), for now() is the start of its transaction' \
    "(^|[^:._a-z])now\(\)|CURRENT_TIMESTAMP|transaction_timestamp" \
    '    started_at timestamptz DEFAULT now(),' "$nowhere" runner/migrations runner/src/store

forbid 'no test sleeps to wait for an event' \
    '\bsleep(_until)?\(' \
    'tokio::time::sleep(Duration::from_secs(1)).await;' 'tests/src' runner/tests fixtures/tests tests

# Port 0 lets the system choose; nobody listens on port 1, so that it serves as the one that does not answer.
forbid 'no test uses a fixed port' \
    '(127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\])(:|", )([2-9]|[0-9]{2})' \
    'TcpListener::bind("127.0.0.1:8080")' 'tests/src' runner/tests fixtures/tests tests

forbid 'the judge believes only what it read itself' \
    'wave_runner::(store|\{[^}]*\bstore\b)' \
    'use wave_runner::store::interactions;' "$nowhere" tests/src/judge tests/src/judge.rs tests/src/record tests/src/record.rs

forbid 'nothing is left to be done later' \
    '\b(TODO|FIXME|XXX)\b|\b(todo|unimplemented)!' \
    'fn judge() { todo!() }' "$nowhere" runner tests fixtures benches fuzz/src fuzz/fuzz_targets

forbid 'paths of the machine that it was written on mean nothing on another' \
    '(^|[^a-z.])/(home|Users|root|wor[k]|tmp/wt)/|\.librar[y]' \
    'see /home/me/notes.md' 'ci/invariants\.sh' \
    runner tests fixtures benches fuzz/src fuzz/fuzz_targets fuzz/Cargo.toml ci .ci .github Cargo.toml README.md ARCHITECTURE.md

vague=$(find runner tests fixtures benches fuzz/src fuzz/fuzz_targets -name '*.rs' | grep -E '/[^/]*(util|helper|manager|misc|common)[^/]*\.rs$' || true)
if [ -n "$vague" ]; then report 'a file is named for what it holds' "$vague"; fi

if [ "$broken" -eq 0 ]; then echo 'all invariants hold'; fi
exit "$broken"
