//! A text of limited length, put together from sections.

/// A heading and what stands under it.
pub(super) struct Section {
    /// What its entries are, in the plural.
    pub(super) what: &'static str,
    /// What stands before them. A section without entries is left out whole, but for the first.
    pub(super) head: String,
    /// Each is kept whole or left out.
    pub(super) entries: Vec<String>,
}

/// The text so far.
pub(super) struct Pages {
    text: String,
    limit: usize,
}

/// Kept free for what has to be said of what was left out, for each section that is still to come.
const REMARK: usize = 150;

impl Pages {
    pub(super) fn of(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
        }
    }

    /// Adds a section as far as there is room for it, and says how many of its entries are left out.
    pub(super) fn add(&mut self, section: &Section) {
        let is_first = self.text.is_empty();
        if section.entries.is_empty() && !is_first {
            return;
        }
        let mut kept = 0;
        if self.has_room_for(&section.head) || is_first {
            self.text.push_str(&section.head);
            for entry in &section.entries {
                if !self.has_room_for(entry) {
                    break;
                }
                self.text.push_str(entry);
                kept += 1;
            }
        }
        let left_out = section.entries.len() - kept;
        if left_out > 0 {
            let remark = format!(
                "\n*{left_out} of {} {} left out: this text may have {} bytes.*\n",
                section.entries.len(),
                section.what,
                self.limit
            );
            self.text.push_str(&remark);
        }
    }

    fn has_room_for(&self, more: &str) -> bool {
        self.text.len() + more.len() + SECTIONS * REMARK <= self.limit
    }

    pub(super) fn text(self) -> String {
        self.text
    }
}

/// Sections of a report.
const SECTIONS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn section(entries: usize) -> Section {
        Section {
            what: "entries",
            head: "head\n".to_owned(),
            entries: vec!["an entry\n".to_owned(); entries],
        }
    }

    #[test]
    fn entries_are_kept_whole_or_counted() {
        let mut pages = Pages::of(SECTIONS * REMARK + 50);
        pages.add(&section(10));
        let text = pages.text();
        assert_eq!(text.matches("an entry\n").count(), 5);
        assert!(
            text.ends_with("*5 of 10 entries left out: this text may have 950 bytes.*\n"),
            "{text}"
        );
    }

    #[test]
    fn a_section_without_entries_has_no_heading() {
        let mut pages = Pages::of(10_000);
        pages.add(&section(1));
        pages.add(&section(0));
        assert_eq!(pages.text(), "head\nan entry\n");
    }
}
