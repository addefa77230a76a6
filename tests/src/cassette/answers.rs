//! The exchanges of a cassette as they are handed out.

use std::collections::BTreeMap;
use std::fmt;

use super::nearest::nothing_of;
use super::{Key, Nearest, Recorded, Request, nearest};

/// Exchanges by key, and how many of each have been handed out.
#[derive(Debug)]
pub struct Answers {
    by_key: BTreeMap<Key, Stack>,
    /// In order of their numbers, for whoever looks for the nearest.
    requests: Vec<(u64, Request)>,
}

/// The exchanges of one key, in the order of their sending.
#[derive(Debug, Default)]
struct Stack {
    recorded: Vec<Recorded>,
    used: usize,
}

/// A request for which nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    request: String,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// Nothing like it was ever asked.
    Nothing(String),
    /// Something else was.
    Another(Box<Nearest>),
    /// It was, and less often.
    Exhausted(usize),
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cassette has no answer to {}: ", self.request)?;
        match &self.why {
            Why::Nothing(told) => f.write_str(told),
            Why::Another(nearest) => nearest.fmt(f),
            Why::Exhausted(times) => {
                let times = if *times == 1 {
                    "once".to_owned()
                } else {
                    format!("{times} times")
                };
                write!(f, "it was recorded {times}, and is asked for once more")
            }
        }
    }
}

impl Answers {
    /// All exchanges of a cassette.
    pub fn new(mut recorded: Vec<Recorded>) -> Self {
        recorded.sort_by_key(|it| (it.sent_at, it.number));
        let mut requests: Vec<_> = recorded
            .iter()
            .map(|it| (it.number, it.request.clone()))
            .collect();
        requests.sort_by_key(|(number, _)| *number);
        let mut by_key: BTreeMap<Key, Stack> = BTreeMap::new();
        for exchange in recorded {
            let stack = by_key.entry(exchange.key.clone()).or_default();
            stack.recorded.push(exchange);
        }
        Self { by_key, requests }
    }

    /// What was answered to this request; where it was asked several times, each time the next. `None` for a load or an
    /// unload that was not recorded, whose answer follows from the request: what is loaded when depends on time.
    ///
    /// The last answer serves again for what asks no model: how often a server is looked at depends on time, too.
    ///
    /// # Errors
    /// [`Miss`], with the recording that comes closest.
    pub fn next(&mut self, request: &Request) -> Result<Option<&Recorded>, Miss> {
        let key = Key::of(request);
        let miss = |why| Miss {
            request: request.to_string(),
            why,
        };
        let Some(stack) = self.by_key.get_mut(&key) else {
            if request.is_load_or_unload() {
                return Ok(None);
            }
            let requests = self.requests.iter();
            let nearest = nearest(
                request,
                requests.map(|(number, request)| (*number, request)),
            );
            return Err(miss(match nearest {
                Some(nearest) => Why::Another(Box::new(nearest)),
                None => Why::Nothing(nothing_of(request.party)),
            }));
        };
        let last = stack.recorded.len() - 1;
        let place = if request.is_generation() {
            stack.used
        } else {
            stack.used.min(last)
        };
        stack.used += 1;
        let times = stack.recorded.len();
        stack
            .recorded
            .get(place)
            .map(Some)
            .ok_or_else(|| miss(Why::Exhausted(times)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::cassette::Party;
    use crate::record::ExchangeEnd;
    use crate::witness::Passed;

    fn generation(prompt: &str) -> String {
        format!(r#"{{"model":"m","prompt":"{prompt}"}}"#)
    }

    fn recorded(number: u64, sent: i64, path: &str, body: &str, answer: &str) -> Recorded {
        let passed = Passed {
            server: "s".to_owned(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            request: body.as_bytes().to_vec(),
            status: Some(200),
            headers: Vec::new(),
            answer: answer.as_bytes().to_vec(),
            sent_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(sent),
            first_byte_at: None,
            last_byte_at: None,
            ended: ExchangeEnd::Completed,
        };
        Recorded::of(number, Party::ModelServer, &passed)
    }

    fn request(path: &str, body: &str) -> Request {
        Request::of(Party::ModelServer, "POST", path, body.as_bytes())
    }

    fn text(answers: &mut Answers, request: &Request) -> String {
        let recorded = answers.next(request).unwrap().unwrap();
        String::from_utf8(recorded.answer.as_ref().unwrap().body.bytes()).unwrap()
    }

    #[test]
    fn several_answers_of_one_key_are_used_in_the_order_of_their_sending() {
        let asked = generation("Say A.");
        let mut answers = Answers::new(vec![
            recorded(0, 2, "/api/generate", &asked, "second"),
            recorded(1, 1, "/api/generate", &asked, "first"),
            recorded(2, 0, "/api/generate", &generation("Say B."), "another"),
        ]);
        let request = request("/api/generate", &asked);
        assert_eq!(text(&mut answers, &request), "first");
        assert_eq!(text(&mut answers, &request), "second");
        let miss = answers.next(&request).unwrap_err().to_string();
        assert!(
            miss.ends_with("it was recorded 2 times, and is asked for once more"),
            "{miss}"
        );
    }

    #[test]
    fn a_miss_names_what_was_asked_and_the_nearest_recording() {
        let mut answers = Answers::new(vec![recorded(
            7,
            0,
            "/api/generate",
            &generation("Say A."),
            "A",
        )]);
        let miss = answers
            .next(&request("/api/generate", &generation("Say B.")))
            .unwrap_err();
        assert_eq!(
            miss.to_string(),
            "the cassette has no answer to POST /api/generate of the model server (m, prompt \"Say B.\"): the nearest \
             recording is number 7, and differs first in prompt at line 1, column 5: asked \"B.\", recorded \"A.\""
        );
    }

    #[test]
    fn a_look_at_the_server_is_answered_as_often_as_it_is_made() {
        let mut answers = Answers::new(vec![
            recorded(0, 0, "/api/show", "{}", "one"),
            recorded(1, 1, "/api/show", "{}", "two"),
        ]);
        let request = request("/api/show", "{}");
        for expected in ["one", "two", "two"] {
            assert_eq!(text(&mut answers, &request), expected);
        }
    }

    #[test]
    fn a_load_that_was_not_recorded_is_no_miss_and_another_call_is() {
        let mut answers = Answers::new(Vec::new());
        let unload = request("/api/generate", r#"{"model":"m","keep_alive":0}"#);
        assert_eq!(answers.next(&unload).unwrap(), None);
        let miss = answers
            .next(&request("/api/show", "{}"))
            .unwrap_err()
            .to_string();
        assert!(
            miss.ends_with("the cassette holds nothing of the model server"),
            "{miss}"
        );
    }
}
