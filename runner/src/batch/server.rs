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
    // Of a URL without a host nothing can be replaced, and nothing need be.
    if is_loopback(url) && address.set_host(Some("localhost")).is_ok() {
        format!("{host} {}", address.as_str().trim_end_matches('/'))
    } else {
        address.as_str().trim_end_matches('/').to_owned()
    }
}

/// Whether the server at `url` is on the machine called `host`. An address of its network is not known to be: such a
/// server counts as another machine's.
pub fn is_local(url: &Url, host: &str) -> bool {
    let is_named = |name: &str| name.eq_ignore_ascii_case(host);
    is_loopback(url) || url.host_str().is_some_and(is_named)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => true,
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

    #[test]
    fn a_server_is_on_this_machine_by_loopback_or_by_name_and_not_by_any_other_address() {
        let is_local = |url: &str| is_local(&url.parse().expect("a URL"), "laptop");
        assert!(is_local("http://127.0.0.1:11434"));
        assert!(is_local("http://laptop:11434"));
        assert!(!is_local("http://gpu-1:11434"));
        assert!(!is_local("http://192.168.7.7:11434"));
    }
}
