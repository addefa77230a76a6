//! The batch over time: what each model did for each step, what was loaded, what was resident, and when nothing was
//! computed.

mod lanes;
mod pairs;
mod residents;

use super::calls::Calls;
use super::gpu::Gpu;
use super::span::{Origin, Span};
use super::steps::{Kind, Step, steps};
use crate::judge::evidence::Evidence;

/// All rows over one axis, which begins with the first work and ends with the last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeline {
    pub(crate) origin: Origin,
    /// Milliseconds of the plan's time.
    pub(crate) length: i64,
    pub(crate) groups: Vec<Group>,
    pub(crate) gpu: Option<Gpu>,
    /// Whether the calls are drawn as the witness saw the server compute them. Else they are drawn as the books have them.
    pub(crate) witnessed: bool,
    pub(crate) calls: Calls,
    /// How near marks of a row are drawn as one, in milliseconds; 0 where each is drawn by itself.
    pub(crate) near: i64,
}

/// Rows under one heading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) heading: Heading,
    pub(crate) rows: Vec<Row>,
}

/// What the rows of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heading {
    /// Calls of one server; without a name where there is only one, or where nobody knows which.
    Server(Option<String>),
    Pairs,
    Scripts,
    /// Samples of one server.
    Residents(Option<String>),
}

/// A row of marks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) subject: Subject,
    pub(crate) marks: Vec<Mark>,
    /// How many marks lie over each other at most.
    pub(crate) tracks: usize,
    /// How many things it shows: calls, loads, waves, pairs, stretches.
    pub(crate) count: usize,
    /// How long there was at least one, in milliseconds.
    pub(crate) time: i64,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Waves,
    /// A model, and its loads.
    Model(String),
    Step(Step),
    /// Calls of a model that no row tells of.
    NoStep(String),
    Idle,
    Pairs,
    Resident(String),
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub(crate) span: Span,
    pub(crate) look: Look,
    /// Counted from the top.
    pub(crate) track: usize,
    /// More about it.
    pub(crate) about: About,
}

/// How a mark looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    Call(Kind),
    /// A call that ended badly.
    Bad,
    /// A call that did not end.
    Open,
    /// Waves look by turns.
    Wave(bool),
    Load,
    Idle,
    /// Both grades of a posting at once.
    Together,
    /// The time between two grades that were not.
    Apart,
    Resident,
}

/// What can be said of a mark beside when it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    Nothing,
    /// A place in the list of calls.
    Call(usize),
    /// A run.
    Run(i64),
    /// Names of models.
    Models(Vec<String>),
}

/// More calls than this are not drawn one by one.
const CALLS_AT_MOST: usize = 20_000;
/// Where there are more, what is nearer than this share of the timeline is drawn as one.
const COLUMNS: i64 = 4_000;

impl Timeline {
    /// Nothing where nothing was begun.
    pub(crate) fn of(evidence: &Evidence<'_>) -> Option<Self> {
        let calls = Calls::of(evidence)?;
        let length = calls.end.max(1);
        let near = if calls.all.len() > CALLS_AT_MOST {
            length / COLUMNS
        } else {
            0
        };
        let steps = steps(evidence.record);
        let several = calls.servers.len() > 1;
        let name = |server: usize| calls.servers.get(server).filter(|_| several).cloned();
        let resident: Vec<Vec<residents::Stretch>> = calls
            .servers
            .iter()
            .map(|server| residents::stretches(evidence, calls.origin, length, server))
            .collect();
        let mut groups: Vec<Group> = Vec::new();
        for server in (0..calls.servers.len()).map(Some).chain([None]) {
            let seen = server.and_then(|server| resident.get(server));
            let rows = lanes::rows(&calls, server, &steps, seen.map_or(&[][..], Vec::as_slice));
            groups.push(Group {
                heading: Heading::Server(server.and_then(name)),
                rows,
            });
        }
        groups.push(Group {
            heading: Heading::Pairs,
            rows: pairs::row(evidence, &calls).into_iter().collect(),
        });
        groups.push(Group {
            heading: Heading::Scripts,
            rows: lanes::scripts(&calls, &steps),
        });
        for (server, stretches) in resident.iter().enumerate() {
            groups.push(Group {
                heading: Heading::Residents(name(server)),
                rows: residents::rows(stretches),
            });
        }
        groups.retain(|group| !group.rows.is_empty());
        for row in groups.iter_mut().flat_map(|group| &mut group.rows) {
            row.draw_as_one(near);
        }
        Some(Self {
            origin: calls.origin,
            length,
            groups,
            gpu: Gpu::of(evidence, calls.origin, length),
            witnessed: !evidence.nobody_watched() && !evidence.record.exchanges.is_empty(),
            calls,
            near,
        })
    }

    /// All rows of all groups, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.groups.iter().flat_map(|group| &group.rows)
    }
}

impl Row {
    /// A row of marks that may lie over each other.
    fn of(subject: Subject, mut marks: Vec<Mark>) -> Self {
        marks.sort_by_key(|mark| (mark.span, mark.look));
        let spans: Vec<Span> = marks.iter().map(|mark| mark.span).collect();
        let (track_of, tracks) = super::span::tracks(&spans);
        for (mark, track) in marks.iter_mut().zip(track_of) {
            mark.track = track;
        }
        Self {
            subject,
            tracks: tracks.max(1),
            count: marks.len(),
            time: super::span::total(&super::span::united(spans, 0)),
            marks,
        }
    }

    /// Marks that look alike and are near are drawn as one, of which then nothing more is said.
    fn draw_as_one(&mut self, near: i64) {
        if near == 0 {
            return;
        }
        let mut drawn: Vec<Mark> = Vec::new();
        for mark in std::mem::take(&mut self.marks) {
            let before = drawn
                .iter_mut()
                .rev()
                .take_while(|it| mark.span.start - it.span.end <= near.max(0))
                .find(|it| it.look == mark.look);
            match before {
                Some(last) => {
                    last.span.end = last.span.end.max(mark.span.end);
                    last.about = About::Nothing;
                }
                None => drawn.push(Mark { track: 0, ..mark }),
            }
        }
        self.tracks = 1;
        self.marks = drawn;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::record::RunRecord;

    fn timeline(record: &RunRecord) -> Timeline {
        Timeline::of(&Evidence::of(record)).unwrap()
    }

    fn subjects(timeline: &Timeline) -> Vec<String> {
        timeline
            .rows()
            .map(|row| match &row.subject {
                Subject::Step(step) => step.conversation.to_string(),
                Subject::Model(name) | Subject::NoStep(name) => name.clone(),
                Subject::Resident(name) => format!("resident {name}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn every_model_is_a_lane_of_its_steps_and_samples_lie_under_them() {
        let timeline = timeline(&doctored::healthy());
        let subjects = subjects(&timeline).join(" ");
        assert_eq!(
            subjects,
            "Waves llama3.2:latest 3335 gemma2:latest 3336 3341 9162 qwen2.5:7b 3337 3338 3339 3340 3350 9161 9163 Idle \
             Pairs 9144 9193 9184 9168 9185 resident gemma2:latest resident llama3.2:latest resident qwen2.5:7b"
        );
        assert!(timeline.gpu.is_some() && timeline.witnessed && timeline.near == 0);
    }

    #[test]
    fn every_call_is_drawn_once_and_within_the_axis() {
        let record = doctored::healthy();
        let timeline = timeline(&record);
        let drawn = timeline
            .rows()
            .flat_map(|row| &row.marks)
            .filter(|mark| matches!(mark.look, Look::Call(_)));
        assert_eq!(drawn.count(), record.interactions.len());
        for mark in timeline.rows().flat_map(|row| &row.marks) {
            assert!(
                0 <= mark.span.start && mark.span.end <= timeline.length,
                "{mark:?}"
            );
        }
    }

    #[test]
    fn several_servers_have_their_names_and_lanes_of_their_own() {
        let mut record = doctored::healthy();
        doctored::servers::second_server(&mut record);
        doctored::servers::move_to_second(&mut record, "gemma2:latest");
        let timeline = timeline(&record);
        let named = timeline
            .groups
            .iter()
            .filter(|group| matches!(&group.heading, Heading::Server(Some(_))));
        assert_eq!(named.count(), 2);
    }

    #[test]
    fn more_calls_than_can_be_told_apart_are_drawn_as_stretches_that_cover_them() {
        let record = doctored::healthy();
        let mut timeline = timeline(&record);
        let before: i64 = timeline.rows().map(|row| row.time).sum();
        let near = timeline.length / 100;
        for row in timeline.groups.iter_mut().flat_map(|group| &mut group.rows) {
            let (count, spans) = (row.count, row.marks.clone());
            row.draw_as_one(near);
            assert_eq!(row.count, count, "how many there are is still told");
            assert!(
                row.marks.len() <= 300,
                "{:?} {}",
                row.subject,
                row.marks.len()
            );
            for mark in spans {
                let covered = row.marks.iter().any(|it| {
                    it.look == mark.look
                        && it.span.start <= mark.span.start
                        && mark.span.end <= it.span.end
                });
                assert!(covered, "{mark:?}");
            }
        }
        assert_eq!(before, timeline.rows().map(|row| row.time).sum::<i64>());
    }

    #[test]
    fn of_a_batch_that_never_began_there_is_no_timeline() {
        assert_eq!(Timeline::of(&Evidence::of(&doctored::empty())), None);
    }

    #[test]
    fn what_nobody_watched_is_said_to_be_drawn_from_the_books() {
        let record: RunRecord = serde_json::from_str(fixtures::records::NOVEMBER_2025).unwrap();
        let timeline = timeline(&record);
        assert!(!timeline.witnessed && timeline.gpu.is_none());
        let waves = timeline.rows().next().unwrap();
        assert_eq!(waves.subject, Subject::Waves);
        assert!(waves.count > 300, "posting by posting: {}", waves.count);
    }
}
