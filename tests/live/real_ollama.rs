//! A real Ollama, where its program is installed: that it speaks as its stand-in does, and that a host without models is
//! told what to pull.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Completion, Failed};
use wave_runner::llm::{Limits, Ollama};

use super::host::GpuHost;

/// How long the program may take to start, on whatever machine.
const LIMIT: Duration = Duration::from_mins(1);

/// `ollama serve` with no model, on a port of its own. It goes with the test.
struct RealOllama {
    child: Child,
    address: String,
}

impl Drop for RealOllama {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn lacks_models() -> Result<Completion, Failed> {
    if Command::new("ollama").arg("--version").output().is_err() {
        return Ok(Completion::ignored_with(
            "no ollama on PATH: https://ollama.com/download",
        ));
    }
    let folder = tempfile::tempdir()?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = free.local_addr()?.to_string();
    drop(free);
    let child = Command::new("ollama")
        .arg("serve")
        .env("OLLAMA_HOST", &address)
        .env("OLLAMA_MODELS", folder.path())
        .env("HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let ollama = RealOllama { child, address };
    let host = GpuHost::new();
    host.runtime.block_on(answers(&ollama))?;
    let why = host
        .run(&[("OLLAMA_HOST", &ollama.address)])
        .expect_err("it has no models");
    assert!(why.contains("lacks gemma2:latest"), "{why}");
    assert!(why.contains("ollama pull gemma2:latest"), "{why}");
    Ok(Completion::Completed)
}

/// Returns when the server tells its version.
async fn answers(ollama: &RealOllama) -> Result<(), Failed> {
    let url = format!("http://{}", ollama.address).parse()?;
    let client = Ollama::new(url, Limits::default())?;
    let answering = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while client.version().await.is_err() {
            ticks.tick().await;
        }
    };
    let answered = tokio::time::timeout(LIMIT, answering).await;
    Ok(answered.map_err(|_| "ollama serve does not answer")?)
}
