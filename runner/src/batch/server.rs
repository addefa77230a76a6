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
/// A loopback address is another server on each machine, so the host's name stands before it, and all of them are one
/// word. Who logs in there is left out: a name goes into leases, logs and records.
pub fn server_name(url: &Url, host: &str) -> String {
    let mut address = url.clone();
    // Only an address without a host refuses, and that has neither.
    let _ = address
        .set_username("")
        .and_then(|()| address.set_password(None));
    let is_local = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => true,
    };
    // Of a URL without a host nothing can be replaced, and nothing need be.
    if is_local && address.set_host(Some("localhost")).is_ok() {
        format!("{host} {}", address.as_str().trim_end_matches('/'))
    } else {
        address.as_str().trim_end_matches('/').to_owned()
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
            "http://[::1]:11434/",
            "http://0.0.0.0:11434",
        ] {
            assert_eq!(name(local), "laptop http://localhost:11434");
        }
        assert_eq!(name("http://127.0.0.1:2"), "laptop http://localhost:2");
    }
}
