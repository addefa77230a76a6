//! The plan's batch on a real model server, as the environment says (`batchproof::live`).

use batchproof::command::{Console, TellingArguments};
use batchproof::live;
use batchproof::plan::Plan;

use crate::planned::criteria;
use crate::planned::lanes::Suite;
use crate::planned::shared_run::SharedRun;

/// The same trials as those of the simulated batch.
pub(crate) fn suite() -> Suite {
    let plan = Plan::builtin();
    let job = {
        let plan = plan.clone();
        move || {
            let console = Console::new(TellingArguments::default());
            console.listen();
            live::run_as_told(|name| std::env::var(name).ok(), &plan, &console)
        }
    };
    criteria::over(SharedRun::of("batch", &plan, Box::new(job)), &plan)
}
