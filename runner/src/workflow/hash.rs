//! Fingerprints: of a prompt, and of a workflow with everything that can change its answers.

use std::fmt::Write;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Conversation, PostingColumn, Workflow};

/// Lower-case hex, two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-256 of a text, in hex.
pub(super) fn sha256(text: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(text))
}

/// What the hash of a workflow covers: all of it but the hash.
#[derive(Serialize)]
struct Canonical<'a> {
    id: i32,
    name: &'a str,
    required: &'a [PostingColumn],
    conversations: Vec<&'a Conversation>,
}

/// SHA-256, in hex, over definition, prompts, models and options.
///
/// Conversations are taken by id: moving one about in the file changes nothing that runs.
pub(super) fn of_workflow(workflow: &Workflow) -> String {
    let mut conversations: Vec<_> = workflow.conversations.iter().collect();
    conversations.sort_by_key(|conversation| conversation.id);
    let canonical = Canonical {
        id: workflow.id,
        name: &workflow.name,
        required: &workflow.required,
        conversations,
    };
    #[expect(
        clippy::expect_used,
        reason = "string keys and plain values always serialise"
    )]
    let bytes = serde_json::to_vec(&canonical).expect("a workflow serialises");
    sha256(bytes)
}
