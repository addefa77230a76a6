//! Whether the models are there, and the same on all servers.

use std::collections::BTreeMap;

use wave_runner::batch::InstalledModel;

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::{Found, ServerFound};
use crate::preflight::words::counted;

pub(super) fn there(found: &Found) -> Finding {
    let wanted: Vec<&str> = found.wanted.models.keys().map(String::as_str).collect();
    let answering: Vec<(&ServerFound, Installed<'_>)> = found
        .servers
        .iter()
        .filter_map(|server| Some((server, &server.state.as_ref().ok()?.installed)))
        .collect();
    if answering.is_empty() {
        return Finding::note(
            Check::Models,
            format!(
                "not known before a server answers; needed: {}",
                wanted.join(", ")
            ),
        )
        .with_cure(format!(
            "once it does, where they are missing: {}",
            pulls(&wanted)
        ));
    }
    let lacking: Vec<(&ServerFound, Vec<&str>)> = answering
        .iter()
        .map(|(server, installed)| (*server, missing(&wanted, installed)))
        .filter(|(_, missing)| !missing.is_empty())
        .collect();
    if !lacking.is_empty() {
        let told = lacking.iter();
        let told =
            told.map(|(server, missing)| format!("{} lacks {}", server.url, missing.join(", ")));
        let cures = lacking
            .iter()
            .map(|(server, missing)| pull_at(server, missing));
        return Finding::blocking(
            Check::Models,
            told.collect::<Vec<_>>().join("; "),
            cures.collect::<Vec<_>>().join("; "),
        );
    }
    if let Some((model, first, other)) = different(&wanted, &answering) {
        return Finding::blocking(
            Check::Models,
            format!("{first} and {other} have different models under the name {model}"),
            format!("one batch is answered by one set of models: on both, ollama pull {model}"),
        );
    }
    let told = wanted.join(", ");
    Finding::fine(
        Check::Models,
        match answering.len() {
            1 => told,
            several => format!("{told} on {}", counted(several as u64, "server", "servers")),
        },
    )
}

type Installed<'f> = &'f BTreeMap<String, InstalledModel>;

/// Those of the wanted models that are not installed.
pub(crate) fn missing<'w>(wanted: &[&'w str], installed: Installed<'_>) -> Vec<&'w str> {
    let is_missing = |model: &&&str| !installed.contains_key(**model);
    wanted.iter().filter(is_missing).copied().collect()
}

fn pulls(models: &[&str]) -> String {
    let pull = |model: &&str| format!("ollama pull {model}");
    models.iter().map(pull).collect::<Vec<_>>().join(" && ")
}

/// The client takes the server from its environment.
fn pull_at(server: &ServerFound, missing: &[&str]) -> String {
    if server.is_local && server.url.ends_with(":11434/") {
        return pulls(missing);
    }
    let host = server.url.trim_end_matches('/');
    format!("export OLLAMA_HOST={host}; {}", pulls(missing))
}

/// The first model that two servers have under one name with other weights.
fn different<'f>(
    wanted: &[&'f str],
    answering: &[(&'f ServerFound, Installed<'f>)],
) -> Option<(&'f str, &'f str, &'f str)> {
    let ((first, its), others) = answering.split_first()?;
    others.iter().find_map(|(other, theirs)| {
        let differs = |model: &&&str| {
            let digest = |models: Installed<'_>| models.get(**model).map(|m| m.digest.clone());
            digest(its) != digest(theirs)
        };
        let model = wanted.iter().find(differs)?;
        Some((*model, first.url.as_str(), other.url.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::sound;

    fn installed(server: &mut ServerFound) -> &mut BTreeMap<String, InstalledModel> {
        &mut server.state.as_mut().unwrap().installed
    }

    #[test]
    fn a_model_that_is_missing_names_the_command_that_pulls_it() {
        let mut found = sound::found();
        installed(&mut found.servers[0]).remove("qwen2.5:7b");
        let finding = there(&found);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert_eq!(finding.found, "http://127.0.0.1:11434/ lacks qwen2.5:7b");
        assert_eq!(finding.cure.as_deref(), Some("ollama pull qwen2.5:7b"));
        found.servers[0].url = "http://gpu-1:11434/".to_owned();
        found.servers[0].is_local = false;
        assert_eq!(
            there(&found).cure.as_deref(),
            Some("export OLLAMA_HOST=http://gpu-1:11434; ollama pull qwen2.5:7b")
        );
    }

    #[test]
    fn all_models_there_is_fine_and_others_beside_them_are_nobodys_business() {
        let finding = there(&sound::found());
        assert_eq!(finding.verdict, Verdict::Fine);
        assert_eq!(finding.found, "gemma2:latest, llama3.2:latest, qwen2.5:7b");
        let mut more = sound::found();
        let stranger = InstalledModel {
            size: 1,
            digest: "0".to_owned(),
        };
        installed(&mut more.servers[0]).insert("mistral:latest".to_owned(), stranger);
        assert_eq!(there(&more), finding);
    }

    #[test]
    fn the_same_name_with_other_weights_blocks_and_the_same_weights_do_not() {
        let mut found = sound::found();
        let mut second = found.servers[0].clone();
        second.url = "http://gpu-2:11434/".to_owned();
        found.servers.push(second);
        assert_eq!(there(&found).verdict, Verdict::Fine);
        installed(&mut found.servers[1])
            .get_mut("gemma2:latest")
            .unwrap()
            .digest = "other".to_owned();
        let finding = there(&found);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert!(finding.cure.unwrap().ends_with("ollama pull gemma2:latest"));
    }

    #[test]
    fn without_a_server_nothing_is_known_of_models_and_what_will_be_needed_is_said() {
        let mut found = sound::found();
        found.servers[0].state = Err("away".to_owned());
        let finding = there(&found);
        assert_eq!(finding.verdict, Verdict::Note);
        assert!(
            finding
                .cure
                .unwrap()
                .contains("ollama pull gemma2:latest && ollama pull")
        );
    }
}
