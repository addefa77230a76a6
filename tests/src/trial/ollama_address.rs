//! The address of a model server, as Ollama's own programs read theirs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::secrets::masked;

/// Where Ollama listens when nobody told it otherwise.
pub const USUAL_HOST: &str = "127.0.0.1:11434";

/// Ollama's own port, where no scheme names another.
const USUAL_PORT: u16 = 11434;

/// Reads an address as Ollama reads `OLLAMA_HOST`: `host`, `host:port`, `:port`, an IPv6 address with or without brackets,
/// each with or without a scheme; blanks and quotes around it do not count. Without a port it is 11434 or, as Ollama has
/// it, that of the scheme where one is named. `0.0.0.0` and `::` are where a server listens to everybody, and nowhere to
/// go: they become this machine.
///
/// # Errors
/// What was expected and what was found, without a password. Ollama takes its usual port in place of one that is none;
/// here that is an error, because a run on another server than the one that was meant is worse than none.
pub fn ollama_address(text: &str) -> Result<Url, String> {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, port) = match text.split_once("://") {
        None => ("http", text, USUAL_PORT),
        Some(("https", rest)) => ("https", rest, 443),
        Some((scheme, rest)) => (scheme, rest, 80),
    };
    let wrong = |why: &str| {
        // A password is known by the scheme before it, which may have been left out.
        let found = format!("{scheme}://{rest}");
        format!(
            "expected the address of an Ollama server such as http://127.0.0.1:11434, found '{}': {why}",
            masked(&found)
        )
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = match authority {
        "" => return Err(wrong("it names no host")),
        port if port.starts_with(':') && !port.starts_with("::") => format!("127.0.0.1{port}"),
        bare if bare.parse::<Ipv6Addr>().is_ok() => format!("[{bare}]"),
        whole => whole.to_owned(),
    };
    let mut url = Url::parse(&format!("{scheme}://{authority}/{path}"))
        .map_err(|error| wrong(&error.to_string()))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host"));
    }
    if !names_port(&authority) {
        url.set_port(Some(port))
            .map_err(|()| wrong("it can have no port"))?;
    }
    let here = match url.host() {
        Some(Host::Ipv4(Ipv4Addr::UNSPECIFIED)) => Some(IpAddr::from(Ipv4Addr::LOCALHOST)),
        Some(Host::Ipv6(Ipv6Addr::UNSPECIFIED)) => Some(IpAddr::from(Ipv6Addr::LOCALHOST)),
        _ => None,
    };
    if let Some(here) = here {
        url.set_ip_host(here)
            .map_err(|()| wrong("it can have no host"))?;
    }
    Ok(url)
}

/// Whether a port stands behind the host. The parser forgets one that is the scheme's own.
fn names_port(authority: &str) -> bool {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    behind.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        ollama_address(text).map_or_else(|why| why, |url| url.to_string())
    }

    #[test]
    fn an_address_is_read_as_ollama_reads_its_own() {
        for (text, url) in [
            ("1.2.3.4", "http://1.2.3.4:11434/"),
            ("1.2.3.4:1234", "http://1.2.3.4:1234/"),
            (":1234", "http://127.0.0.1:1234/"),
            ("example.com", "http://example.com:11434/"),
            ("example.com:80", "http://example.com/"),
            ("[::1]", "http://[::1]:11434/"),
            ("::1", "http://[::1]:11434/"),
            ("[::1]:1337", "http://[::1]:1337/"),
            (" \"1.2.3.4\" ", "http://1.2.3.4:11434/"),
            ("'1.2.3.4'", "http://1.2.3.4:11434/"),
            ("http://1.2.3.4", "http://1.2.3.4/"),
            ("http://1.2.3.4:4321", "http://1.2.3.4:4321/"),
            ("https://1.2.3.4", "https://1.2.3.4/"),
            ("https://example.com/ollama", "https://example.com/ollama"),
        ] {
            assert_eq!(read(text), url, "{text}");
        }
    }

    #[test]
    fn where_a_server_listens_to_everybody_is_this_machine_for_who_calls_it() {
        for (text, url) in [
            ("0.0.0.0", "http://127.0.0.1:11434/"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080/"),
            ("http://0.0.0.0:8080", "http://127.0.0.1:8080/"),
            ("[::]", "http://[::1]:11434/"),
            ("::", "http://[::1]:11434/"),
        ] {
            assert_eq!(read(text), url, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_was_found_and_without_its_password() {
        for text in ["", "http://", "1.2.3.4:66000", "1.2.3.4:many", "http://a b"] {
            assert!(read(text).starts_with("expected the address"), "{text}");
        }
        for text in [
            "http://teller:hunter2@host:many",
            "teller:hunter2@host:many",
        ] {
            let refusal = read(text);
            assert!(
                refusal.contains("'http://teller:***@host:many'"),
                "{refusal}"
            );
        }
    }
}
