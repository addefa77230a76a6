//! What an HTTP answer of a careers site means, apart from how it was got.

use serde_json::Value;

use super::error::SiteFault;
use super::json;
use crate::excerpt::excerpt;

/// The parts of an HTTP answer that carry meaning here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<&'a str>,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// An answer for one posting.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Its detail, of whatever shape.
    Json(Value),
    /// It is listed no longer, or may be read no longer.
    Withdrawn,
}

/// Characters of an address in a message.
const LONGEST_ADDRESS: usize = 300;

/// Reads the answer for one posting.
///
/// # Errors
///
/// The [`SiteFault`] that the answer stands for.
pub fn detail(answer: Answer<'_>) -> Result<Reply, SiteFault> {
    if is_withdrawn(answer) {
        return Ok(Reply::Withdrawn);
    }
    list(answer).map(Reply::Json)
}

/// Reads the answer for a page of the list, where 403 and 404 cannot mean "withdrawn".
///
/// # Errors
///
/// The [`SiteFault`] that the answer stands for.
pub fn list(answer: Answer<'_>) -> Result<Value, SiteFault> {
    let excerpt = || beginning(answer.body);
    Err(match answer.status {
        200 => return read(answer),
        300..=399 => redirect(answer),
        status @ (404 | 405 | 410 | 422) => SiteFault::WrongSite { status },
        400 => SiteFault::BadRequest { excerpt: excerpt() },
        403 => SiteFault::Blocked { excerpt: excerpt() },
        429 => SiteFault::RateLimited,
        status @ 500.. => maintenance_page(answer.body).unwrap_or_else(|| SiteFault::ServerFault {
            status,
            excerpt: excerpt(),
        }),
        status => SiteFault::Unexpected {
            status,
            excerpt: excerpt(),
        },
    })
}

fn read(answer: Answer<'_>) -> Result<Value, SiteFault> {
    if answer.body.trim_ascii().is_empty() {
        return Err(SiteFault::EmptyBody);
    }
    if is_html(answer) {
        let page = || SiteFault::NotJson {
            found: format!("an HTML page ({})", beginning(answer.body)),
        };
        return Err(maintenance_page(answer.body).unwrap_or_else(page));
    }
    json::read(answer.body).map_err(|error| SiteFault::NotJson {
        found: format!("something else ({error}: {})", beginning(answer.body)),
    })
}

fn is_html(answer: Answer<'_>) -> bool {
    answer
        .content_type
        .is_some_and(|kind| kind.contains("html"))
        || answer.body.trim_ascii_start().starts_with(b"<")
}

fn redirect(answer: Answer<'_>) -> SiteFault {
    let location = excerpt(answer.location.unwrap_or("nowhere"), LONGEST_ADDRESS);
    if location.contains("maintenance") {
        SiteFault::Maintenance { location }
    } else {
        SiteFault::Redirected {
            status: answer.status,
            location,
        }
    }
}

/// The page that answers 200 or 500 and sends browsers on by script.
fn maintenance_page(body: &[u8]) -> Option<SiteFault> {
    let page = String::from_utf8_lossy(body);
    let start = page.find("https://community.workday.com/maintenance")?;
    let location = page[start..]
        .split(['"', '\'', '<', ' '])
        .next()
        .unwrap_or_default();
    Some(SiteFault::Maintenance {
        location: excerpt(location, LONGEST_ADDRESS),
    })
}

/// A withdrawn posting answers 404 or 410, but most often 403 with the error code S22; a firewall's 403 has none.
fn is_withdrawn(answer: Answer<'_>) -> bool {
    match answer.status {
        404 | 410 => true,
        403 => serde_json::from_slice::<Value>(answer.body)
            .is_ok_and(|error| error.get("errorCode").is_some_and(|code| code == "S22")),
        _ => false,
    }
}

/// The beginning of a body, on one line, for a message.
fn beginning(body: &[u8]) -> String {
    const SHOWN: usize = 160;
    let text = String::from_utf8_lossy(&body[..body.len().min(8 * SHOWN)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        "empty".to_owned()
    } else {
        excerpt(&line, SHOWN)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, Reply, detail, list};
    use crate::source::error::SiteFault;

    const S22: &[u8] =
        br#"{"errorCode":"S22","errorCaseId":"X","httpStatus":403,"message":"permission denied"}"#;

    fn answer(status: u16, body: &[u8]) -> Answer<'_> {
        Answer {
            status,
            body,
            ..Answer::default()
        }
    }

    #[test]
    fn json_serves() {
        let good = answer(200, br#" {"total":0} "#);
        assert_eq!(list(good).unwrap(), json!({"total": 0}));
        assert_eq!(detail(good).unwrap(), Reply::Json(json!({"total": 0})));
    }

    #[test]
    fn a_withdrawn_posting_is_told_from_a_firewall() {
        for gone in [answer(403, S22), answer(404, b""), answer(410, b"{}")] {
            assert_eq!(detail(gone).unwrap(), Reply::Withdrawn);
        }
        for body in [
            &b"<html>Access denied</html>"[..],
            b"",
            br#"{"errorCode":"S21"}"#,
        ] {
            let fault = detail(answer(403, body)).unwrap_err();
            assert!(matches!(fault, SiteFault::Blocked { .. }), "{fault}");
        }
    }

    #[test]
    fn the_list_is_never_withdrawn() {
        let fault = list(answer(403, S22)).unwrap_err();
        assert!(matches!(fault, SiteFault::Blocked { .. }), "{fault}");
        for status in [404, 405, 410, 422] {
            let fault = list(answer(status, b"{}")).unwrap_err();
            assert_eq!(fault, SiteFault::WrongSite { status });
        }
    }

    #[test]
    fn maintenance_is_recognised_in_a_redirect_and_in_a_page() {
        let place = "https://community.workday.com/maintenance-page?x=1";
        let page = format!("<html><script>window.location.href = \"{place}\";</script></html>");
        let redirect = Answer {
            status: 303,
            location: Some(place),
            ..Answer::default()
        };
        for answer in [
            redirect,
            answer(500, page.as_bytes()),
            answer(200, page.as_bytes()),
        ] {
            let fault = list(answer).unwrap_err();
            assert_eq!(
                fault,
                SiteFault::Maintenance {
                    location: place.to_owned()
                }
            );
        }
    }

    #[test]
    fn another_redirect_is_no_maintenance() {
        let elsewhere = Answer {
            status: 302,
            location: Some("https://example.com/"),
            ..Answer::default()
        };
        let fault = list(elsewhere).unwrap_err();
        assert!(
            matches!(fault, SiteFault::Redirected { status: 302, .. }),
            "{fault}"
        );
    }

    #[test]
    fn what_is_not_json_is_said() {
        let found = |answer| detail(answer).unwrap_err();
        assert_eq!(found(answer(200, b" \n")), SiteFault::EmptyBody);
        let html = Answer {
            content_type: Some("text/html;charset=UTF-8"),
            ..answer(200, b"Hello")
        };
        for page in [html, answer(200, b"\n<!doctype html>")] {
            assert!(found(page).to_string().contains("an HTML page"));
        }
        assert!(
            found(answer(200, br#"{"total":"#))
                .to_string()
                .contains("line 1 column")
        );
    }

    #[test]
    fn only_faults_that_pass_are_asked_again() {
        let passing = |status| list(answer(status, b"x")).unwrap_err().may_pass();
        assert!([200, 429, 500, 502, 503].into_iter().all(passing));
        assert!(![301, 303, 400, 401, 403, 404, 422].into_iter().any(passing));
    }
}
