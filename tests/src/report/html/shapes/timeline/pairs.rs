//! The two grades of each posting, and whether they were given at once.

use chrono::TimeDelta;

use super::{About, Look, Mark, Row, Subject};
use crate::judge::calls::clocks;
use crate::judge::evidence::Evidence;
use crate::judge::pairs::Pair;
use crate::judge::window::Window;
use crate::report::html::shapes::calls::Calls;
use crate::report::html::shapes::span::{Span, total, tracks, united};

/// The time that the grades of each pair share, or the time that lies between them. None where no pair can be shown.
pub(super) fn row(evidence: &Evidence<'_>, calls: &Calls) -> Option<Row> {
    let clock = clocks(evidence);
    let mut marks: Vec<Mark> = evidence
        .pairs()
        .iter()
        .filter_map(|pair| mark(pair, calls, clock))
        .collect();
    if marks.is_empty() {
        return None;
    }
    marks.sort_by_key(|mark| (mark.span, mark.look));
    let together = marks.iter().filter(|mark| mark.look == Look::Together);
    let shared: Vec<Span> = together.map(|mark| mark.span).collect();
    let spans: Vec<Span> = marks.iter().map(|mark| mark.span).collect();
    let (track_of, of_tracks) = tracks(&spans);
    for (mark, track) in marks.iter_mut().zip(track_of) {
        mark.track = track;
    }
    Some(Row {
        subject: Subject::Pairs,
        marks,
        tracks: of_tracks.max(1),
        // Of pairs, it is told how many were given at once.
        count: shared.len(),
        time: total(&united(shared, 0)),
    })
}

/// By the server's own time where it was witnessed, else by the books.
fn mark(pair: &Pair, calls: &Calls, clock: TimeDelta) -> Option<Mark> {
    let shifted = |window: Window| Window {
        start: window.start + clock,
        end: window.end + clock,
    };
    let windows = pair.computed.map(|both| both.map(shifted));
    let [a, b] = windows.or(pair.executed)?.map(|it| calls.origin.span(it));
    let (span, look) = match a.shared(b) {
        Some(shared) => (shared, Look::Together),
        None => (a.between(b), Look::Apart),
    };
    Some(Mark {
        span,
        look,
        track: 0,
        about: About::Run(pair.run),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored::{self, PLAIN_RUN};
    use crate::record::RunRecord;

    fn pairs(record: &RunRecord) -> Row {
        let evidence = Evidence::of(record);
        row(&evidence, &Calls::of(&evidence).unwrap()).unwrap()
    }

    #[test]
    fn grades_at_once_are_marked_as_such_and_those_one_after_the_other_as_apart() {
        let mut record = doctored::healthy();
        assert_eq!(pairs(&record).count, 50);
        doctored::serialise_grades(&mut record, PLAIN_RUN);
        let row = pairs(&record);
        let apart: Vec<&Mark> = row
            .marks
            .iter()
            .filter(|it| it.look == Look::Apart)
            .collect();
        assert_eq!((row.count, row.marks.len(), apart.len()), (49, 50, 1));
        assert_eq!(apart[0].about, About::Run(PLAIN_RUN));
    }

    #[test]
    fn where_nobody_graded_there_is_no_row() {
        let record = doctored::healthy();
        let calls = Calls::of(&Evidence::of(&record)).unwrap();
        assert_eq!(row(&Evidence::of(&doctored::empty()), &calls), None);
    }
}
