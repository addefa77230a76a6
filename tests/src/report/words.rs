//! What is in a record, in words: the same words wherever it is told.

use crate::record::{
    CassetteReference, Ended, Graphics, GraphicsCard, InstalledModel, Mode, PlanReference,
    PostingsFrom, Provenance, RunRecord, ServerKind, Status, Texts,
};

/// A plan's name and enough of its hash to tell two texts of that name apart.
pub(super) fn told_plan(plan: &PlanReference) -> String {
    match plan.sha256.as_deref().map(short) {
        Some(start) => format!("{} ({start})", plan.id),
        None => plan.id.clone(),
    }
}

/// The same where it matters that the text is not known.
pub(super) fn told_plan_and_text(plan: &PlanReference) -> String {
    let text = plan.sha256.as_deref().map_or("text unknown", short);
    format!("{} ({text})", plan.id)
}

/// By which plan a record is judged, where that is not known to be the plan that it was run for.
pub(super) fn told_judged_by(
    record: &RunRecord,
    judged_by: Option<&PlanReference>,
) -> Option<String> {
    match judged_by {
        Some(plan) if record.plan.sha256.is_none() => Some(format!(
            "Judged by {}. The record does not say which text of its plan the batch was run for.",
            told_plan(plan)
        )),
        Some(plan) if plan.sha256 != record.plan.sha256 => Some(format!(
            "Judged by {}, which is NOT the plan that the batch was run for.",
            told_plan(plan)
        )),
        _ => None,
    }
}

/// What of a run was real.
pub(super) fn told_mode(mode: &Mode) -> String {
    let server = match mode.model_server {
        ServerKind::Simulated => format!("SIMULATED model server at {}:1", mode.time_scale),
        ServerKind::Live => "live model server".to_owned(),
        ServerKind::Replayed => told_replay(mode.cassette.as_ref()),
    };
    let replayed = match mode.cassette {
        Some(_) => "REPLAYED ",
        None => "",
    };
    let postings = match mode.postings {
        PostingsFrom::Simulated => "SIMULATED postings",
        PostingsFrom::Folder => "postings from a folder",
        PostingsFrom::Workday => "postings from Workday",
        PostingsFrom::Promoted => "postings promoted before",
    };
    let postings = format!("{replayed}{postings}");
    let seed = mode
        .seed
        .map_or_else(String::new, |seed| format!(" · seed {seed}"));
    format!("{server} · {postings}{seed}")
}

/// Whose answers a replay has, and what has changed since.
fn told_replay(cassette: Option<&CassetteReference>) -> String {
    let Some(cassette) = cassette else {
        return "REPLAYED model server".to_owned();
    };
    let recorded_from = match cassette.model_server {
        ServerKind::Simulated => format!("a SIMULATED one at {}:1", cassette.time_scale),
        ServerKind::Live => "a live one".to_owned(),
        ServerKind::Replayed => "another replay".to_owned(),
    };
    let stale = match &cassette.stale[..] {
        [] => String::new(),
        causes => format!(", STALE ({})", causes.join("; ")),
    };
    format!(
        "REPLAYED model server, recorded {} from {recorded_from} ({}){stale}",
        cassette.recorded_at.format("%Y-%m-%d"),
        short(&cassette.sha256)
    )
}

/// How a batch ended, in words.
pub(super) fn told_end(ended: &Ended) -> String {
    match ended {
        Ended::Completed => "the runner found nothing left to do".to_owned(),
        Ended::Interrupted => "INTERRUPTED: the record is incomplete".to_owned(),
        Ended::StoppedOnRed { why, .. } => {
            format!("STOPPED ON RED, the record ends there: {why}")
        }
        Ended::StoppedAtDeadline { after_seconds } => format!(
            "STOPPED AT ITS DEADLINE of {}, the record ends there",
            told_seconds(*after_seconds)
        ),
        Ended::UnderWay => {
            "NOT OVER: the record is incomplete; the run died or is still under way".to_owned()
        }
        Ended::Failed { why } => format!("BROKE OFF: {why}"),
    }
}

/// A whole number of seconds as people say it: hours and minutes where there are any.
fn told_seconds(seconds: u64) -> String {
    let parts = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if told.is_empty() {
        "0 s".to_owned()
    } else {
        told.join(" ")
    }
}

/// That a process stood still, where one did: no duration is then the models' alone.
pub(super) fn told_suspensions(record: &RunRecord) -> Option<String> {
    let suspensions = record.suspensions.as_deref().unwrap_or_default();
    // One that ends before it begins is no time, whoever wrote it there.
    let lengths = suspensions
        .iter()
        .map(|it| (it.until - it.from).num_seconds());
    let lengths = lengths.filter_map(|it| u64::try_from(it).ok());
    let seconds = lengths.fold(0, u64::saturating_add);
    let times = match suspensions.len() {
        0 => return None,
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    Some(format!(
        "Stood still {times}, {} in all, because the machine slept or the process was stopped: durations contain it.",
        told_seconds(seconds)
    ))
}

/// The graphics cards of the machine, where somebody looked.
pub(super) fn told_graphics(graphics: &Graphics) -> String {
    match graphics {
        Graphics::Absent { why } => why.clone(),
        Graphics::Cards { driver, cards } => {
            let each: Vec<String> = cards.iter().map(told_card).collect();
            format!("{}; driver {driver}", each.join(", "))
        }
    }
}

fn told_card(card: &GraphicsCard) -> String {
    let memory = card
        .memory
        .map_or_else(|| "memory not told".to_owned(), mebibytes);
    let untold = card.untold.iter().map(|it| format!(", not told: {it}"));
    format!("{} ({memory}{})", card.name, untold.collect::<String>())
}

/// Where a record comes from, in words.
pub(super) fn told_provenance(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Collected => "collected from the database and the witness".to_owned(),
        Provenance::Reconstructed { source } => {
            format!("RECONSTRUCTED, not witnessed, from {source}")
        }
    }
}

/// Whether texts are in the record, in words.
pub(super) fn told_texts(texts: Texts) -> &'static str {
    match texts {
        Texts::Kept => "kept",
        Texts::Redacted => "taken out, a hash stands for each",
        Texts::Unknown => "unknown",
    }
}

/// A status of a run or an interaction.
pub(super) fn told_status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
    }
}

/// Processors; a record that was put together afterwards may not know them.
pub(super) fn processors(cpus: u32) -> String {
    match cpus {
        0 => "processors unknown".to_owned(),
        1 => "1 processor".to_owned(),
        cpus => format!("{cpus} processors"),
    }
}

/// The start of a hash, enough to tell two apart.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// How large and how rounded a model is, as far as its server told, to stand behind something else.
pub(super) fn told_weights(model: &InstalledModel) -> String {
    let told = [&model.parameter_size, &model.quantization];
    let mut text = String::new();
    for it in told.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(it);
    }
    text
}

/// Bytes as people count them.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::judge::doctored::{self, START};
    use crate::record::Suspension;

    #[test]
    fn a_night_asleep_is_told_and_a_night_awake_is_not() {
        let mut record = doctored::healthy();
        assert_eq!(told_suspensions(&record), None);
        let asleep = |from: i64, until: i64| Suspension {
            worker: "runner".to_owned(),
            from: START + TimeDelta::minutes(from),
            until: START + TimeDelta::minutes(until),
        };
        record.suspensions = Some(vec![asleep(10, 70), asleep(80, 110)]);
        let told = told_suspensions(&record).unwrap();
        assert!(
            told.starts_with("Stood still 2 times, 1 h 30 min in all"),
            "{told}"
        );
    }

    #[test]
    fn a_deadline_is_told_in_hours_and_minutes() {
        let ended = Ended::StoppedAtDeadline {
            after_seconds: 19_800,
        };
        assert!(
            told_end(&ended).contains("DEADLINE of 5 h 30 min,"),
            "{}",
            told_end(&ended)
        );
        assert_eq!(
            (told_seconds(0), told_seconds(61)),
            ("0 s".to_owned(), "1 min 1 s".to_owned())
        );
    }

    #[test]
    fn cards_are_told_with_what_they_do_not_tell_and_their_absence_with_its_reason() {
        let cards = Graphics::Cards {
            driver: "580.95.05".to_owned(),
            cards: vec![GraphicsCard {
                name: "NVIDIA H100".to_owned(),
                memory: Some(80 << 30),
                untold: vec!["power: no permission".to_owned()],
            }],
        };
        assert_eq!(
            told_graphics(&cards),
            "NVIDIA H100 (81920 MiB, not told: power: no permission); driver 580.95.05"
        );
        let why = "no NVIDIA driver here".to_owned();
        assert_eq!(told_graphics(&Graphics::Absent { why: why.clone() }), why);
    }
}
