//! Folds the events of a stream into an answer, and refuses the successes that are none. Pure.

use super::error::LlmError;
use super::generation::{Answer, Generation};
use super::ndjson::{Event, MAX_BODY, words};
use super::wire::End;

/// An answer on its way.
pub(super) struct Assembly<'a> {
    generation: &'a Generation,
    text: String,
    end: Option<End>,
}

impl<'a> Assembly<'a> {
    pub(super) fn of(generation: &'a Generation) -> Self {
        Self {
            generation,
            text: String::new(),
            end: None,
        }
    }

    /// True once the server said `done`. What comes after it is of no account.
    pub(super) fn is_done(&self) -> bool {
        self.end.is_some()
    }

    /// Takes events in order; the first that spoils the answer ends it.
    pub(super) fn take(&mut self, events: Vec<Event>) -> Result<(), LlmError> {
        for event in events {
            if self.is_done() {
                break;
            }
            self.take_one(event)?;
        }
        Ok(())
    }

    fn take_one(&mut self, event: Event) -> Result<(), LlmError> {
        let model = || self.generation.model.clone();
        match event {
            Event::Text(text) => self.text.push_str(&text),
            Event::Done { text, end } => {
                self.text.push_str(&text);
                self.end = Some(*end);
            }
            Event::Failed(message) => {
                return Err(LlmError::BrokeOff {
                    model: model(),
                    message,
                });
            }
            Event::Garbage(line) => {
                return Err(LlmError::Garbage {
                    model: model(),
                    line,
                });
            }
            Event::Oversized => {
                return Err(LlmError::Oversized {
                    model: model(),
                    limit: MAX_BODY,
                });
            }
        }
        Ok(())
    }

    /// The stream is over: only `done` with `stop`, read from the whole prompt, is an answer.
    pub(super) fn conclude(&mut self) -> Result<Answer, LlmError> {
        let model = self.generation.model.clone();
        let Some(end) = self.end.take() else {
            return Err(if self.text.is_empty() {
                LlmError::Empty { model }
            } else {
                LlmError::Unfinished {
                    model,
                    characters: self.text.chars().count(),
                }
            });
        };
        match end.done_reason.as_deref() {
            Some("stop") => {}
            Some("length") => {
                return Err(LlmError::RanOverLength {
                    model,
                    num_predict: self.generation.num_predict,
                });
            }
            other => {
                return Err(LlmError::NotStopped {
                    model,
                    reason: words(other.unwrap_or_default()),
                });
            }
        }
        if let Some(counted) = end.prompt_eval_count
            && is_truncated(
                self.generation.prompt.len(),
                counted,
                self.generation.num_ctx,
            )
        {
            return Err(LlmError::PromptTruncated {
                model,
                counted,
                sent: self.generation.prompt.len(),
                num_ctx: self.generation.num_ctx,
            });
        }
        Ok(answer(std::mem::take(&mut self.text), &end))
    }
}

fn answer(text: String, end: &End) -> Answer {
    Answer {
        text,
        prompt_eval_count: end.prompt_eval_count,
        eval_count: end.eval_count,
        total_duration: end.total(),
        load_duration: end.load(),
        prompt_eval_duration: end.prompt_eval(),
        eval_duration: end.eval(),
    }
}

/// Whether the server dropped a part of the prompt, by the only sign there is: its count of tokens.
///
/// Servers cut in one of two ways. Newer ones keep the first four tokens and the tail and come to
/// `num_ctx / 2 + 2`; older ones fill the context to the brim, which leaves no room for an answer.
/// A small count alone proves nothing, for most prompts are short. It does when the bytes sent belie it:
/// prose has three (German) to five (English) bytes a token, so a prompt of more than six bytes for each
/// counted token was not read whole, provided that it could have overrun the context in the first place,
/// at three bytes a token. A count that is left out (prompt cache) is never judged.
fn is_truncated(sent_bytes: usize, counted: u64, num_ctx: u32) -> bool {
    let (sent, context) = (sent_bytes as u64, u64::from(num_ctx));
    let filled_to_the_brim = counted >= context;
    let cut_in_half = counted <= context / 2 + 2 && sent > 6 * counted && sent > 3 * context;
    filled_to_the_brim || cut_in_half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation() -> Generation {
        Generation {
            model: "qwen2.5:7b".to_owned(),
            prompt: "Grade this.".to_owned(),
            format: None,
            num_ctx: 2048,
            num_predict: 64,
            temperature: 0.0,
            seed: 42,
        }
    }

    fn concluded(events: Vec<Event>) -> Result<Answer, LlmError> {
        let generation = generation();
        let mut assembly = Assembly::of(&generation);
        assembly.take(events)?;
        assembly.conclude()
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    fn done(reason: Option<&str>) -> Event {
        let end = End {
            done_reason: reason.map(str::to_owned),
            ..End::default()
        };
        Event::Done {
            text: String::new(),
            end: Box::new(end),
        }
    }

    #[test]
    fn only_done_with_stop_is_an_answer() {
        let whole = concluded(vec![text("PA"), text("SS"), done(Some("stop"))]);
        assert_eq!(whole.unwrap().text, "PASS");
        assert!(matches!(
            concluded(vec![text("PASS"), done(Some("length"))]),
            Err(LlmError::RanOverLength {
                num_predict: 64,
                ..
            })
        ));
        for (reason, named) in [(Some("load"), "load"), (None, "")] {
            assert!(matches!(
                concluded(vec![text("PASS"), done(reason)]),
                Err(LlmError::NotStopped { reason, .. }) if reason == named
            ));
        }
    }

    #[test]
    fn a_stream_that_just_ends_is_unfinished_and_one_without_text_is_empty() {
        assert!(matches!(
            concluded(vec![text("PAS")]),
            Err(LlmError::Unfinished { characters: 3, .. })
        ));
        assert!(matches!(
            concluded(vec![text("")]),
            Err(LlmError::Empty { .. })
        ));
        assert!(matches!(concluded(vec![]), Err(LlmError::Empty { .. })));
    }

    #[test]
    fn what_follows_the_end_cannot_spoil_the_answer() {
        let events = vec![
            text("PASS"),
            done(Some("stop")),
            Event::Garbage("\0".to_owned()),
        ];
        assert_eq!(concluded(events).unwrap().text, "PASS");
    }

    #[test]
    fn a_prompt_cut_in_half_is_noticed_in_english_and_in_german() {
        // 9,000 tokens sent at num_ctx 2048: the server counts 1026.
        assert!(is_truncated(9_000 * 4, 1026, 2048));
        // 2,100 German tokens, just over the context.
        assert!(is_truncated(2_100 * 3, 1026, 2048));
    }

    #[test]
    fn a_prompt_that_fills_the_context_to_the_brim_is_truncated() {
        assert!(is_truncated(36_000, 2048, 2048));
        assert!(!is_truncated(6_000, 2047, 2048));
    }

    #[test]
    fn a_prompt_read_whole_is_not_called_truncated() {
        for (bytes, tokens) in [(40, 10), (4_100, 1_025), (7_500, 1_500), (5_400, 1_000)] {
            assert!(
                !is_truncated(bytes, tokens, 2048),
                "{bytes} bytes, {tokens} tokens"
            );
        }
    }
}
