//! A real browser without a window, spoken to in its own protocol (CDP) over two pipes: no port, no driver, no library.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// No answer takes longer, on whatever machine.
const LIMIT: Duration = Duration::from_mins(1);

/// What browsers that speak the protocol are called.
const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome-headless-shell",
];

/// The protocol goes over the descriptors 3 and 4. The shell puts our pipes there and becomes the browser.
const BECOME: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null"#;

const FLAGS: [&str; 12] = [
    "--headless",
    // It is our own page that it opens, and as root it starts in no other way.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "about:blank",
];

/// The browser of this machine, where it has one.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// A browser with one page. It ends when it is dropped.
pub(crate) struct Browser {
    _child: Child,
    _profile: TempDir,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    asked: u64,
    loaded: bool,
    /// What the page had to complain about: errors, whatever is written to its console, dialogs, and requests.
    pub(crate) complaints: Vec<String>,
}

impl Browser {
    pub(crate) async fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", BECOME])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut browser = Self {
            to: child.stdin.take().unwrap(),
            from: BufReader::new(child.stdout.take().unwrap()),
            _child: child,
            _profile: profile,
            session: None,
            asked: 0,
            loaded: false,
            complaints: Vec::new(),
        };
        let page = browser
            .call("Target.createTarget", &json!({"url": "about:blank"}))
            .await;
        let target = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &target).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({})).await;
        }
        browser
    }

    /// Opens a page and waits until all of it is there.
    pub(crate) async fn open(&mut self, page: &Path) {
        self.loaded = false;
        let url = format!("file://{}", page.display());
        self.call("Page.navigate", &json!({"url": url})).await;
        while !self.loaded {
            self.next().await;
        }
    }

    /// A window of this size, in the light or the dark scheme.
    pub(crate) async fn window(&mut self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size).await;
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &features).await;
    }

    pub(crate) async fn without_scripts(&mut self) {
        self.call(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": true}),
        )
        .await;
    }

    /// The value of an expression in the page.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", &asked).await;
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer:#}"
        );
        answer["result"]["value"].take()
    }

    pub(crate) async fn point_at(&mut self, x: f64, y: f64) {
        let event = json!({"type": "mouseMoved", "x": x, "y": y});
        self.call("Input.dispatchMouseEvent", &event).await;
    }

    pub(crate) async fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key});
            self.call("Input.dispatchKeyEvent", &event).await;
        }
    }

    /// The whole page as a PNG, in base64. The window becomes as high as the page, for pictures beyond a window hang in
    /// some versions.
    pub(crate) async fn screenshot(&mut self) -> String {
        let size = "[document.documentElement.clientWidth, document.documentElement.scrollHeight]";
        let size = self.value(size).await;
        // Beyond this a picture has more pixels than the browser draws at once.
        let height = size[1].as_f64().unwrap().min(12_000.0);
        let window =
            json!({"width": size[0], "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &window)
            .await;
        let picture = self
            .call("Page.captureScreenshot", &json!({"format": "png"}))
            .await;
        picture["data"].as_str().unwrap().to_owned()
    }

    async fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut question = json!({"id": self.asked, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            question["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&question).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).await.unwrap();
        loop {
            let Some(mut answer) = self.next().await else {
                continue;
            };
            assert!(answer.get("error").is_none(), "{method}: {answer}");
            return answer["result"].take();
        }
    }

    /// The next message, where it answers the last question; events are noted.
    async fn next(&mut self) -> Option<Value> {
        let mut bytes = Vec::new();
        let read = timeout(LIMIT, self.from.read_until(0, &mut bytes)).await;
        assert!(
            read.expect("the browser says nothing").unwrap() > 0,
            "the browser has ended"
        );
        bytes.pop();
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        if message["id"] == json!(self.asked) {
            return Some(message);
        }
        self.note(&message);
        None
    }

    fn note(&mut self, event: &Value) {
        let about = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.loaded = true,
            "Network.requestWillBeSent" if about["type"] == "Document" => {}
            "Network.requestWillBeSent"
            | "Runtime.consoleAPICalled"
            | "Runtime.exceptionThrown"
            | "Log.entryAdded"
            | "Page.javascriptDialogOpening" => self.complaints.push(event.to_string()),
            _ => {}
        }
    }
}
