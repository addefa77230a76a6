//! A column that is lost is lost for its own share, for the completed posting, and for what its run answered.

use super::{Bite, Lands, NOTHING_ENTERED, enter_nothing};
use crate::record::{Posting, RunRecord};

fn lose(record: &mut RunRecord, postings: usize, column: fn(&mut Posting)) {
    record.postings.iter_mut().take(postings).for_each(column);
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "completed_postings_have_all_data",
        lands: Lands::Red,
        along: &["ihl_category_completeness", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 1, |posting| posting.ihl_category = None),
    },
    Bite {
        criterion: "completed_postings_have_all_data",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "summary_completeness",
        lands: Lands::Acceptable,
        along: &[
            "completed_postings_have_all_data",
            "summary_about_posting",
            "saved_data_is_its_own",
        ],
        doubts: &[],
        spoil: |record| lose(record, 1, |posting| posting.extracted_summary = None),
    },
    Bite {
        criterion: "summary_completeness",
        lands: Lands::Gap,
        along: &[
            "completed_postings_have_all_data",
            "summary_about_posting",
            "saved_data_is_its_own",
        ],
        doubts: &[],
        spoil: |record| lose(record, 2, |posting| posting.extracted_summary = None),
    },
    Bite {
        criterion: "summary_completeness",
        lands: Lands::Red,
        along: &[
            "completed_postings_have_all_data",
            "summary_about_posting",
            "saved_data_is_its_own",
        ],
        doubts: &[],
        spoil: |record| lose(record, 3, |posting| posting.extracted_summary = None),
    },
    Bite {
        criterion: "summary_completeness",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "skills_completeness",
        lands: Lands::Acceptable,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 1, |posting| posting.skill_keywords = None),
    },
    Bite {
        criterion: "skills_completeness",
        lands: Lands::Gap,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 2, |posting| posting.skill_keywords = None),
    },
    Bite {
        criterion: "skills_completeness",
        lands: Lands::Red,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 3, |posting| posting.skill_keywords = None),
    },
    Bite {
        criterion: "skills_completeness",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "ihl_score_completeness",
        lands: Lands::Acceptable,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 1, |posting| posting.ihl_score = None),
    },
    Bite {
        criterion: "ihl_score_completeness",
        lands: Lands::Gap,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 2, |posting| posting.ihl_score = None),
    },
    Bite {
        criterion: "ihl_score_completeness",
        lands: Lands::Red,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 3, |posting| posting.ihl_score = None),
    },
    Bite {
        criterion: "ihl_score_completeness",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "ihl_category_completeness",
        lands: Lands::Acceptable,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 1, |posting| posting.ihl_category = None),
    },
    Bite {
        criterion: "ihl_category_completeness",
        lands: Lands::Gap,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 2, |posting| posting.ihl_category = None),
    },
    Bite {
        criterion: "ihl_category_completeness",
        lands: Lands::Red,
        along: &["completed_postings_have_all_data", "saved_data_is_its_own"],
        doubts: &[],
        spoil: |record| lose(record, 3, |posting| posting.ihl_category = None),
    },
    Bite {
        criterion: "ihl_category_completeness",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
];
