//! Finds the final line of an answer while it streams past, however it is cut into chunks.

use serde::Deserialize;

use crate::record::FinalLine;

/// A line longer than this is passed on but not read. The longest that a server sends is the one line of an
/// answer that was not asked to stream, with text and context together.
const LONGEST_LINE: usize = 8 << 20;

/// An incremental reader of newline-delimited JSON. It keeps one line, never the answer.
#[derive(Debug, Default)]
pub(super) struct AnswerReader {
    line: Vec<u8>,
    too_long: bool,
    final_line: Option<FinalLine>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    last: FinalLine,
    error: Option<String>,
}

impl AnswerReader {
    /// Takes the next chunk.
    pub(super) fn feed(&mut self, chunk: &[u8]) {
        let mut lines = chunk.split(|byte| *byte == b'\n');
        if let Some(rest_of_line) = lines.next() {
            self.extend(rest_of_line);
        }
        for next in lines {
            self.close_line();
            self.extend(next);
        }
    }

    /// Says that no chunk follows: the last line may have no newline.
    pub(super) fn end(&mut self) {
        self.close_line();
    }

    /// The line that said `done`, once it has passed.
    pub(super) fn final_line(&self) -> Option<&FinalLine> {
        self.final_line.as_ref()
    }

    /// The server's `error`, which may come with any status and in the middle of a stream.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn extend(&mut self, part: &[u8]) {
        if self.line.len() + part.len() > LONGEST_LINE {
            self.too_long = true;
            self.line = Vec::new();
        }
        if !self.too_long {
            self.line.extend_from_slice(part);
        }
    }

    fn close_line(&mut self) {
        if !self.too_long && worth_reading(&self.line) {
            self.read_line();
        }
        self.line.clear();
        self.too_long = false;
    }

    fn read_line(&mut self) {
        // A line that is no JSON is the runner's trouble: the witness only passes it on.
        let Ok(line) = serde_json::from_slice::<Line>(&self.line) else {
            return;
        };
        if line.last.done {
            self.final_line = Some(line.last);
        }
        self.error = line.error.or(self.error.take());
    }
}

/// Of some hundred lines only the last is read: parsing each would cost more than passing it on.
fn worth_reading(line: &[u8]) -> bool {
    contains(line, b"true") || contains(line, b"\"error\"")
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = concat!(
        r#"{"model":"m","response":"Is it true?","done":false}"#,
        "\n",
        r#"{"model":"m","response":"\n","done":false}"#,
        "\n",
        r#"{"model":"m","response":"","done": true,"done_reason":"stop","context":[1,2,3],"#,
        r#""total_duration":1401234978,"load_duration":1284343446,"prompt_eval_count":3,"#,
        r#""prompt_eval_duration":50000000,"eval_count":3,"eval_duration":60000000}"#,
        "\n",
    );

    fn read<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> AnswerReader {
        let mut reader = AnswerReader::default();
        for chunk in chunks {
            reader.feed(chunk);
        }
        reader
    }

    fn expected() -> FinalLine {
        FinalLine {
            done: true,
            done_reason: Some("stop".to_owned()),
            total_duration: 1_401_234_978,
            load_duration: 1_284_343_446,
            prompt_eval_duration: 50_000_000,
            eval_duration: 60_000_000,
            prompt_eval_count: 3,
            eval_count: 3,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_final_line_is_found_in_any_chunking(
            mut cuts in prop::collection::vec(0..=ANSWER.len(), 0..40),
        ) {
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([ANSWER.len()]) {
                chunks.push(&ANSWER.as_bytes()[from..cut]);
                from = cut;
            }
            let reader = read(chunks);
            prop_assert_eq!(reader.final_line(), Some(&expected()));
        }
    }

    #[test]
    fn the_final_line_is_known_as_soon_as_its_newline_has_passed_and_not_before() {
        let (newline, before) = ANSWER.as_bytes().split_last().unwrap();
        let mut reader = read([before]);
        assert_eq!(reader.final_line(), None);
        reader.feed(&[*newline]);
        assert_eq!(reader.final_line(), Some(&expected()));
    }

    #[test]
    fn an_answer_without_a_last_newline_is_read_at_its_end() {
        let mut reader = read([ANSWER.trim_end().as_bytes()]);
        reader.end();
        assert_eq!(reader.final_line(), Some(&expected()));
    }

    #[test]
    fn counters_that_are_left_out_are_zero() {
        let reader = read([&b"{\"done\":true,\"done_reason\":\"load\"}\n"[..]]);
        let line = reader.final_line().unwrap();
        assert_eq!((line.eval_count, line.eval_duration), (0, 0));
    }

    #[test]
    fn an_answer_that_never_says_done_has_no_final_line() {
        let mut reader = read([&b"{\"response\":\"true\",\"done\":false}\n"[..]]);
        reader.end();
        assert_eq!(reader.final_line(), None);
    }

    #[test]
    fn an_error_in_the_middle_of_a_stream_is_kept() {
        let reader =
            read([&b"{\"response\":\"a\",\"done\":false}\n{\"error\":\"out of memory\"}\n"[..]]);
        assert_eq!(reader.error(), Some("out of memory"));
    }

    #[test]
    fn what_is_no_json_is_passed_over() {
        let reader = read([&b"<html>true</html>\n"[..], ANSWER.as_bytes()]);
        assert_eq!(reader.final_line(), Some(&expected()));
    }

    #[test]
    fn a_line_beyond_measure_is_not_kept_and_does_not_hide_the_next() {
        let mut reader = AnswerReader::default();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..9 {
            reader.feed(&chunk);
            assert!(reader.line.len() <= LONGEST_LINE);
        }
        reader.feed(b"\n");
        reader.feed(ANSWER.as_bytes());
        assert_eq!(reader.final_line(), Some(&expected()));
    }
}
