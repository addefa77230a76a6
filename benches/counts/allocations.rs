//! Allocations of each pure operation, on the thread that carries it out.

use benches::operations::operations;

use crate::Counts;

/// Counts each operation; answers their names, in order.
pub(crate) fn count(counts: &mut Counts) -> Vec<String> {
    let count = |operation: benches::operations::Operation| {
        let prepared = operation.prepare();
        let info = allocation_counter::measure(|| prepared.run());
        let name = operation.name;
        counts.insert(format!("allocations.{name}"), info.count_total);
        counts.insert(format!("allocated_bytes.{name}"), info.bytes_total);
        name
    };
    operations().into_iter().map(count).collect()
}
