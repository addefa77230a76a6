//! Model loads of whole batches in virtual time: the planner's decisions alone, the same everywhere.

use benches::november::{CARDS, November};
use wave_runner::wave::simulation::simulate;

use crate::Counts;

/// Of a batch so large.
const POSTINGS: usize = 500;

/// On one server that holds one, two and three models.
pub(crate) fn count(counts: &mut Counts) {
    let batch = November::of(POSTINGS);
    for (resident, memory) in (1..).zip(CARDS) {
        let outcome = simulate(&batch.plant(1, memory, 1), &batch).unwrap();
        let name = format!("loads.planned_{POSTINGS}.resident_{resident}");
        counts.insert(name, outcome.loads as u64);
    }
}
