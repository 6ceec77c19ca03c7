//! rust-analyzer, spoken to as an editor does: by the Language Server Protocol, on its standard input and output.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// What the protocol answers when the server learned of a change meanwhile, or dropped the question for another reason: the
/// editor asks again.
const ASK_AGAIN: [i64; 2] = [-32801, -32802];

/// A running server.
pub struct Server {
    program: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    requests: i64,
}

impl Server {
    /// Opens a folder with the settings of an editor, and waits until the server has read all of it.
    pub fn open(folder: &Path, settings: &Value) -> Self {
        let mut command = Command::new("rust-analyzer");
        let piped = command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = piped.spawn().unwrap_or_else(|error| panic!("rust-analyzer: {error}; {INSTALLS}"));
        let (input, output) = (program.stdin.take().expect("input"), program.stdout.take().expect("output"));
        let mut server = Server { program, input, output: BufReader::new(output), requests: 0 };
        let uri = uri(folder);
        server.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": uri,
                "workspaceFolders": [{ "uri": uri, "name": "folder" }],
                "initializationOptions": settings,
                "capabilities": {
                    "textDocument": { "diagnostic": {} },
                    "experimental": { "serverStatusNotification": true },
                },
            }),
        );
        server.tell("initialized", json!({}));
        loop {
            let message = server.receive();
            let status = &message["params"];
            if message["method"] == "experimental/serverStatus" && status["quiescent"] == true {
                assert_eq!(status["health"], "ok", "{}; {INSTALLS}", status["message"]);
                return server;
            }
        }
    }

    /// The errors in a file that the editor opens and in which this text stands: each with its line.
    pub fn errors(&mut self, file: &Path, text: &str) -> Vec<String> {
        let document = json!({ "uri": uri(file), "languageId": "rust", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        let answer = self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri(file) } }));
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(file) } }));
        let found = answer["items"].as_array().unwrap_or_else(|| panic!("no diagnostics: {answer}"));
        let errors = found.iter().filter(|found| found["severity"] == 1);
        errors.map(|error| format!("{}: {}", line(error), error["message"].as_str().unwrap_or_default())).collect()
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        loop {
            self.requests += 1;
            self.send(json!({ "id": self.requests, "method": method, "params": parameters }));
            let answer = loop {
                let message = self.receive();
                if message["id"] == self.requests && message["method"].is_null() {
                    break message;
                }
            };
            match answer["error"]["code"].as_i64() {
                None => return answer["result"].clone(),
                Some(code) if ASK_AGAIN.contains(&code) => {}
                Some(_) => panic!("{method}: {}", answer["error"]),
            }
        }
    }

    fn tell(&mut self, method: &str, parameters: Value) {
        self.send(json!({ "method": method, "params": parameters }));
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("write to rust-analyzer");
    }

    /// The next message. What the server asks of the editor is answered with nothing.
    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut header = String::new();
            let read = self.output.read_line(&mut header).expect("read from rust-analyzer");
            assert!(read > 0, "rust-analyzer has ended; {INSTALLS}");
            match header.trim().split_once(": ") {
                Some(("Content-Length", bytes)) => length = bytes.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).expect("read from rust-analyzer");
        let message: Value = serde_json::from_slice(&text).expect("JSON");
        if !message["id"].is_null() && !message["method"].is_null() {
            self.send(json!({ "id": message["id"], "result": null }));
        }
        message
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// What to do about a program that is not there.
pub const INSTALLS: &str = "`ci/setup.sh --test` installs what this test needs";

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Lines are counted from 0 there.
fn line(found: &Value) -> i64 {
    found["range"]["start"]["line"].as_i64().unwrap_or_default() + 1
}
