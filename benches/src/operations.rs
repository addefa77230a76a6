//! The pure parts of the pipeline by name, ready to be carried out.

use std::fmt;
use std::hint::black_box;

use batchproof::judge::judge;
use batchproof::plan::Plan;
use batchproof::report::{JOB_SUMMARY, html, markdown, terminal};
use wave_runner::source::detail::{Origin, read};
use wave_runner::wave::plan;
use wave_runner::workflow::{Workflow, render};

use crate::journey::{Step, posting, steps};
use crate::november::in_the_middle;
use crate::records::{one_posting, repeated};

/// Records of so many postings are judged.
const JUDGED: [u32; 2] = [50, 500];
/// And of so many reported.
const REPORTED: u32 = 50;
/// A wave is planned in the middle of a batch of so many postings.
const PLANNED: usize = 500;

/// An operation whose inputs can be made.
pub struct Operation {
    /// Its name, such as `render_prompt.extract`.
    pub name: String,
    prepare: Box<dyn Fn() -> Prepared>,
}

/// An operation with its inputs.
pub struct Prepared(Box<dyn Fn()>);

impl Operation {
    /// `prepare` makes the inputs, and answers what is done with them.
    fn new<T, R: Fn() -> T + 'static>(
        name: impl Into<String>,
        prepare: impl Fn() -> R + 'static,
    ) -> Self {
        let prepare = move || {
            let run = prepare();
            Prepared(Box::new(move || drop(black_box(run()))))
        };
        Self {
            name: name.into(),
            prepare: Box::new(prepare),
        }
    }

    /// Makes the inputs and carries the operation out once: what is made once and kept, such as a table of the program, is
    /// no part of it.
    pub fn prepare(&self) -> Prepared {
        let prepared = (self.prepare)();
        prepared.run();
        prepared
    }
}

impl Prepared {
    /// Carries the operation out once.
    pub fn run(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Operation").field(&self.name).finish()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared")
    }
}

/// All of them.
pub fn operations() -> Vec<Operation> {
    let mut all = vec![parse_detail()];
    all.extend(steps_of_a_posting());
    all.push(plan_wave());
    all.push(Operation::new("load_workflow", || Workflow::builtin));
    all.push(Operation::new("parse_plan", || Plan::builtin));
    all.extend(JUDGED.map(judge_record));
    all.extend(reports());
    all
}

fn parse_detail() -> Operation {
    Operation::new("parse_detail", || {
        let posting = posting();
        move || {
            let origin = Origin::Listed(&posting.external_id);
            read(black_box(posting.detail.clone()), origin).unwrap()
        }
    })
}

/// Each model step's prompt rendered, and its answer parsed and validated.
fn steps_of_a_posting() -> Vec<Operation> {
    let both = steps().into_iter().flat_map(|step| {
        let (name, output) = (step.conversation.name.clone(), step.conversation.output);
        let answer = step.answer.clone();
        [
            Operation::new(format!("render_prompt.{name}"), move || {
                let Step {
                    conversation,
                    inputs,
                    ..
                } = step.clone();
                move || render(black_box(&conversation), black_box(&inputs)).unwrap()
            }),
            Operation::new(format!("parse_answer.{name}"), move || {
                let answer = answer.clone();
                move || output.parse(black_box(&answer)).unwrap()
            }),
        ]
    });
    both.collect()
}

fn plan_wave() -> Operation {
    Operation::new(format!("plan_wave.{PLANNED}"), || {
        let state = in_the_middle(PLANNED, 1);
        move || plan(black_box(&state))
    })
}

/// The judgement of a record of so many postings.
pub fn judge_record(postings: u32) -> Operation {
    Operation::new(format!("judge_record.{postings}"), move || {
        let record = repeated(&one_posting(), postings);
        let plan = Plan::builtin().requirements();
        move || judge(black_box(&record), black_box(&plan))
    })
}

fn reports() -> [Operation; 3] {
    let judged = || {
        let record = repeated(&one_posting(), REPORTED);
        let judgement = judge(&record, &Plan::builtin().requirements());
        (record, judgement)
    };
    [
        Operation::new("report.html", move || {
            let (record, judgement) = judged();
            move || html(&record, &judgement)
        }),
        Operation::new("report.terminal", move || {
            let (record, judgement) = judged();
            move || terminal(&record, &judgement, None)
        }),
        Operation::new("report.markdown", move || {
            let (record, judgement) = judged();
            move || markdown(&record, &judgement, JOB_SUMMARY)
        }),
    ]
}
