//! No secret of any address gets out: not to the terminal, not to a program, not into a file, not into a row.
//!
//! Each command is given addresses with a password, that lead somewhere and that lead nowhere, and everything that it
//! leaves is searched.

use std::fs;
use std::path::Path;

use fixtures::ollama::{Fault, Mishap, OllamaSettings, Step};
use tokio::process::Command;
use url::Url;

use super::program::{Outcome, batchproof, finish};
use super::world::{World, folder_of, ollama, shown};

const SECRET: &str = "hunter2secret";
/// Nobody listens on port 1.
const NOWHERE: &str = "127.0.0.1:1";

/// The address with a password, where it has none of its own: a server that asks for one would not take this one.
fn secretly(url: &str) -> Url {
    let mut url: Url = url.parse().unwrap();
    if url.username().is_empty() {
        url.set_username("teller").unwrap();
    }
    if url.password().is_none() {
        url.set_password(Some(SECRET)).unwrap();
    }
    url
}

/// Carries a command line out in both forms of telling, with all there is to tell.
async fn in_every_form(line: &str, change: impl Fn(&mut Command)) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for form in ["text", "json"] {
        let mut command = batchproof(&format!("{line} -vv --log-format {form}"));
        command.env("RUST_LOG", "trace");
        change(&mut command);
        let outcome = finish(command).await;
        outcome.never_says(SECRET);
        outcomes.push(outcome);
    }
    outcomes
}

/// No file of the folder holds it, nor a file of its folders.
fn is_in_no_file(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            is_in_no_file(&path);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let found = bytes
            .windows(SECRET.len())
            .any(|it| it == SECRET.as_bytes());
        assert!(!found, "a password is in {}", path.display());
    }
}

/// No row of any table holds it.
async fn is_in_no_row(world: &World) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        let query = format!("SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%{SECRET}%'");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(found, 0, "a password is in {table}");
    }
}

#[tokio::test]
async fn no_password_is_told_written_or_stored_by_commands_that_work() {
    let (world, folder) = (World::new().await, folder_of(2));
    // A refusal is told and written down, with the address of whom it came from.
    let server = ollama(OllamaSettings {
        faults: vec![Fault::nth(Step::Extract, 1, Mishap::Refuse)],
        ..OllamaSettings::default()
    })
    .await;
    let (database, model) = (secretly(world.url()), secretly(server.url().as_str()));
    let dir = shown(folder.path());
    let record = format!("{dir}/record");

    let mut run = batchproof(&format!(
        "run -vv --postings {dir} --batch-size 1 --ollama {model} --database-url {database} --record {record} \
         --checkpoint-every 0.05"
    ));
    run.env("RUST_LOG", "trace");
    finish(run).await.never_says(SECRET).says("Decision:");

    for line in [
        format!("fetch --postings {dir} --batch-size 2 --database-url {database}"),
        format!("promote --batch-size 1 --database-url {database}"),
        format!("preflight --ollama {model} --database-url {database}"),
        format!("preflight --json --ollama {model} --database-url {database}"),
        format!("watchdog --database-url {database}"),
        format!("monitor --once --ollama {model} --database-url {database}"),
        format!("monitor --json --ollama {model} --database-url {database}"),
        format!("work --batch 1 --ollama {model} --database-url {database}"),
        format!("run --resume 1 --ollama {model} --database-url {database} --record {record}-2"),
        format!("analyse failures --database-url {database}"),
        format!("analyse performance --json --database-url {database}"),
        format!("judge {record}"),
        format!("record show {record}"),
        format!("record diff {record} {record}-2"),
        format!("report {record} --html {dir}/a.html --markdown {dir}/a.md --junit {dir}/a.xml"),
        format!("report {record} --html - --markdown --junit -"),
        format!("compare {record} {record}-2"),
        format!("analyse bottlenecks {record}"),
    ] {
        in_every_form(&line, |_| ()).await;
    }
    is_in_no_file(folder.path());
    is_in_no_row(&world).await;
}

#[tokio::test]
async fn no_password_is_told_by_commands_that_are_led_nowhere() {
    let folder = folder_of(1);
    let dir = shown(folder.path());
    let database = format!("postgres://teller:{SECRET}@{NOWHERE}/ledger");
    let model = format!("http://teller:{SECRET}@{NOWHERE}");
    let site = format!("https://teller:{SECRET}@{NOWHERE}");
    let record = format!("--record {dir}/record");
    for line in [
        format!("run --simulate --database-url {database} {record}"),
        format!("run --simulate --ollama {model} {record}"),
        format!("run --simulate --ollama {model},{model} {record}"),
        format!(
            "run --postings {dir} --batch-size 1 --force --ollama {model} --database-url {database} {record}"
        ),
        format!("work --batch 1 --simulate --database-url {database}"),
        format!("preflight --ollama {model} --database-url {database}"),
        format!("preflight --json --ollama {model} --database-url {database}"),
        format!("fetch --postings {dir} --database-url {database}"),
        format!("promote --database-url {database}"),
        format!("watchdog --database-url {database}"),
        format!("monitor --once --ollama {model} --database-url {database}"),
        format!("monitor --json --database-url {database}"),
        format!("analyse failures --database-url {database}"),
        // A host that cannot be, a port that cannot be, a scheme that is not known, an address in the wrong place.
        format!("run --simulate --database-url postgres://teller:{SECRET}@h:99999/x {record}"),
        format!("run --simulate --database-url teller:{SECRET}@h/x {record}"),
        format!("run --simulate --database-url mysql://teller:{SECRET}@h/x {record}"),
        format!(
            "run --simulate --database-url postgres://h/x?password={SECRET}&sslmode=wrong {record}"
        ),
        format!("run --simulate --ollama ftp://teller:{SECRET}@h {record}"),
        format!("preflight --ollama https://{SECRET}@{NOWHERE}"),
        format!("judge {database}"),
        format!("plan check {database}"),
        format!("workflow check {database}"),
        format!("report {database} --html {database}"),
        format!("run {database}"),
        database.clone(),
        format!("--database-url={database}"),
        format!("fetch --source workday --workday-url {site}x --database-url {database}"),
    ] {
        let outcomes = in_every_form(&line, |_| ()).await;
        assert!(
            outcomes
                .iter()
                .all(|it| !it.stderr.is_empty() || !it.stdout.is_empty()),
            "{line}"
        );
    }
    is_in_no_file(folder.path());
}

#[tokio::test]
async fn an_address_is_told_without_its_password_and_otherwise_whole() {
    let line = format!("run --simulate --ollama teller:{SECRET}@gpu:99999");
    for outcome in in_every_form(&line, |_| ()).await {
        outcome.exits(4).says("found 'http://teller:***@gpu:99999'");
    }
}

/// A fetch from this careers site, with all there is to tell.
fn fetching(site: &str, database: &str, change: impl Fn(&mut Command)) -> Command {
    let mut command = batchproof(&format!(
        "fetch -vv --source workday --workday-url {site} --database-url {database}"
    ));
    command.env("RUST_LOG", "trace");
    change(&mut command);
    command
}

#[tokio::test]
async fn no_password_of_the_environment_is_told_or_stored() {
    let (world, folder) = (World::new().await, folder_of(1));
    let (dir, url) = (shown(folder.path()), world.url());
    let server = format!("http://teller:{SECRET}@{NOWHERE}");
    let database = format!("postgres://teller:{SECRET}@{NOWHERE}/ledger");
    let environment = |command: &mut Command| {
        command
            .env("DATABASE_URL", &database)
            .env("OLLAMA_HOST", &server)
            .env("HTTPS_PROXY", &server)
            .env("ALL_PROXY", &server);
    };
    for line in [
        format!("run --simulate --record {dir}/record"),
        format!("run --postings {dir} --batch-size 1 --database-url {url} --record {dir}/record"),
        "preflight".to_owned(),
        "preflight --json".to_owned(),
    ] {
        in_every_form(&line, environment).await;
    }
    // Both are asked again and again for a quarter of a minute: the first by way of a proxy that nobody is behind.
    let (by_proxy, itself) = tokio::join!(
        finish(fetching("https://site.invalid", url, environment)),
        finish(fetching(&server, url, |_| ())),
    );
    for outcome in [by_proxy, itself] {
        outcome.exits(5).never_says(SECRET).says("does not answer");
    }
    is_in_no_file(folder.path());
    is_in_no_row(&world).await;
}
