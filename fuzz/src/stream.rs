//! A streamed answer of the model server: JSON, one object a line, cut by the network wherever it likes.

use wave_runner::llm::{Answer, Generation, Incoming, LlmError};

/// Any stream is an answer or an error that may be told, and which one does not depend on the cuts. The first byte says
/// after how many bytes each cut falls.
pub fn holds(bytes: &[u8]) {
    let Some((width, body)) = bytes.split_first() else {
        return;
    };
    let generation = generation();
    let whole = read(&generation, [body]);
    let pieces = read(&generation, body.chunks(usize::from(*width) + 1));
    assert_eq!(whole, pieces, "the cuts change what is read");
    match whole {
        Ok(answer) => assert!(answer.text.len() <= body.len(), "more text than came"),
        Err(error) => {
            let told = error.to_string();
            assert!(
                told.chars().count() < 4_000,
                "{} characters",
                told.chars().count()
            );
            assert!(!told.chars().any(char::is_control), "{told:?}");
        }
    }
}

fn read<'b>(
    generation: &Generation,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> Result<Answer, LlmError> {
    let mut incoming = Incoming::to(generation);
    for chunk in chunks {
        incoming.push(chunk)?;
    }
    incoming.finish()
}

fn generation() -> Generation {
    Generation {
        model: "qwen2.5:7b".to_owned(),
        prompt: "Task: skills".to_owned(),
        format: None,
        num_ctx: 8_192,
        num_predict: 700,
        temperature: 0.0,
        seed: 42,
    }
}
