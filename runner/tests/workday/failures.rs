//! Every way in which the site is known to fail: what is tried again, what is passed over, what ends the fetch.

use std::time::Duration;

use fixtures::postings::postings;
use fixtures::workday::fault::MAINTENANCE_PAGE;
use fixtures::workday::{Behaviour, Calls, Fault, Trouble, WorkdayStandIn};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;
use wave_runner::source::error::SiteFault;
use wave_runner::source::{Backoff, SourceError, WorkdaySettings};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{fetch, settings, site_with};

/// The fault that ended a fetch, and how often was asked.
async fn fault(settings: WorkdaySettings) -> (SiteFault, u32) {
    match fetch(settings, 50)
        .await
        .expect_err("the fetch should have ended")
    {
        SourceError::Site {
            fault, attempts, ..
        } => (fault, attempts),
        other => panic!("expected a fault of the site, found: {other}"),
    }
}

async fn fault_of(ordered: Fault) -> (SiteFault, u32) {
    let site = site_with(vec![ordered]).await;
    fault(settings(site.url())).await
}

/// Bursts shorter than our patience, on either call.
fn passing() -> Vec<Fault> {
    let troubles = [
        Trouble::RateLimited { retry_after: None },
        Trouble::RateLimited {
            retry_after: Some(3_600),
        },
        Trouble::ServerError { status: 500 },
        Trouble::ServerError { status: 503 },
        Trouble::EmptyBody,
        Trouble::HtmlPage,
    ];
    let bursts = troubles.map(|trouble| Fault::times(trouble, 2));
    bursts
        .into_iter()
        .flat_map(|burst| [burst.clone().at(Calls::List), burst.at(Calls::Detail)])
        .collect()
}

#[tokio::test]
async fn a_passing_fault_is_waited_out_and_loses_no_posting() {
    for burst in passing() {
        let site = site_with(vec![burst.clone()]).await;
        let fetched = fetch(settings(site.url()), 5).await.unwrap();
        assert_eq!(
            (fetched.postings.len(), fetched.acceptable()),
            (5, 5),
            "{burst:?}"
        );
        assert_eq!(site.requests().len(), 1 + 5 + 2, "{burst:?}");
    }
}

#[tokio::test]
async fn the_wait_that_the_site_asks_for_is_kept() {
    let burst = Fault::times(
        Trouble::RateLimited {
            retry_after: Some(1),
        },
        1,
    )
    .at(Calls::List);
    let site = site_with(vec![burst]).await;
    let backoff = Backoff {
        attempts: 2,
        first: Duration::ZERO,
        longest: Duration::from_secs(5),
    };
    fetch(
        WorkdaySettings {
            backoff,
            ..settings(site.url())
        },
        1,
    )
    .await
    .unwrap();
    let requests = site.requests();
    let waited = requests[1].arrived - requests[0].arrived;
    assert!(waited.num_milliseconds() >= 950, "{waited}");
}

#[tokio::test]
async fn a_list_that_stays_broken_ends_the_fetch_after_all_tries() {
    for (trouble, expected) in [
        (Trouble::RateLimited { retry_after: None }, "429"),
        (Trouble::ServerError { status: 502 }, "502"),
        (Trouble::EmptyBody, "found an empty answer"),
        (Trouble::HtmlPage, "an HTML page"),
    ] {
        let (fault, attempts) = fault_of(Fault::always(trouble)).await;
        assert!(fault.to_string().contains(expected), "{fault}");
        assert_eq!(attempts, 3, "{fault}");
    }
}

#[tokio::test]
async fn a_fault_that_cannot_pass_is_not_asked_again() {
    for (trouble, expected) in [
        (Trouble::WrongTenant, SiteFault::WrongSite { status: 422 }),
        (
            Trouble::Maintenance,
            SiteFault::Maintenance {
                location: MAINTENANCE_PAGE.to_owned(),
            },
        ),
        (
            Trouble::MaintenancePage,
            SiteFault::Maintenance {
                location: MAINTENANCE_PAGE.to_owned(),
            },
        ),
    ] {
        assert_eq!(fault_of(Fault::always(trouble)).await, (expected, 1));
    }
    let (blocked, attempts) = fault_of(Fault::always(Trouble::Blocked)).await;
    assert!(matches!(blocked, SiteFault::Blocked { .. }), "{blocked}");
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn what_concerns_the_whole_site_ends_the_fetch_at_a_detail_too() {
    for trouble in [
        Trouble::Maintenance,
        Trouble::Blocked,
        Trouble::WrongTenant,
        Trouble::RateLimited { retry_after: None },
    ] {
        let ordered = Fault::always(trouble.clone()).at(Calls::Detail).after(3);
        let (fault, _) = fault_of(ordered).await;
        assert!(!fault.concerns_one_posting(), "{trouble:?}: {fault}");
    }
}

#[tokio::test]
async fn one_detail_that_stays_broken_is_refused_and_the_next_is_taken() {
    for trouble in [
        Trouble::EmptyBody,
        Trouble::HtmlPage,
        Trouble::ServerError { status: 500 },
    ] {
        // One detail at a time, so that all three tries are of the same one.
        let site = site_with(vec![Fault::times(trouble, 3).at(Calls::Detail)]).await;
        let settings = WorkdaySettings {
            parallel_details: 1,
            ..settings(site.url())
        };
        let fetched = fetch(settings, 5).await.unwrap();
        assert_eq!((fetched.postings.len(), fetched.acceptable()), (6, 5));
        let refused = &fetched.postings[0];
        assert_eq!(refused.refusals[0].as_str(), "no_detail");
        assert!(refused.job_title.is_some(), "the list named it");
    }
}

#[tokio::test]
async fn a_site_whose_every_detail_is_broken_is_not_asked_for_them_all() {
    let site = site_with(vec![Fault::always(Trouble::HtmlPage).at(Calls::Detail)]).await;
    let (fault, _) = fault(settings(site.url())).await;
    assert!(matches!(fault, SiteFault::NotJson { .. }), "{fault}");
    assert!(site.detail_calls() <= 8 * 3, "{}", site.detail_calls());
}

#[tokio::test]
async fn the_redirect_to_the_maintenance_page_is_never_followed() {
    let server = MockServer::start().await;
    let page = format!("{}/maintenance-page", server.uri());
    let redirect = ResponseTemplate::new(303).insert_header("Location", page.as_str());
    Mock::given(method("POST"))
        .respond_with(redirect)
        .mount(&server)
        .await;
    let page_is_left_alone = Mock::given(path("/maintenance-page"));
    page_is_left_alone
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let (fault, _) = fault(settings(Url::parse(&server.uri()).unwrap())).await;
    assert_eq!(fault, SiteFault::Maintenance { location: page });
}

#[tokio::test]
async fn a_rejected_question_names_the_page_limit() {
    let server = MockServer::start().await;
    let rejection = ResponseTemplate::new(400).set_body_json(json!({"errorCode": "HTTP_400"}));
    Mock::given(method("POST"))
        .respond_with(rejection)
        .mount(&server)
        .await;
    let (fault, attempts) = fault(settings(Url::parse(&server.uri()).unwrap())).await;
    assert!(matches!(fault, SiteFault::BadRequest { .. }), "{fault}");
    assert!(fault.to_string().contains("page limit above 20"), "{fault}");
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn another_tenant_or_site_is_named_with_its_address() {
    let site = site_with(vec![]).await;
    let wrong = WorkdaySettings {
        tenant: "nobody".to_owned(),
        ..settings(site.url())
    };
    let error = fetch(wrong, 1).await.unwrap_err().to_string();
    assert!(error.contains("/wday/cxs/nobody/DBWebsite/jobs"), "{error}");
    assert!(error.contains("tenant"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_told_after_all_tries() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let nobody = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let (fault, attempts) = fault(settings(nobody)).await;
    assert!(matches!(fault, SiteFault::Unreachable { .. }), "{fault}");
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_waited_for() {
    let behaviour = Behaviour {
        delay: Duration::from_mins(1),
        ..Behaviour::default()
    };
    let site = WorkdayStandIn::start_with(postings(42, 3), behaviour).await;
    let impatient = WorkdaySettings {
        timeout: Duration::from_millis(200),
        ..settings(site.url())
    };
    let (fault, attempts) = fault(impatient).await;
    assert!(fault.to_string().contains("timed out"), "{fault}");
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = MockServer::start().await;
    let flood = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 9 * 1024 * 1024]);
    Mock::given(method("POST"))
        .respond_with(flood)
        .mount(&server)
        .await;
    let (fault, _) = fault(settings(Url::parse(&server.uri()).unwrap())).await;
    assert!(matches!(fault, SiteFault::TooLarge { .. }), "{fault}");
}
