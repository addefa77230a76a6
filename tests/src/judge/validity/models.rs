//! One set of models: whatever a name stood for at the begin, it stood for until the end, on all servers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Doubt;
use crate::{judge::evidence::Evidence, record::ActorType};

/// Enough of a digest to tell two apart.
const SHORT: usize = 12;

/// A model that was pulled anew in mid-run answers with other weights under the same name: such a batch is half of one
/// model and half of another. What the workflow does not use may change as it likes.
pub(super) fn models_stayed_what_they_were(evidence: &Evidence<'_>) -> Option<Doubt> {
    let seen = seen(evidence);
    let changed = used(evidence).filter_map(|model| {
        let digests = seen.get(model.as_str())?.iter();
        let mut digests: Vec<_> = digests.map(|(digest, at)| (*at, *digest)).collect();
        digests.sort_unstable();
        (digests.len() > 1).then(|| told(&model, &digests))
    });
    let changed: Vec<String> = changed.collect();
    (!changed.is_empty()).then(|| Doubt {
        check: "models_changed",
        sentence: format!(
            "{}: a model was pulled anew while the batch was at work, and its answers are of two models",
            changed.join("; ")
        ),
        look: Vec::new(),
    })
}

/// Each digest with when it was first seen; one of the begin has no date.
type Digests<'r> = BTreeMap<&'r str, Option<DateTime<Utc>>>;

/// The digests that each name was seen to stand for: when the workers came, whenever somebody asked, and as loaded.
fn seen<'r>(evidence: &Evidence<'r>) -> BTreeMap<&'r str, Digests<'r>> {
    let record = evidence.record;
    let servers = record.environment.servers.iter();
    let at_first = servers
        .flat_map(|server| &server.models)
        .map(|model| (None, model.name.as_str(), model.digest.as_str()));
    let asked = record.identities.iter().flatten().flat_map(|identity| {
        let models = identity.models.iter();
        models.map(|model| {
            (
                Some(identity.at),
                model.name.as_str(),
                model.digest.as_str(),
            )
        })
    });
    let loaded = record.residency.iter().flat_map(|sample| {
        let digest = |it: &'r crate::record::LoadedModel| {
            Some((Some(sample.at), it.name.as_str(), it.digest.as_deref()?))
        };
        sample.models.iter().filter_map(digest)
    });
    let mut seen: BTreeMap<&str, Digests<'_>> = BTreeMap::new();
    for (at, name, digest) in at_first.chain(asked).chain(loaded) {
        let first = seen.entry(name).or_default().entry(digest).or_insert(at);
        *first = (*first).min(at);
    }
    seen
}

/// The models of the workflow as servers list them: a name without a tag means the latest.
fn used(evidence: &Evidence<'_>) -> impl Iterator<Item = String> {
    let steps = evidence.record.workflow.conversations.iter();
    let mut models: Vec<String> = steps
        .filter(|step| step.actor_type == ActorType::AiModel)
        .map(|step| {
            if step.actor.contains(':') {
                step.actor.clone()
            } else {
                format!("{}:latest", step.actor)
            }
        })
        .collect();
    models.sort_unstable();
    models.dedup();
    models.into_iter()
}

fn told(model: &str, digests: &[(Option<DateTime<Utc>>, &str)]) -> String {
    let each = digests.iter().map(|(at, digest)| {
        let short = digest.get(..SHORT).unwrap_or(digest);
        match at {
            Some(at) => format!("{short} from {} on", at.format("%H:%M:%S UTC")),
            None => format!("{short} at first"),
        }
    });
    format!("{model} was {}", each.collect::<Vec<_>>().join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::{InstalledModel, RunRecord, ServerIdentity},
    };

    const OTHER: &str = "abababababababab";

    fn edited(edit: impl Fn(&mut RunRecord)) -> Vec<&'static str> {
        let mut record = doctored::healthy();
        edit(&mut record);
        doubts(&record)
    }

    fn last(record: &mut RunRecord) -> &mut ServerIdentity {
        record.identities.as_mut().unwrap().last_mut().unwrap()
    }

    #[test]
    fn a_digest_that_changes_makes_the_run_invalid_and_one_that_stays_does_not() {
        let pulled_anew = edited(|record| OTHER.clone_into(&mut last(record).models[2].digest));
        assert_eq!(pulled_anew, ["models_changed"]);
        let asked_once_more = edited(|record| {
            let again = last(record).clone();
            record.identities.as_mut().unwrap().push(again);
        });
        assert_eq!(asked_once_more, Vec::<&str>::new());
    }

    #[test]
    fn what_was_loaded_tells_it_too_and_a_record_that_does_not_know_is_not_doubted() {
        let loaded = |digest: Option<&'static str>| {
            edited(move |record| {
                let sample = record.residency.last_mut().unwrap();
                sample.models[0].digest = digest.map(str::to_owned);
            })
        };
        assert_eq!(loaded(Some(OTHER)), ["models_changed"]);
        assert_eq!(loaded(None), Vec::<&str>::new());
        let never_asked = edited(|record| record.identities = None);
        assert_eq!(never_asked, Vec::<&str>::new());
    }

    #[test]
    fn a_model_that_the_workflow_does_not_use_is_nobodys_business() {
        let stranger = edited(|record| {
            let mistral = InstalledModel {
                name: "mistral:latest".to_owned(),
                ..record.environment.servers[0].models[0].clone()
            };
            record.environment.servers[0].models.push(mistral);
            let mut pulled = last(record).models[0].clone();
            "mistral:latest".clone_into(&mut pulled.name);
            OTHER.clone_into(&mut pulled.digest);
            last(record).models.push(pulled);
        });
        assert_eq!(stranger, Vec::<&str>::new());
    }

    #[test]
    fn a_second_server_with_other_weights_makes_two_batches_of_one() {
        let two = edited(|record| {
            doctored::servers::second_server(record);
            OTHER.clone_into(&mut record.environment.servers[1].models[0].digest);
        });
        assert_eq!(two, ["models_changed"]);
    }

    #[test]
    fn the_doubt_says_which_model_it_was_and_since_when() {
        let mut record = doctored::healthy();
        OTHER.clone_into(&mut last(&mut record).models[2].digest);
        let doubt = models_stayed_what_they_were(&Evidence::of(&record)).unwrap();
        let told = "qwen2.5:7b was cdcdcdcdcdcd at first and abababababab from 08:";
        assert!(doubt.sentence.starts_with(told), "{}", doubt.sentence);
    }
}
