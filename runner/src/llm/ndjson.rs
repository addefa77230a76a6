//! Reads a streamed answer: bytes in, events out, one JSON object a line.
//!
//! The network cuts the stream where it likes, inside a line and inside a character. The events depend on
//! the bytes alone, never on the cuts; a property test holds that.

use super::wire::{End, Line};
use crate::excerpt::excerpt;

/// The most bytes of an answer that are read. The longest answer asked for has a few thousand tokens at
/// about a hundred bytes a line, under half a megabyte; ten times that is a server gone mad.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;

/// What one line of the stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A piece of the answer's text.
    Text(String),
    /// The line with `done: true`, and the text it still brought.
    Done { text: String, end: Box<End> },
    /// A line `{"error": …}` inside a response that began as a success.
    Failed(String),
    /// A line that is none of these. Nothing after it is read.
    Garbage(String),
    /// The body went beyond [`MAX_BODY`]. Nothing after it is read.
    Oversized,
}

/// The incremental reader. After [`Event::Garbage`] or [`Event::Oversized`] it yields nothing more.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pending: Vec<u8>,
    received: usize,
    broken: bool,
}

impl Reader {
    /// Takes the next bytes and returns the events of all lines they complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let room = MAX_BODY - self.received;
        let taken = &bytes[..bytes.len().min(room)];
        self.received += taken.len();
        let mut events = Vec::new();
        for piece in taken.split_inclusive(|&byte| byte == b'\n') {
            self.pending.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.complete_line(&mut events);
            }
        }
        if bytes.len() > room && !self.broken {
            self.broken = true;
            events.push(Event::Oversized);
        }
        events
    }

    /// The stream ended: what is left is a last line without its newline, or a line cut in two.
    pub(super) fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.complete_line(&mut events);
        events
    }

    /// Bytes taken so far.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    fn complete_line(&mut self, events: &mut Vec<Event>) {
        let line = std::mem::take(&mut self.pending);
        if self.broken || line.trim_ascii().is_empty() {
            return;
        }
        let event = read_line(&line);
        self.broken = matches!(event, Event::Garbage(_));
        events.push(event);
    }
}

fn read_line(line: &[u8]) -> Event {
    match serde_json::from_slice::<Line>(line) {
        Ok(Line {
            error: Some(message),
            ..
        }) => Event::Failed(words(&message)),
        Ok(Line {
            done: Some(true),
            response,
            end,
            ..
        }) => Event::Done {
            text: response,
            end: Box::new(end),
        },
        Ok(Line {
            done: Some(false),
            response,
            ..
        }) => Event::Text(response),
        Ok(_) | Err(_) => Event::Garbage(beginning(line)),
    }
}

/// The beginning of something unreadable, short enough for an error message.
pub(super) fn beginning(bytes: &[u8]) -> String {
    const SHOWN: usize = 120;
    excerpt(&String::from_utf8_lossy(bytes), SHOWN)
}

/// The server's own words, which may be a whole log.
pub(super) fn words(message: &str) -> String {
    const SHOWN: usize = 1_000;
    excerpt(message, SHOWN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events_of(chunks: &[&[u8]]) -> Vec<Event> {
        let mut reader = Reader::default();
        let mut events: Vec<_> = chunks.iter().flat_map(|chunk| reader.push(chunk)).collect();
        events.extend(reader.finish());
        events
    }

    fn text(of: &str) -> Event {
        Event::Text(of.to_owned())
    }

    #[test]
    fn a_line_becomes_an_event_only_when_it_is_complete() {
        let mut reader = Reader::default();
        assert_eq!(reader.push(b"{\"response\":\"Hel\",\"done\":"), []);
        assert_eq!(reader.push(b"false}\n"), [text("Hel")]);
    }

    #[test]
    fn the_last_line_counts_without_its_newline() {
        let events = events_of(&[b"{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}"]);
        assert!(matches!(&events[..], [Event::Done { end, .. }]
            if end.done_reason.as_deref() == Some("stop")));
    }

    #[test]
    fn a_line_cut_in_two_by_the_end_of_the_stream_is_garbage() {
        let events = events_of(&[b"{\"response\":\"a\",\"done\":false}\n{\"respon"]);
        assert_eq!(events[0], text("a"));
        assert!(matches!(&events[1], Event::Garbage(line) if line == "{\"respon"));
    }

    #[test]
    fn blank_lines_are_skipped_and_a_json_line_that_says_nothing_is_garbage() {
        assert_eq!(events_of(&[b"\n  \r\n"]), []);
        assert!(matches!(
            events_of(&[b"{\"status\":\"ok\"}\n"])[..],
            [Event::Garbage(_)]
        ));
    }

    #[test]
    fn garbage_is_shown_short_and_without_what_controls_a_terminal_or_breaks_a_database() {
        assert_eq!(
            beginning(b"\0\x1b[31mred\xff"),
            "\\u{0}\\u{1b}[31mred\u{fffd}"
        );
        assert_eq!(
            beginning("ä".repeat(121).as_bytes()),
            format!("{}…", "ä".repeat(120))
        );
    }

    #[test]
    fn an_error_of_the_server_is_told_short_and_without_what_controls_a_terminal() {
        let line = format!("{{\"error\":\"\\u0000\\u001b{}\"}}\n", "x".repeat(3_000));
        let [Event::Failed(message)] = &events_of(&[line.as_bytes()])[..] else {
            panic!("expected the server's error")
        };
        assert!(message.starts_with("\\u{0}\\u{1b}xxx") && message.chars().count() < 1_100);
    }

    #[test]
    fn nothing_is_read_after_garbage() {
        let events = events_of(&[b"<html>\n{\"response\":\"a\",\"done\":false}\n"]);
        assert_eq!(events, [Event::Garbage("<html>".to_owned())]);
    }

    #[test]
    fn a_body_over_the_limit_is_oversized_and_one_at_the_limit_is_not() {
        let line = b"{\"response\":\"work\",\"done\":false}\n";
        let whole = line.repeat(MAX_BODY / line.len());
        assert!(!events_of(&[&whole]).contains(&Event::Oversized));
        let events = events_of(&[&whole, line, line]);
        assert_eq!(events.last(), Some(&Event::Oversized));
    }

    #[test]
    fn omitted_counters_read_as_zero_and_an_omitted_prompt_count_as_unknown() {
        let events = events_of(&[b"{\"done\":true,\"done_reason\":\"stop\"}\n"]);
        let [Event::Done { end, .. }] = &events[..] else {
            panic!("expected the end, found {events:?}")
        };
        assert_eq!((end.eval_count, end.prompt_eval_count), (0, None));
    }

    proptest! {
        #[test]
        fn the_events_do_not_depend_on_where_the_network_cuts(
            texts in prop::collection::vec("\\PC{0,12}", 0..6),
            noise in prop::option::of("\\PC{1,12}"),
            cuts in prop::collection::vec(0_usize..400, 0..12),
        ) {
            let mut body: Vec<u8> = Vec::new();
            for text in &texts {
                let line = serde_json::json!({"response": text, "done": false});
                body.extend(format!("{line}\n").into_bytes());
            }
            body.extend(noise.into_iter().flat_map(String::into_bytes));
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect();
            prop_assert_eq!(events_of(&chunks), events_of(&[&body]));
        }
    }
}
