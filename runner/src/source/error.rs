//! What can go wrong with a source, by what is to be done about it.

use std::io;
use std::path::PathBuf;

use url::Url;

/// Why a source gave no postings.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The HTTP client could not be made, which is a matter of this machine (its TLS certificates, its proxy
    /// settings), not of the site.
    #[error("the HTTP client for the careers site could not be set up")]
    Client(#[source] reqwest::Error),
    /// The careers site gave an answer, or none, that ends the fetch.
    #[error("{url}: {fault}{}", tries(*attempts))]
    Site {
        /// What was asked for.
        url: Url,
        /// How often it was asked for, with waits in between.
        attempts: u32,
        /// What came instead. The message tells it, so it is not the error's source as well.
        fault: SiteFault,
    },
    /// JSON came, but not a posting or a list of postings as Workday writes them.
    #[error("{place}: {problem}; only a Workday answer can be read here")]
    Shape {
        /// The URL or the file.
        place: String,
        /// What was expected where.
        problem: ShapeError,
    },
    /// The postings folder does not exist.
    #[error("expected a folder of postings at {dir}, found nothing; check the path")]
    FolderMissing {
        /// The folder asked for.
        dir: PathBuf,
    },
    /// The postings folder is something else.
    #[error("expected a folder of postings at {path}, found a file; name the folder that holds it")]
    NotAFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// The postings folder holds no postings.
    #[error(
        "expected detail answers (*.json) in {dir}, found none; put one file per posting there"
    )]
    FolderEmpty {
        /// The folder asked for.
        dir: PathBuf,
    },
    /// The folder, or a file in it, cannot be read.
    #[error("{path} cannot be read; check its permissions")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A file in the folder is not JSON.
    #[error(
        "{path}, line {line}, column {column}: expected JSON; mend the file or take it out of the folder"
    )]
    BrokenJson {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 where the file ends too early.
        column: usize,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
}

fn tries(attempts: u32) -> String {
    if attempts == 1 {
        String::new()
    } else {
        format!(" (asked {attempts} times)")
    }
}

/// What a careers site answered in place of a list or a posting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteFault {
    /// Workday is being maintained. It sends callers to a page about it, which must not be followed: that page
    /// answers 200 with HTML.
    #[error(
        "the site is down for maintenance and sends callers to {location}; try again in an hour or two"
    )]
    Maintenance {
        /// Where it sends callers.
        location: String,
    },
    /// Any other redirect. Workday's interface has none.
    #[error("expected an answer, found a redirect ({status}) to {location}; correct the base URL")]
    Redirected {
        /// The HTTP status.
        status: u16,
        /// Where it points.
        location: String,
    },
    /// 403 that does not say "withdrawn": a firewall in front of the site turned us away.
    #[error("the site turned the request away (403: {excerpt}); wait, then fetch at a slower pace")]
    Blocked {
        /// The beginning of the answer.
        excerpt: String,
    },
    /// 400: the site does not accept the question itself.
    #[error(
        "the site rejects the request as wrong (400: {excerpt}); Workday does so for a page limit above 20"
    )]
    BadRequest {
        /// The beginning of the answer.
        excerpt: String,
    },
    /// 404, 405, 410 or 422 for the list: there is no such site here.
    #[error(
        "there is no such careers site ({status}); check the host (its pod: wd1, wd3, wd5), the tenant and the site in the URL"
    )]
    WrongSite {
        /// The HTTP status.
        status: u16,
    },
    /// 429 to the last try.
    #[error(
        "the site asks for fewer requests (429) and kept to it; wait, then fetch at a slower pace"
    )]
    RateLimited,
    /// A status of 500 or above to the last try.
    #[error("the site failed ({status}: {excerpt}); try again later")]
    ServerFault {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// 200 without a body, to the last try.
    #[error("expected JSON, found an empty answer; try again later")]
    EmptyBody,
    /// 200 with something that is no JSON, most often an HTML page, to the last try.
    #[error(
        "expected JSON, found {found}; try again later, and open the URL in a browser if it stays"
    )]
    NotJson {
        /// What came, in words, with its beginning.
        found: String,
    },
    /// An answer longer than anything a posting could be.
    #[error(
        "expected a posting or a page of the list, found more than {limit} bytes; is this a careers site?"
    )]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// No answer: no connection, a broken one, or none in time.
    #[error("the site does not answer ({cause}); check the network and the host")]
    Unreachable {
        /// What the HTTP client says, from the outermost to the innermost cause.
        cause: String,
    },
    /// A status that means nothing in particular here.
    #[error("expected an answer with status 200, found {status} ({excerpt})")]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
}

impl SiteFault {
    /// Whether the same question may well be answered a little later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::ServerFault { .. }
                | Self::EmptyBody
                | Self::NotJson { .. }
                | Self::Unreachable { .. }
        )
    }

    /// Whether the fault, met at one posting, says nothing about the next: the fetch then goes on without it.
    pub fn concerns_one_posting(&self) -> bool {
        matches!(
            self,
            Self::BadRequest { .. }
                | Self::ServerFault { .. }
                | Self::EmptyBody
                | Self::NotJson { .. }
                | Self::TooLarge { .. }
        )
    }
}

/// A place in a JSON document that is not as Workday writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at `{path}`, found {found}")]
pub struct ShapeError {
    /// The place, as keys joined by dots.
    pub path: String,
    /// What belongs there.
    pub expected: &'static str,
    /// What is there.
    pub found: &'static str,
}

impl ShapeError {
    /// A place where `expected` belongs and `found` (nothing at all, if `None`) stands.
    pub fn new(path: &str, expected: &'static str, found: Option<&serde_json::Value>) -> Self {
        Self {
            path: path.to_owned(),
            expected,
            found: found.map_or("nothing", kind),
        }
    }
}

fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "true or false",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "text",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::Object(_) => "an object",
    }
}
