//! The answers of a careers site: a page of its list, and the detail of a posting with its HTML.

use serde_json::Value;
use wave_runner::source::detail::{self, Origin};
use wave_runner::source::listing::{ListPage, Listing, PAGE_SIZE};
use wave_runner::source::posting::{LEAST_DESCRIPTION_CHARS, MOST_DESCRIPTION_CHARS};
use wave_runner::source::reply::{self, Answer, Reply};
use wave_runner::source::text::{one_line, plain_text};

/// Any answer is a page of the list, a posting with the reasons against it, or a fault. The first byte chooses what was
/// asked for; a last choice takes the bytes for the HTML itself, which spares the fuzzer the way there.
pub fn holds(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    match choice % 4 {
        0 => a_page(body),
        1 => a_detail(body),
        2 => html(&String::from_utf8_lossy(body)),
        _ => a_fault(body),
    }
}

/// What came instead of an answer is told, and stored with the posting that it came for.
fn a_fault(body: &[u8]) {
    for status in [200, 302, 400, 403, 404, 418, 500] {
        let answer = Answer {
            status,
            ..answered(body)
        };
        if let Err(fault) = reply::detail(answer) {
            let told = fault.to_string();
            assert!(
                told.chars().count() < 4_000,
                "{} characters",
                told.chars().count()
            );
            assert!(is_one_visible_line(&told), "{told:?}");
        }
    }
}

fn a_page(body: &[u8]) {
    let Ok(page) = reply::list(answered(body)) else {
        return;
    };
    let Ok(page) = ListPage::read(&page) else {
        return;
    };
    let mut listing = Listing::default();
    // The same page for ever, as a site answers that does not know the offset: the reading ends all the same.
    for _ in 0..3 {
        if listing.has_ended() {
            break;
        }
        for entry in listing.take(page.clone()) {
            assert!(!entry.id.is_empty() && !entry.path.is_empty(), "{entry:?}");
            let posting = detail::missing(&entry.id, entry.title.as_deref(), String::new());
            can_be_a_key(&posting.external_id);
        }
    }
    assert!(listing.has_ended() || listing.offset() < PAGE_SIZE);
    listing.incomplete();
}

fn a_detail(body: &[u8]) {
    let Ok(Reply::Json(answer)) = reply::detail(answered(body)) else {
        return;
    };
    let Ok(posting) = detail::read(answer, Origin::Listed("R0400001")) else {
        return;
    };
    can_be_a_key(&posting.external_id);
    can_be_stored(&posting.raw_data);
    for line in [&posting.job_title, &posting.location, &posting.country] {
        let is_one_line = line.as_deref().is_none_or(is_one_visible_line);
        assert!(is_one_line, "{line:?}");
    }
    if posting.is_acceptable() {
        assert!(posting.job_title.is_some() && posting.location.is_some());
        let chars = posting.description().unwrap_or_default().chars().count();
        assert!((LEAST_DESCRIPTION_CHARS..=MOST_DESCRIPTION_CHARS).contains(&chars));
    }
}

fn html(html: &str) {
    let text = plain_text(html).unwrap_or_default();
    let is_clean = text
        .chars()
        .all(|letter| letter == '\n' || !letter.is_control());
    assert!(is_clean, "{text:?}");
    assert!(text.is_empty() || is_one_visible_line(&one_line(html)));
}

fn is_one_visible_line(line: &str) -> bool {
    !line.chars().any(char::is_control)
}

/// Postgres refuses longer ones, and with one row all rows of its statement.
fn can_be_a_key(id: &str) {
    assert!(!id.trim().is_empty() && is_one_visible_line(id), "{id:?}");
    assert!(id.len() <= 2_000, "a key of {} bytes", id.len());
}

/// Neither `text` nor `jsonb` of Postgres can hold a NUL.
fn can_be_stored(value: &Value) {
    assert!(
        !value.to_string().contains("\\u0000"),
        "a NUL in what is stored"
    );
}

fn answered(body: &[u8]) -> Answer<'_> {
    Answer {
        status: 200,
        content_type: Some("application/json"),
        body,
        ..Answer::default()
    }
}
