//! Which requisition a list entry or a detail belongs to.
//!
//! The path of a posting drifts with its title and carries a copy number (`…_R0400001-1`), so two paths can be
//! one posting. The requisition id is what stays.

/// The requisition id of a list entry: the first of `bullets` (the site's `bulletFields`), unless the path
/// shows that this tenant puts something else there; else the path's own id. `None` if neither says anything.
pub fn requisition_id(bullets: &[String], path: Option<&str>) -> Option<String> {
    let bullet = bullets
        .first()
        .map(|bullet| bullet.trim())
        .filter(|bullet| !bullet.is_empty());
    let from_path = path.and_then(id_in_path);
    match (bullet, from_path) {
        (Some(bullet), Some(id)) if !path_names(path, bullet) => Some(id),
        (Some(bullet), _) => Some(bullet.to_owned()),
        (None, id) => id,
    }
}

/// The id at the end of a posting's path or `jobPostingId`, without its copy number: `R0400001` of
/// `/job/Bucharest/Data-Analyst--AS_R0400001-1`. `None` if the last part of the path carries no id.
pub fn id_in_path(path: &str) -> Option<String> {
    let (_, id) = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()?
        .rsplit_once('_')?;
    let id = without_copy_number(id);
    (!id.is_empty()).then(|| id.to_owned())
}

fn path_names(path: Option<&str>, id: &str) -> bool {
    path.is_some_and(|path| path.contains(&format!("_{id}")))
}

/// Copy numbers have one or two digits. What looks like one in `JR-12` is the id itself: without it no digit
/// would be left.
fn without_copy_number(id: &str) -> &str {
    let Some((stem, copy)) = id.rsplit_once('-') else {
        return id;
    };
    let is_copy = (1..=2).contains(&copy.len()) && copy.bytes().all(|byte| byte.is_ascii_digit());
    if is_copy && stem.bytes().any(|byte| byte.is_ascii_digit()) {
        stem
    } else {
        id
    }
}

#[cfg(test)]
mod tests {
    use super::{id_in_path, requisition_id};

    fn listed(bullet: &str, path: &str) -> Option<String> {
        requisition_id(&[bullet.to_owned()], Some(path))
    }

    #[test]
    fn the_bullet_field_is_the_requisition_id() {
        assert_eq!(
            listed("R0400001", "/job/Pune/Engineer_R0400001-1").unwrap(),
            "R0400001"
        );
        assert_eq!(listed("JR_7", "/job/Pune/Engineer_JR_7").unwrap(), "JR_7");
        assert_eq!(listed("R1", "/job/Pune/engineer").unwrap(), "R1");
        assert_eq!(requisition_id(&["R1".to_owned()], None).unwrap(), "R1");
    }

    #[test]
    fn a_bullet_field_that_holds_something_else_is_not() {
        assert_eq!(
            listed("Pune", "/job/Pune/Engineer_R0400001-2").unwrap(),
            "R0400001"
        );
        assert_eq!(
            listed("  ", "/job/Pune/Engineer_R0400001").unwrap(),
            "R0400001"
        );
    }

    #[test]
    fn the_path_gives_the_id_without_its_copy_number() {
        for (path, id) in [
            (
                "/job/Bucharest/Data-Analyst--AS_R0400001-1",
                Some("R0400001"),
            ),
            ("/job/Bucharest/Data-Analyst--AS_R0400001", Some("R0400001")),
            ("Engineer_R0400001-12/", Some("R0400001")),
            ("/job/X/Engineer_JR-12", Some("JR-12")),
            ("/job/X/Engineer_2021-12345", Some("2021-12345")),
            ("/job/a_b/Engineer", None),
            ("/job/X/Engineer_", None),
            ("", None),
        ] {
            assert_eq!(id_in_path(path).as_deref(), id, "{path}");
        }
    }

    #[test]
    fn an_entry_without_bullet_and_path_has_no_identity() {
        assert_eq!(requisition_id(&[], None), None);
        assert_eq!(requisition_id(&[], Some("/job/X/Engineer")), None);
    }
}
