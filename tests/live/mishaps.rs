//! What happens to a model server and to a run in a night.

use std::time::Duration;

use batchproof::judge::judge;
use batchproof::live::Left;
use batchproof::plan::Plan;
use batchproof::record::{self, Ended, RunRecord, Status};
use fixtures::tcp_proxy::TcpProxy;

use super::host::{GpuHost, SIZE, left_in};

/// Calls after which a night is under way.
const UNDER_WAY: usize = 4;

fn doubts(record: &RunRecord) -> Vec<&'static str> {
    let judgement = judge(record, &Plan::builtin().requirements());
    let doubts = judgement.validity.doubts;
    doubts.iter().map(|doubt| doubt.check).collect()
}

/// Returns when so many calls have come to the model server.
async fn reaches(host: &GpuHost, calls: usize) {
    let coming = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while host.calls() < calls {
            ticks.tick().await;
        }
    };
    let came = tokio::time::timeout(Duration::from_mins(1), coming).await;
    assert!(came.is_ok(), "{} calls came in a minute", host.calls());
}

/// Runs a night while something happens to it.
fn meanwhile(
    host: &GpuHost,
    set: &[(&str, &str)],
    happens: impl Future<Output = ()> + Send,
) -> Result<RunRecord, String> {
    std::thread::scope(|scope| {
        let happening = scope.spawn(|| host.runtime.block_on(happens));
        let record = host.run(set);
        happening.join().unwrap();
        record
    })
}

pub(crate) fn deadline() {
    // A night would take half a minute at this pace.
    let host = GpuHost::as_fast_as(10.0);
    let cut_short = host.run(&[("BATCHPROOF_DEADLINE", "8s")]).unwrap();
    let stopped = Ended::StoppedAtDeadline { after_seconds: 8 };
    assert_eq!((cut_short.complete, &cut_short.ended), (false, &stopped));
    assert_eq!(doubts(&cut_short), Vec::<&str>::new());
    let open = cut_short.runs.iter().filter(|run| run.status.is_open());
    assert_eq!(open.count(), SIZE);
    let left = Left::within(host.folder());
    assert_eq!(record::load(&left.record).unwrap(), cut_short);
    assert!(left_in(&left.markdown).contains("STOPPED AT ITS DEADLINE of 8 s"));
    assert!(left_in(&left.junit).contains("not_at_its_end"));

    let batch = cut_short.batch.id.to_string();
    let none = ("BATCHPROOF_POSTINGS", "");
    let (size, resume) = (
        ("BATCHPROOF_BATCH_SIZE", ""),
        ("BATCHPROOF_RESUME", batch.as_str()),
    );
    let whole = host
        .run(&[none, size, resume, ("BATCHPROOF_DEADLINE", "5m")])
        .unwrap();
    assert_eq!(
        (whole.batch.id, &whole.ended),
        (cut_short.batch.id, &Ended::Completed)
    );
    let completed = whole
        .runs
        .iter()
        .filter(|run| run.status == Status::Completed);
    assert_eq!(completed.count(), SIZE);
    assert_eq!(doubts(&whole), Vec::<&str>::new());
}

pub(crate) fn pulled_anew() {
    let host = GpuHost::new();
    let record = meanwhile(&host, &[], async {
        reaches(&host, UNDER_WAY).await;
        host.server.pull_anew("qwen2.5:7b");
    })
    .unwrap();
    assert_eq!(record.ended, Ended::Completed);
    assert_eq!(doubts(&record), ["models_changed"]);
    // What the workflow does not use may be pulled by anybody.
    let record = meanwhile(&GpuHost::new(), &[], async {}).unwrap();
    assert_eq!(doubts(&record), Vec::<&str>::new());
}

pub(crate) fn restarted() {
    let host = GpuHost::new();
    let proxy = host
        .runtime
        .block_on(TcpProxy::before(host.server.url().as_str()))
        .unwrap();
    let address = proxy.url().to_owned();
    let record = meanwhile(&host, &[("OLLAMA_HOST", address.as_str())], async {
        reaches(&host, UNDER_WAY).await;
        proxy.refuse();
        proxy.cut_all();
        // It takes a moment to start a server.
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..10 {
            ticks.tick().await;
        }
        proxy.let_in();
    })
    .unwrap();
    assert_eq!(record.ended, Ended::Completed);
    let completed = record
        .runs
        .iter()
        .filter(|run| run.status == Status::Completed);
    assert_eq!(completed.count(), SIZE);
    assert!(!record.attempts.is_empty(), "nothing was cut");
    assert_eq!(doubts(&record), Vec::<&str>::new());
}
