//! The HTML report in a real browser: that it opens without a complaint, that its timeline can be used by pointer and by
//! keys, that it says as much without scripts, and that nothing runs that a posting smuggled in.
//!
//! Without a browser the trials are passed over, with the reason; CI has one. The pictures that the trials take lie in
//! `target/tmp/html_report`, to be looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod browser;
mod records;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use batchproof::judge::judge;
use batchproof::plan::Plan;
use batchproof::record::RunRecord;
use batchproof::report;
use browser::Browser;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::{Value, json};

/// What a report of 50 postings may weigh, in bytes.
const OF_50: usize = 2_000_000;
/// What one of 500 may.
const OF_500: usize = 4_000_000;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A browser takes the whole machine; side by side they would time each other out.
    arguments.test_threads = Some(1);
    let trials = vec![
        trial("a_report_of_50_postings_opens_without_a_complaint", || {
            opens("50", &records::of_size(50), OF_50);
        }),
        trial("a_report_of_500_postings_opens_without_a_complaint", || {
            opens("500", &records::of_size(500), OF_500);
        }),
        trial("nothing_runs_that_a_hostile_record_brings", nothing_runs),
        trial("a_mark_tells_of_itself_by_pointer_and_by_key", marks_tell),
        trial("the_timeline_is_zoomed_by_keys_and_buttons", it_zooms),
        trial(
            "without_scripts_everything_is_there_but_the_zoom",
            without_scripts,
        ),
        trial("a_narrow_window_need_not_be_scrolled_sideways", narrow),
        trial("records_that_lack_things_open_as_well", lacking_ones_open),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, run: fn()) -> Trial {
    Trial::ignorable_test(name, move || -> Result<Completion, Failed> {
        if browser::find().is_none() {
            return Ok(Completion::ignored_with(
                "no browser: apt-get install chromium, or any that is called chromium or google-chrome",
            ));
        }
        run();
        Ok(Completion::Completed)
    })
}

/// Carries out what a trial does with a browser.
fn in_browser(steps: impl AsyncFnOnce(&mut Browser)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut browser = Browser::start(&browser::find().unwrap()).await;
        browser.window(1_280, 900, "light").await;
        steps(&mut browser).await;
        assert_eq!(browser.complaints, Vec::<String>::new());
    });
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html_report");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The report of a record as a file; answers where it is and how large.
fn written(name: &str, record: &RunRecord) -> (PathBuf, usize) {
    let judgement = judge(record, &Plan::builtin().requirements());
    let page = report::html(record, &judgement);
    let path = folder().join(format!("{name}.html"));
    fs::write(&path, &page).unwrap();
    (path, page.len())
}

async fn picture(browser: &mut Browser, name: &str) {
    let png = STANDARD.decode(browser.screenshot().await).unwrap();
    assert!(png.len() > 10_000, "{name}: a page of one colour");
    fs::write(folder().join(format!("{name}.png")), png).unwrap();
}

async fn is_ready(browser: &mut Browser) {
    let ready = browser
        .value("document.documentElement.dataset.ready")
        .await;
    assert_eq!(
        ready,
        json!("timeline"),
        "the page's script did not come to its end"
    );
}

fn opens(name: &str, record: &RunRecord, at_most: usize) {
    let (path, bytes) = written(name, record);
    assert!(bytes <= at_most, "{bytes} bytes");
    in_browser(async |browser| {
        for scheme in ["light", "dark"] {
            browser.window(1_280, 900, scheme).await;
            browser.open(&path).await;
            is_ready(browser).await;
            picture(browser, &format!("{name}-{scheme}")).await;
        }
        let rows = browser
            .value("document.querySelectorAll('.timeline td.track svg').length")
            .await;
        assert!(rows.as_u64().unwrap() > 10, "{rows}");
        let grounds = browser
            .value("getComputedStyle(document.documentElement).backgroundColor")
            .await;
        assert_eq!(grounds, json!("rgb(19, 21, 24)"), "the dark scheme is dark");
    });
}

fn nothing_runs() {
    let (path, _) = written("hostile", &records::hostile());
    in_browser(async |browser| {
        browser.open(&path).await;
        is_ready(browser).await;
        // Whatever had run would have called this, which is not there, and thrown.
        assert_eq!(browser.value("typeof owned").await, json!("undefined"));
        let scripts = "[...document.scripts].map((it) => it.type || 'script').join()";
        assert_eq!(
            browser.value(scripts).await,
            json!("application/json,script")
        );
        let foreign = "document.querySelectorAll('img, iframe, object, embed, link, form, [onload], [onerror], [onfocus], \
                       [onmouseover], [autofocus], [style]').length";
        assert_eq!(browser.value(foreign).await, json!(0));
        let text = browser.value("document.body.textContent").await;
        assert!(
            text.as_str().unwrap().contains(records::SEEN),
            "it is shown as text"
        );
        assert!(
            !text.as_str().unwrap().contains('\u{202e}'),
            "nothing turns the order around"
        );
        // Reading a mark is where titles go through the script's hands.
        browser
            .value("document.querySelector('.timeline').focus()")
            .await;
        for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown"] {
            browser.press(key).await;
        }
        assert_eq!(
            browser.value("document.querySelector('.tip').hidden").await,
            json!(false)
        );
        assert_eq!(
            browser
                .value("document.querySelectorAll('.tip script, .tip img').length")
                .await,
            json!(0)
        );
        picture(browser, "hostile").await;
    });
}

fn marks_tell() {
    let (path, _) = written("marks", &records::of_size(50));
    in_browser(async |browser| {
        browser.open(&path).await;
        let place = "(() => { const svg = [...document.querySelectorAll('.timeline tr.step td.track svg')][0];
            svg.scrollIntoView({ block: 'center' }); const box = svg.getBoundingClientRect();
            return [box.left + 1, box.top + box.height / 2]; })()";
        let place = browser.value(place).await;
        let at = |axis: usize| place[axis].as_f64().unwrap();
        browser.point_at(at(0), at(1)).await;
        let tip = browser
            .value("document.querySelector('.tip').textContent")
            .await;
        assert!(tip.as_str().unwrap().contains("posting "), "{tip}");
        browser.point_at(2.0, 2.0).await;
        assert_eq!(
            browser.value("document.querySelector('.tip').hidden").await,
            json!(true)
        );
        browser
            .value("document.querySelector('.timeline').focus()")
            .await;
        browser.press("ArrowRight").await;
        browser.press("ArrowRight").await;
        let spoken = browser
            .value("document.querySelector('[aria-live]').textContent")
            .await;
        assert!(
            !spoken.as_str().unwrap().is_empty(),
            "nothing is said to who cannot see"
        );
        browser.press("Escape").await;
        assert_eq!(
            browser.value("document.querySelector('.tip').hidden").await,
            json!(true)
        );
    });
}

fn it_zooms() {
    let (path, _) = written("zoom", &records::of_size(50));
    in_browser(async |browser| {
        browser.open(&path).await;
        let whole = shown(browser).await;
        browser
            .value("document.querySelector('.timeline').focus()")
            .await;
        browser.press("+").await;
        browser.press("+").await;
        let near = shown(browser).await;
        assert!(
            near * 3.9 < whole && whole < near * 4.1,
            "{near} of {whole}"
        );
        browser
            .value("[...document.querySelectorAll('.tools button')].at(-2).click()")
            .await;
        assert!(
            (shown(browser).await - near).abs() < 2.0,
            "moving is no zooming"
        );
        browser
            .value("[...document.querySelectorAll('.tools button')].at(-1).click()")
            .await;
        assert!(
            (shown(browser).await - whole).abs() < 2.0,
            "all is shown again"
        );
        browser.press("-").await;
        assert!(
            (shown(browser).await - whole).abs() < 2.0,
            "there is no more than all"
        );
    });
}

/// Milliseconds that the timeline shows.
async fn shown(browser: &mut Browser) -> f64 {
    let span = "(({ from, to }) => to - from)(document.querySelector('.timeline').dataset)";
    browser.value(span).await.as_f64().unwrap()
}

fn without_scripts() {
    let (path, _) = written("plain", &records::of_size(50));
    in_browser(async |browser| {
        browser.without_scripts().await;
        browser.open(&path).await;
        picture(browser, "plain").await;
    });
    let page = fs::read_to_string(&path).unwrap();
    for part in [
        "class=\"timeline\"",
        "The same as a table",
        "<path class=\"bars k-grade\"",
        "class=\"axis\"",
    ] {
        assert!(page.contains(part), "{part} is there only with scripts");
    }
}

fn narrow() {
    let (path, _) = written("narrow", &records::of_size(50));
    in_browser(async |browser| {
        browser.window(360, 800, "light").await;
        browser.open(&path).await;
        is_ready(browser).await;
        let widths = browser
            .value("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            .await;
        assert_eq!(widths[0], widths[1], "the page is wider than the window");
        picture(browser, "narrow").await;
    });
}

fn lacking_ones_open() {
    in_browser(async |browser| {
        for (name, record) in records::lacking() {
            let (path, _) = written(name, &record);
            browser.open(&path).await;
            let headings = browser.value("[...document.querySelectorAll('h1, h2, h3')].map((it) => Number(it.tagName[1]))").await;
            in_order(name, &headings);
            picture(browser, name).await;
        }
    });
}

/// A heading is at most one deeper than the one before it.
fn in_order(name: &str, headings: &Value) {
    let levels: Vec<u64> = headings
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(levels.first(), Some(&1), "{name}");
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{name}: {levels:?}");
    }
}
