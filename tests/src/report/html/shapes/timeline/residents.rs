//! What was in the graphics card's memory, as sampled.

use std::collections::BTreeSet;

use super::{About, Look, Mark, Row, Subject};
use crate::judge::calls::clocks;
use crate::judge::evidence::Evidence;
use crate::judge::residency::tagged;
use crate::report::html::shapes::span::{Origin, Span, united};

/// A stretch with one set of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) span: Span,
    /// By name.
    pub(super) models: Vec<String>,
}

/// The stretches of one server, in order and without a gap: what a sample saw holds until the next.
pub(super) fn stretches(
    evidence: &Evidence<'_>,
    origin: Origin,
    length: i64,
    server: &str,
) -> Vec<Stretch> {
    let clock = clocks(evidence);
    let alone = evidence.record.environment.servers.len() == 1;
    let mut samples: Vec<(i64, Vec<String>)> = evidence
        .record
        .residency
        .iter()
        .filter(|sample| alone || sample.server == server)
        .map(|sample| {
            let names: BTreeSet<String> = sample.models.iter().map(|it| tagged(&it.name)).collect();
            (origin.until(sample.at + clock), names.into_iter().collect())
        })
        .collect();
    samples.sort();
    let mut stretches: Vec<Stretch> = Vec::new();
    for pair in samples.windows(2) {
        let (start, end) = (pair[0].0.clamp(0, length), pair[1].0.clamp(0, length));
        match stretches.last_mut() {
            Some(last) if last.models == pair[0].1 => last.span.end = end,
            _ if start < end => stretches.push(Stretch {
                span: Span { start, end },
                models: pair[0].1.clone(),
            }),
            _ => {}
        }
    }
    stretches
}

/// A row a model, by name.
pub(super) fn rows(stretches: &[Stretch]) -> Vec<Row> {
    let models: BTreeSet<&String> = stretches.iter().flat_map(|it| &it.models).collect();
    models
        .into_iter()
        .map(|model| {
            let there = stretches.iter().filter(|it| it.models.contains(model));
            let marks = united(there.map(|it| it.span), 0)
                .into_iter()
                .map(|span| Mark {
                    span,
                    look: Look::Resident,
                    track: 0,
                    about: About::Nothing,
                });
            Row::of(Subject::Resident(model.clone()), marks.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::judge::doctored;
    use crate::record::{LoadedModel, ResidencySample, RunRecord};

    fn seen(record: &mut RunRecord, samples: &[(i64, &[&str])]) -> Vec<Stretch> {
        let server = record.environment.servers[0].name.clone();
        record.residency = samples
            .iter()
            .map(|(second, models)| ResidencySample {
                server: server.clone(),
                at: doctored::START + TimeDelta::seconds(*second),
                models: models
                    .iter()
                    .map(|name| LoadedModel {
                        name: (*name).to_owned(),
                        size_vram: 0,
                        digest: None,
                    })
                    .collect(),
            })
            .collect();
        let origin = Origin {
            at: doctored::START,
            scale: 10.0,
        };
        stretches(&Evidence::of(record), origin, 1_000_000, &server)
    }

    #[test]
    fn what_a_sample_saw_holds_until_the_next_and_what_is_alike_is_one_stretch() {
        let samples: [(i64, &[&str]); 5] = [
            (20, &["b"]),
            (0, &[]),
            (10, &["b", "a"]),
            (15, &["a", "b:latest"]),
            (30, &["b"]),
        ];
        let stretches = seen(&mut doctored::healthy(), &samples);
        let told: Vec<(i64, i64, String)> = stretches
            .iter()
            .map(|it| (it.span.start, it.span.end, it.models.join(" ")))
            .collect();
        assert_eq!(
            told,
            [
                (0, 100_000, String::new()),
                (100_000, 200_000, "a:latest b:latest".to_owned()),
                (200_000, 300_000, "b:latest".to_owned()),
            ]
        );
        let rows = rows(&stretches);
        let of: Vec<(usize, i64)> = rows.iter().map(|row| (row.count, row.time)).collect();
        assert_eq!(of, [(1, 100_000), (1, 200_000)]);
    }

    #[test]
    fn what_lies_outside_of_the_timeline_is_cut_off() {
        let samples: [(i64, &[&str]); 3] = [(-50, &["a"]), (100, &["a"]), (900_000, &[])];
        let stretches = seen(&mut doctored::healthy(), &samples);
        assert_eq!(
            stretches[0].span,
            Span {
                start: 0,
                end: 1_000_000
            }
        );
    }

    #[test]
    fn without_samples_nothing_is_known() {
        let stretches = seen(&mut doctored::healthy(), &[]);
        assert!(stretches.is_empty() && rows(&stretches).is_empty());
    }
}
