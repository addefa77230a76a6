//! What the tests of this module share: a posting, a summary that belongs to it, inputs.

use std::collections::BTreeMap;

use super::{Inputs, PostingFacts, content_hash};

/// A sound posting without any result yet.
pub(super) fn posting() -> PostingFacts {
    let description = "Job Description: We look for somebody who designs data flows in Python and \
                       SQL, and who explains them to people in trade finance.";
    PostingFacts {
        posting_id: 7,
        job_title: "Data Analyst (f/m/x)".into(),
        location_city: Some("Bonn, Friedrich-Ebert-Allee".into()),
        location_country: Some("Germany".into()),
        external_id: "R0400001".into(),
        job_description: description.into(),
        extracted_summary: None,
        skill_keywords: None,
        ihl_score: None,
        ihl_category: None,
        staged_content_hash: content_hash(
            "R0400001",
            "Data Analyst (f/m/x)",
            "Bonn, Friedrich-Ebert-Allee",
            description,
        ),
    }
}

/// The posting with no step done.
pub(super) fn inputs() -> Inputs {
    Inputs {
        posting: posting(),
        outputs: BTreeMap::new(),
    }
}

/// A summary in its standard form.
pub(super) const SUMMARY: &str = "\
Role: Data Analyst (f/m/x)
Company: Deutsche Bank AG
Location: Bonn, Friedrich-Ebert-Allee
Job ID: R0400001
Key Responsibilities:
- Design data flows
- Explain them to colleagues in trade finance
- Document what was built
Requirements:
- Python
- SQL
- Fluent German
Details: Not stated in the posting.";
