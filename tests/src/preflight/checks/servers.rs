//! The model servers: whether they answer, and whether they are configured as the run takes them to be.

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::{Found, ServerFound, ServerState};

/// The first version that keeps an answer to a JSON schema, which the workflow's structured steps ask for.
const OLDEST: (u64, u64) = (0, 5);

pub(super) fn answering(found: &Found) -> Finding {
    let silent: Vec<&ServerFound> = found.servers.iter().filter(|s| s.state.is_err()).collect();
    let told: Vec<String> = found.servers.iter().map(told).collect();
    let told = told.join("; ");
    if !silent.is_empty() {
        let local = silent.iter().all(|server| server.is_local);
        let cure = if local {
            "start it with `ollama serve` (or `systemctl start ollama`; see https://ollama.com/download), or name another: \
             --ollama URL"
        } else {
            "start it there, and let it listen to other machines: OLLAMA_HOST=0.0.0.0 ollama serve; or correct --ollama"
        };
        return Finding::blocking(Check::ModelServer, told, cure);
    }
    let states = || {
        found
            .servers
            .iter()
            .filter_map(|server| server.state.as_ref().ok())
    };
    if states().any(|state| is_too_old(&state.version)) {
        return Finding::warning(
            Check::ModelServer,
            told,
            "update Ollama: 0.5 and newer keep an answer to its schema, older ones ignore it, and every structured step \
             fails",
        );
    }
    let mut versions: Vec<&str> = states().map(|state| state.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        return Finding::note(Check::ModelServer, told)
            .with_cure("the same version on all servers makes their times comparable");
    }
    Finding::fine(Check::ModelServer, told)
}

fn told(server: &ServerFound) -> String {
    match &server.state {
        Ok(state) => format!("Ollama {} at {}", state.version, server.url),
        Err(why) => why.clone(),
    }
}

/// What is no version, such as that of somebody's own build, is taken for new.
fn is_too_old(version: &str) -> bool {
    let mut parts = version.split(['.', '-', '+']).map(str::parse);
    match (parts.next(), parts.next()) {
        // An own build says 0.0.0.
        (Some(Ok(0)), Some(Ok(0))) => false,
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST,
        _ => false,
    }
}

pub(super) fn context_and_slots(found: &Found) -> Finding {
    let slots = found.wanted.slots;
    let told = format!(
        "{}; {slots} {}",
        contexts(found),
        if slots == 1 { "slot" } else { "slots" }
    );
    let answering = || {
        let servers = found.servers.iter();
        servers.filter_map(|server| server.state.as_ref().ok().map(|state| (server, state)))
    };
    if let Some((server, configured)) = found
        .servers
        .iter()
        .find_map(|server| Some((server, server.configured_slots?)).filter(|(_, n)| *n != slots))
    {
        return Finding::warning(
            Check::Context,
            format!(
                "{told}, but {} is configured with OLLAMA_NUM_PARALLEL={configured}",
                server.url
            ),
            format!(
                "say --slots {configured}, or configure the server: else waiting at the server counts as work, or it idles"
            ),
        );
    }
    if let Some((model, context, trained)) = answering().find_map(|(_, state)| cut(found, state)) {
        return Finding::warning(
            Check::Context,
            format!("{told}, but {model} was trained for {trained}"),
            format!(
                "the server cuts num_ctx {context} down to {trained} without a word, and then the prompts; write num_ctx = \
                 {trained} for {model} in the workflow, or choose another model"
            ),
        );
    }
    if let Some((model, other)) = answering().find_map(|(_, state)| reloaded(found, state)) {
        return Finding::note(
            Check::Context,
            format!(
                "{told}; {model} is loaded with a context of {other}, so the first call loads it anew"
            ),
        );
    }
    if found
        .servers
        .iter()
        .all(|server| server.configured_slots.is_some())
    {
        return Finding::fine(Check::Context, told);
    }
    Finding::note(
        Check::Context,
        format!("{told}; Ollama does not report OLLAMA_NUM_PARALLEL"),
    )
    .with_cure(format!(
        "make sure that each server runs with OLLAMA_NUM_PARALLEL={slots}; unset, it is 1"
    ))
}

/// The context of the calls: one number where it is the same for all models.
fn contexts(found: &Found) -> String {
    let mut contexts: Vec<u32> = found.wanted.models.values().copied().collect();
    contexts.dedup();
    if let [context] = contexts[..] {
        return format!("num_ctx {context} for all models");
    }
    let each = found.wanted.models.iter();
    let each: Vec<String> = each
        .map(|(model, context)| format!("{model} {context}"))
        .collect();
    format!("num_ctx {}", each.join(", "))
}

/// A model that is called with more context than it was trained for.
fn cut<'f>(found: &'f Found, state: &ServerState) -> Option<(&'f String, u32, u64)> {
    let mut wanted = found.wanted.models.iter();
    wanted.find_map(|(model, context)| {
        let trained = *state.trained.get(model)?;
        (u64::from(*context) > trained).then_some((model, *context, trained))
    })
}

/// A model that somebody loaded with another context.
fn reloaded<'s>(found: &Found, state: &'s ServerState) -> Option<(&'s String, u64)> {
    let mut loaded = state.loaded.iter();
    loaded.find_map(|loaded| {
        let wanted = u64::from(*found.wanted.models.get(&loaded.name)?);
        let context = loaded.context_length?;
        (context != wanted).then_some((&loaded.name, context))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::sound;

    fn changed(change: impl FnOnce(&mut ServerFound)) -> Found {
        let mut found = sound::found();
        change(&mut found.servers[0]);
        found
    }

    fn version(version: &str) -> Verdict {
        let version = version.to_owned();
        let found = changed(|server| server.state.as_mut().unwrap().version = version);
        answering(&found).verdict
    }

    #[test]
    fn a_server_that_answers_is_told_with_its_version_and_one_that_does_not_blocks() {
        let finding = answering(&sound::found());
        assert_eq!(finding.verdict, Verdict::Fine);
        assert_eq!(finding.found, "Ollama 0.12.6 at http://127.0.0.1:11434/");
        let away = changed(|server| server.state = Err("nobody is there".to_owned()));
        let finding = answering(&away);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert!(finding.cure.unwrap().contains("ollama serve"));
    }

    #[test]
    fn a_version_without_schemas_is_a_warning_and_an_own_build_is_not() {
        assert_eq!(version("0.4.7"), Verdict::Warning);
        for new in ["0.5.0", "0.12.6-rc1", "1.0.0", "0.0.0", "HEAD"] {
            assert_eq!(version(new), Verdict::Fine, "{new}");
        }
    }

    #[test]
    fn slots_that_the_service_does_not_have_are_a_warning_and_unseen_ones_a_note() {
        assert_eq!(context_and_slots(&sound::found()).verdict, Verdict::Fine);
        let four = changed(|server| server.configured_slots = Some(4));
        let finding = context_and_slots(&four);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(finding.cure.unwrap().starts_with("say --slots 4"));
        let unseen = changed(|server| server.configured_slots = None);
        assert_eq!(context_and_slots(&unseen).verdict, Verdict::Note);
    }

    #[test]
    fn more_context_than_a_model_was_trained_for_is_a_warning_and_as_much_is_not() {
        let trained = |tokens| {
            changed(|server| {
                let state = server.state.as_mut().unwrap();
                state.trained.insert("gemma2:latest".to_owned(), tokens);
            })
        };
        assert_eq!(context_and_slots(&trained(8192)).verdict, Verdict::Fine);
        let finding = context_and_slots(&trained(4096));
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(
            finding
                .cure
                .unwrap()
                .contains("num_ctx = 4096 for gemma2:latest")
        );
    }

    #[test]
    fn a_model_that_is_loaded_with_another_context_is_a_note_and_a_foreign_one_is_nothing() {
        let loaded = |name, context| {
            changed(|server| {
                let state = server.state.as_mut().unwrap();
                state.loaded = vec![sound::loaded(name, context)];
            })
        };
        let verdict = |name, context| context_and_slots(&loaded(name, context)).verdict;
        assert_eq!(verdict("gemma2:latest", 4096), Verdict::Note);
        assert_eq!(verdict("gemma2:latest", 8192), Verdict::Fine);
        assert_eq!(verdict("mistral:latest", 4096), Verdict::Fine);
    }
}
