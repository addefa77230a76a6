//! A view as plain text: what `monitor --once` prints, for mails, logs and terminals that can do nothing.

use ratatui::text::Line;

use super::panels;
use super::view::View;

/// The view without escape codes, each line with its end.
pub fn plain(view: &View) -> String {
    let (utilisation, memory) = panels::gpu_words(view);
    let sections = [
        vec![
            panels::header(view),
            format!("seen at {} UTC", panels::time_of_day(view.at)).into(),
            panels::postings(view),
            panels::interaction_words(view).into(),
            panels::data_words(view).into(),
            panels::ending(view),
        ],
        panels::steps(view),
        panels::data(view),
        [
            panels::models(view),
            vec![panels::current(view), panels::loads(view)],
            panels::resident(view),
        ]
        .concat(),
        panels::running(view, false),
        vec![
            utilisation.into(),
            memory.into(),
            panels::memory(view),
            panels::connections(view),
            panels::trouble(view),
        ],
        panels::errors(view),
    ];
    let texts = sections.iter().map(|lines| {
        let lines = lines.iter().map(text);
        lines.collect::<String>()
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn text(line: &Line<'_>) -> String {
    let text: String = line
        .spans
        .iter()
        .map(|span| span.content.as_ref())
        .collect();
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Requirements;
    use crate::monitor::scenes;
    use crate::monitor::snapshot::Snapshot;

    fn told(snapshot: &Snapshot) -> String {
        plain(&View::of(snapshot, &Requirements::none(), 4))
    }

    #[test]
    fn a_batch_half_way_in_plain_text() {
        insta::assert_snapshot!(told(&scenes::middle()));
    }

    #[test]
    fn a_batch_with_trouble_in_plain_text() {
        insta::assert_snapshot!(told(&scenes::trouble()));
    }

    #[test]
    fn nothing_of_it_moves_a_cursor_whatever_postings_and_errors_say() {
        for snapshot in [
            scenes::middle(),
            scenes::trouble(),
            scenes::nothing_sampled(),
        ] {
            let told = told(&snapshot);
            assert!(
                told.chars().all(|c| c == '\n' || !c.is_control()),
                "{told:?}"
            );
            assert!(!told.contains('\u{202e}'));
        }
    }
}
