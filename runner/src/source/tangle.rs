//! HTML that would cost its reader more than it is worth: told before it is read.

use std::collections::HashMap;

/// Elements that may be open at the same time. Browsers stop at 512; a posting needs ten.
const MOST_OPEN: usize = 200;
/// Elements in all. Of the postings known, none has a tenth.
const MOST_ELEMENTS: usize = 10_000;

/// Elements that have no end, or that end by themselves where the next of their kind begins.
const ENDING_BY_THEMSELVES: [&str; 24] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Whether HTML is so deep or so long that no posting is written like that.
///
/// Readers of HTML walk it by recursion here and there, and an exhausted stack ends the process: there is no error to
/// catch. And each new paragraph opens again all letters that are bold in one of so many ways, which makes of a megabyte
/// what no memory holds. Counted is what is written, from above: an end counts for the begin of the same name alone.
pub(super) fn is_tangled(html: &str) -> bool {
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut open_in_all, mut elements) = (0_usize, 0_usize);
    for piece in html.split('<').skip(1) {
        let (is_end, rest) = match piece.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, piece),
        };
        if !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
        let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
        elements += usize::from(!is_end);
        if !ENDING_BY_THEMSELVES.contains(&name.as_str()) {
            let of_name = open.entry(name).or_default();
            if !is_end {
                *of_name += 1;
                open_in_all += 1;
            } else if *of_name > 0 {
                *of_name -= 1;
                open_in_all -= 1;
            }
        }
        if open_in_all > MOST_OPEN || elements > MOST_ELEMENTS {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_tangled;

    #[test]
    fn what_is_opened_and_never_closed_is_a_tangle_at_some_depth() {
        assert!(!is_tangled(&"<div>".repeat(200)));
        assert!(is_tangled(&"<div>".repeat(201)));
        assert!(is_tangled(&"<DIV class=x></span>".repeat(201)));
        assert!(!is_tangled(&"<div><b>x</b></DIV >".repeat(4_000)));
    }

    #[test]
    fn what_ends_by_itself_is_none_until_there_is_too_much_of_it() {
        assert!(!is_tangled(&"<p>x<br><li>y".repeat(3_000)));
        assert!(is_tangled(&"<p>x<br><li>y".repeat(4_000)));
        assert!(!is_tangled(&"a < b <- c <3 </ ".repeat(20_000)));
    }
}
