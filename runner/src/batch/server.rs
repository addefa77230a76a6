//! The model servers of a run, as it is told of them.

use std::sync::Arc;

use url::{Host, Url};

use crate::llm::ModelServer;

/// A model server that a run may use.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it is called in leases, logs and messages: the same wherever it is reached from.
    pub name: String,
    /// How it is reached.
    pub client: Arc<dyn ModelServer>,
    /// Memory for models in bytes; `None`: unknown, one model at a time.
    pub gpu_memory: Option<u64>,
}

/// What this machine is called among others.
pub fn host_name() -> String {
    whoami::hostname().unwrap_or_else(|_| "localhost".to_owned())
}

/// The name of the server at `url` as seen from `host`: the same from wherever it is reached, as long as its address is.
/// A loopback address is another server on each machine, so the host's name stands before it. Who logs in there is left
/// out: a name goes into leases, logs and records.
pub fn server_name(url: &Url, host: &str) -> String {
    let mut shown = url.clone();
    // Only an address without a host refuses, and that has neither.
    let _ = shown
        .set_username("")
        .and_then(|()| shown.set_password(None));
    let address = shown.as_str().trim_end_matches('/');
    let is_local = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => true,
    };
    if is_local {
        format!("{host} {address}")
    } else {
        address.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(url: &str) -> String {
        server_name(&url.parse().expect("a URL"), "laptop")
    }

    #[test]
    fn a_server_has_the_same_name_from_everywhere_and_localhost_is_another_one_on_each_machine() {
        assert_eq!(name("http://gpu-1:11434/"), "http://gpu-1:11434");
        assert_eq!(
            name("http://teller:hunter2@gpu-1:11434"),
            "http://gpu-1:11434"
        );
        for local in [
            "http://localhost:11434",
            "http://127.0.0.1:11434",
            "http://[::1]:11434",
        ] {
            assert_eq!(name(local), format!("laptop {local}"));
        }
    }
}
