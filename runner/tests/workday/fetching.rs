//! What a fetch brings, and how little it asks for.

use std::sync::Mutex;
use std::time::Duration;

use fixtures::postings::{Flaw, SyntheticPosting, postings};
use fixtures::workday::{Behaviour, Question, WorkdayStandIn};
use wave_runner::source::{StagedPosting, Workday, WorkdaySettings};

use super::{fetch, settings, site_with};

#[tokio::test]
async fn fifty_acceptable_postings_come_with_the_refused_ones_among_them() {
    let site = site_with(vec![]).await;
    let fetched = fetch(settings(site.url()), 50).await.unwrap();
    assert_eq!(fetched.acceptable(), 50);
    assert_eq!(fetched.listed, Some(60));
    assert_eq!(fetched.withdrawn, 1);
    assert_eq!(fetched.duplicates, 1);
    assert_eq!(fetched.incomplete, None);
    let refused: Vec<_> = fetched.refused_by_reason().into_iter().collect();
    assert_eq!(refused, [("no_description", 1), ("no_location", 1)]);
    let average = fetched.average_description_chars().unwrap();
    assert!((4_900..6_300).contains(&average), "{average}");
}

#[tokio::test]
async fn no_detail_is_asked_for_twice_or_in_vain() {
    let site = site_with(vec![]).await;
    let fetched = fetch(settings(site.url()), 50).await.unwrap();
    assert_eq!(
        site.detail_calls(),
        fetched.postings.len() + fetched.withdrawn
    );
    assert!(fetched.postings.last().unwrap().is_acceptable());
    assert_eq!(site.list_calls(), 3);

    let site = site_with(vec![]).await;
    fetch(settings(site.url()), 5).await.unwrap();
    assert_eq!((site.list_calls(), site.detail_calls()), (1, 5));
}

#[tokio::test]
async fn nothing_wanted_is_nothing_asked() {
    let site = site_with(vec![]).await;
    let fetched = fetch(settings(site.url()), 0).await.unwrap();
    assert_eq!(fetched.postings, []);
    assert_eq!(site.requests(), []);
}

#[tokio::test]
async fn fewer_than_wanted_is_seen_and_is_no_error() {
    let site = WorkdayStandIn::start(postings(42, 25)).await;
    let fetched = fetch(settings(site.url()), 50).await.unwrap();
    assert_eq!(fetched.acceptable(), 24);
    assert_eq!((fetched.listed, fetched.incomplete), (Some(25), None));
}

#[tokio::test]
async fn postings_are_what_was_served_made_readable() {
    let set: Vec<SyntheticPosting> = postings(42, 60)
        .into_iter()
        .filter(SyntheticPosting::is_acceptable)
        .take(40)
        .collect();
    let site = WorkdayStandIn::start(set.clone()).await;
    let fetched = fetch(settings(site.url()), 40).await.unwrap();
    assert_eq!(fetched.postings.len(), 40);
    for (staged, served) in fetched.postings.iter().zip(&set) {
        assert_eq!(staged.external_id, served.external_id);
        assert_eq!(staged.raw_data["detail"], served.detail);
        assert!(staged.country.is_some() && staged.posting_url.is_some());
        assert!(is_readable(staged), "{staged:#?}");
    }
    assert!(
        set.iter()
            .any(|served| is_garbled(&served.detail.to_string()))
    );
}

fn is_readable(staged: &StagedPosting) -> bool {
    let title = staged.job_title.as_deref().unwrap();
    let place = staged.location.as_deref().unwrap();
    let description = staged.description().unwrap();
    let all = format!("{title}{place}{description}");
    description.starts_with("Job Description:\n\n")
        && !is_garbled(&all)
        && !["<p>", "<li>", "&amp;", "  "]
            .iter()
            .any(|leftover| all.contains(leftover))
}

fn is_garbled(text: &str) -> bool {
    text.contains(|character| ('\u{80}'..='\u{9f}').contains(&character))
}

#[tokio::test]
async fn a_withdrawn_posting_is_counted_and_not_staged() {
    let set = postings(42, 60);
    let withdrawn = set
        .iter()
        .find(|posting| posting.flaw == Some(Flaw::Withdrawn))
        .unwrap();
    let id = withdrawn.external_id.clone();
    let site = WorkdayStandIn::start(set).await;
    let fetched = fetch(settings(site.url()), 50).await.unwrap();
    assert_eq!(fetched.withdrawn, 1);
    assert!(
        fetched
            .postings
            .iter()
            .all(|posting| posting.external_id != id)
    );
}

#[tokio::test]
async fn progress_counts_acceptable_postings_up_to_those_wanted() {
    let site = site_with(vec![]).await;
    let seen = Mutex::new(Vec::new());
    let workday = Workday::new(settings(site.url())).unwrap();
    workday
        .fetch(30, &|acceptable| seen.lock().unwrap().push(acceptable))
        .await
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), site.detail_calls());
    assert!(seen.is_sorted());
    assert_eq!((seen[0], *seen.last().unwrap()), (1, 30));
}

#[tokio::test]
async fn at_most_four_details_are_under_way_at_once() {
    let delay = Duration::from_millis(250);
    let behaviour = Behaviour {
        delay,
        ..Behaviour::default()
    };
    let site = WorkdayStandIn::start_with(postings(42, 12), behaviour).await;
    fetch(settings(site.url()), 12).await.unwrap();
    let requests = site.requests();
    let details: Vec<_> = requests
        .iter()
        .filter(|request| matches!(request.question, Question::Detail { .. }))
        .map(|request| request.arrived)
        .collect();
    assert_eq!(details.len(), 12);
    for (earlier, later) in details.iter().zip(&details[4..]) {
        let apart = (*later - *earlier).to_std().unwrap();
        assert!(
            apart >= delay,
            "a fifth call came {apart:?} after the first"
        );
    }
    let together = (details[3] - details[0]).to_std().unwrap();
    assert!(
        together < delay,
        "four calls came one by one, over {together:?}"
    );
}

#[test]
fn the_default_is_deutsche_bank_at_a_polite_pace() {
    let settings = WorkdaySettings::default();
    assert_eq!(
        settings.base_url.as_str(),
        "https://db.wd3.myworkdayjobs.com/"
    );
    assert_eq!((&*settings.tenant, &*settings.site), ("db", "DBWebsite"));
    assert_eq!(settings.parallel_details, 4);
    assert!(settings.page_pause >= Duration::from_millis(250));
    assert!(settings.detail_pause >= Duration::from_millis(200));
}
