//! Lists made by hand, fed page by page.

use std::ops::Range;

use serde_json::{Value, json};

use super::{ListPage, Listing};

fn page(total: usize, numbers: Range<usize>) -> ListPage {
    let entries: Vec<Value> = numbers
        .map(|number| json!({"title": "T", "externalPath": format!("/job/X/T_R{number:07}"), "bulletFields": [format!("R{number:07}")]}))
        .collect();
    ListPage::read(&json!({"total": total, "jobPostings": entries})).unwrap()
}

/// Feeds pages until the listing has ended, and says how many it took.
fn pages_taken(listing: &mut Listing, pages: Vec<ListPage>) -> usize {
    let mut taken = 0;
    for page in pages {
        if listing.has_ended() {
            break;
        }
        listing.take(page);
        taken += 1;
    }
    taken
}

#[test]
fn the_total_of_the_first_page_holds_although_later_pages_say_zero() {
    let mut listing = Listing::default();
    let pages = vec![page(40, 0..20), page(0, 20..40), page(40, 0..20)];
    assert_eq!(pages_taken(&mut listing, pages), 2);
    assert_eq!((listing.total(), listing.incomplete()), (Some(40), None));
}

#[test]
fn a_short_page_and_an_empty_page_end_the_list() {
    for last in [page(0, 20..33), page(0, 0..0)] {
        let mut listing = Listing::default();
        assert_eq!(
            pages_taken(&mut listing, vec![page(648, 0..20), last, page(0, 40..60)]),
            2
        );
        assert!(listing.incomplete().unwrap().contains("648"));
    }
}

#[test]
fn the_first_page_again_ends_the_list() {
    let mut listing = Listing::default();
    assert_eq!(
        pages_taken(
            &mut listing,
            vec![
                page(0, 0..20),
                page(0, 20..40),
                page(40, 0..20),
                page(0, 40..60)
            ]
        ),
        3
    );
    assert_eq!(listing.duplicates(), 20);
    assert!(listing.incomplete().unwrap().contains("no total"));
}

#[test]
fn a_page_that_repeats_one_posting_does_not_end_the_list() {
    let mut listing = Listing::default();
    listing.take(page(60, 0..20));
    assert_eq!(listing.take(page(0, 19..39)).len(), 19);
    assert!(!listing.has_ended());
    assert_eq!(listing.duplicates(), 1);
}

#[test]
fn one_posting_missed_in_sixty_is_tolerated_and_two_are_not() {
    for (last, complete) in [(59, true), (58, false)] {
        let mut listing = Listing::default();
        pages_taken(
            &mut listing,
            vec![page(60, 0..20), page(0, 20..40), page(0, 40..last)],
        );
        assert_eq!(listing.incomplete().is_none(), complete, "{last}");
    }
}

#[test]
fn an_empty_site_is_a_complete_list_of_nothing() {
    let mut listing = Listing::default();
    listing.take(page(0, 0..0));
    assert!(listing.has_ended());
    assert_eq!((listing.total(), listing.incomplete()), (Some(0), None));
}

#[test]
fn entries_without_a_path_are_counted_and_left_out() {
    let answer = json!({"total": 3, "jobPostings": [
        {"title": "A", "bulletFields": ["R1"]}, {"title": "B"}, {"externalPath": "/job/X/plain"}]});
    let mut listing = Listing::default();
    let fresh = listing.take(ListPage::read(&answer).unwrap());
    assert_eq!(listing.without_path(), 2);
    assert_eq!(
        (fresh[0].id.as_str(), fresh[0].title.as_deref()),
        ("/job/X/plain", None)
    );
}

#[test]
fn an_answer_without_postings_names_what_is_missing() {
    let error = ListPage::read(&json!({"total": 3})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a list at `jobPostings`, found nothing"
    );
    let error = ListPage::read(&json!({"jobPostings": {}})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a list at `jobPostings`, found an object"
    );
}

#[test]
fn an_entry_brings_no_sign_that_cannot_be_stored_or_seen() {
    let entry = json!({"title": "a\u{0}b", "externalPath": "/job/X/T_\u{200b}R1", "bulletFields": ["\u{0} R1\u{1b} "]});
    let page = ListPage::read(&json!({"total": 1, "jobPostings": [entry]})).unwrap();
    let taken = Listing::default().take(page);
    let (id, path) = (taken[0].id.as_str(), taken[0].path.as_str());
    assert_eq!((id, path), ("R1", "/job/X/T_R1"));
    assert_eq!(taken[0].title.as_deref(), Some("ab"));
}
