use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::workflow::{Actor, ConversationId};

/// The definition with one edit, its prompts as they are.
fn edited(found: &str, instead: &str) -> Result<Workflow, WorkflowError> {
    assert!(
        BUILTIN.contains(found),
        "{found:?} is not in the definition"
    );
    Workflow::from_toml(
        &BUILTIN.replacen(found, instead, 1),
        "w.toml",
        &builtin_prompt,
    )
}

fn message(found: &str, instead: &str) -> String {
    edited(found, instead).unwrap_err().to_string()
}

#[test]
fn the_builtin_workflow_is_the_plans_sixteen_steps() {
    let workflow = Workflow::builtin();
    let mut ids: Vec<_> = workflow
        .conversations
        .iter()
        .map(|step| step.id.0)
        .collect();
    ids.sort_unstable();
    let plan = [
        3335, 3336, 3337, 3338, 3339, 3340, 3341, 3350, 9144, 9161, 9162, 9163, 9168, 9184, 9185,
        9193,
    ];
    assert_eq!(ids, plan);
    assert_eq!(
        workflow.models(),
        ["gemma2:latest", "llama3.2:latest", "qwen2.5:7b"]
    );
}

#[test]
fn the_file_on_disk_is_the_builtin_workflow() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/3001.toml");
    assert_eq!(Workflow::load(&file).unwrap(), Workflow::builtin());
    assert_eq!(
        Workflow::load(file.parent().unwrap()).unwrap(),
        Workflow::builtin()
    );
}

#[test]
fn a_folder_without_a_definition_or_with_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| Workflow::load(path).unwrap_err().to_string();
    assert!(refusal(folder.path()).contains("found 0 of them"));
    fs::write(folder.path().join("a.toml"), BUILTIN).unwrap();
    fs::write(folder.path().join("b.toml"), BUILTIN).unwrap();
    assert!(refusal(folder.path()).contains("found 2 of them"));
    let absent = Workflow::load(&folder.path().join("c.toml")).unwrap_err();
    assert!(matches!(absent, WorkflowError::Unreadable { .. }));
}

#[test]
fn a_missing_prompt_names_its_conversation_and_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.toml");
    fs::write(&file, BUILTIN).unwrap();
    let error = Workflow::load(&file).unwrap_err().to_string();
    assert!(
        error.contains("3335 (extract)") && error.contains("extract.md"),
        "{error}"
    );
}

#[test]
fn an_error_names_file_conversation_and_field() {
    for (found, instead, says) in [
        (
            "together = \"grades\"",
            "togther = \"grades\"",
            ["3336 (grade_a)", "togther"],
        ),
        (
            "output = \"grade\"",
            "output = \"mark\"",
            ["3336 (grade_a)", "output"],
        ),
        (
            "of = 9184, is = \"RUN\"",
            "of = 9184, is = \"GO\"",
            ["3335 (extract)", "GO"],
        ),
        (
            "[\"output.3335\"]",
            "[\"posting.salary\"]",
            ["3336 (grade_a)", "posting.salary"],
        ),
        (
            "num_predict = 1024\n",
            "",
            ["3335 (extract)", "num_predict"],
        ),
        (
            "model = \"llama3.2:latest\"\n",
            "",
            ["3335 (extract)", "found neither"],
        ),
        ("output = \"summary\"\n", "", ["3335 (extract)", "`output`"]),
        (
            "script = \"check_skills\"",
            "script = \"check_pay\"",
            ["9185 (check_skills)", "check_pay"],
        ),
        (
            "script = \"check_skills\"",
            "script = \"check_skills\"\nseed = 1",
            ["9185", "`seed`"],
        ),
        ("id = 3335\n", "id = \"x\"\n", ["number 4 (extract)", "id"]),
    ] {
        let error = message(found, instead);
        assert!(error.starts_with("w.toml, conversation "), "{error}");
        assert!(says.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn a_wrong_field_of_the_workflow_itself_names_the_file_and_the_line() {
    let error = message("required = [", "requires = [");
    assert!(
        error.starts_with("w.toml: ") && error.contains("requires"),
        "{error}"
    );
    assert!(message("id = 3001", "id = ").contains("line "));
}

#[test]
fn the_hash_changes_with_any_byte_of_a_prompt_and_with_the_definition() {
    let builtin = Workflow::builtin().hash;
    let one_more_space = |path: &Path| Ok(builtin_prompt(path)? + " ");
    let prompts = Workflow::from_toml(BUILTIN, "w.toml", &one_more_space).unwrap();
    assert_ne!(prompts.hash, builtin);
    assert_ne!(edited("seed = 42", "seed = 43").unwrap().hash, builtin);
    assert_ne!(
        edited("fails_on = [\"ALTERED\"]", "").unwrap().hash,
        builtin
    );
}

#[test]
fn the_hash_does_not_change_with_comments() {
    let builtin = Workflow::builtin().hash;
    assert_eq!(
        edited("# --- Skills ---", "# --- The skills ---")
            .unwrap()
            .hash,
        builtin
    );
    assert_eq!(builtin.len(), 64);
}

#[test]
fn other_models_are_put_in_and_show_in_the_hash() {
    let ask = |model: &str, id: i32| BTreeMap::from([(ConversationId(id), model.to_owned())]);
    let builtin = Workflow::builtin();
    let other = Workflow::builtin().with_models(&ask("gemma3:1b", 3335));
    let extract = other.conversation(ConversationId(3335)).unwrap();
    assert_eq!(
        extract.actor,
        Actor::Model {
            name: "gemma3:1b".to_owned()
        }
    );
    assert_ne!(other.hash, builtin.hash);
    assert_eq!(other.with_models(&ask("llama3.2:latest", 3335)), builtin);
}

#[test]
fn a_script_is_not_turned_into_a_model() {
    let models = BTreeMap::from([(ConversationId(9185), "gemma3:1b".to_owned())]);
    assert_eq!(
        Workflow::builtin().with_models(&models),
        Workflow::builtin()
    );
}
