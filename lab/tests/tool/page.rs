//! A page's WebSocket to `cargo lab serve`.

use super::server::Server;
use serde_json::{Value, json};
use std::{net::TcpStream, time::Duration};
use tungstenite::{ClientRequestBuilder, Error, Message, WebSocket, client};

/// A page's WebSocket.
pub struct Page(pub WebSocket<TcpStream>);

/// Opens one with these headers, or fails with the status of the answer.
pub fn open<Course>(server: &Server<Course>, path: &str, headers: &[(&str, &str)]) -> Result<Page, u16> {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("connect");
    // A lesson is built for the first time, on a machine that has other work.
    stream.set_read_timeout(Some(Duration::from_secs(240))).expect("set a time-out");
    let address = format!("ws://localhost:{}{path}", server.port).parse().expect("an address");
    let request = headers.iter().fold(ClientRequestBuilder::new(address), |request, (name, value)| {
        request.with_header(name.to_string(), value.to_string())
    });
    match client(request, stream) {
        Ok((socket, _)) => Ok(Page(socket)),
        Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// A page of the book, in a browser that has been at the printed address.
pub fn page<Course>(server: &Server<Course>, path: &str) -> Page {
    let origin = format!("http://localhost:{}", server.port);
    open(server, path, &[("Cookie", &server.cookie()), ("Origin", &origin)]).expect("a WebSocket")
}

impl Page {
    pub fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).expect("send");
    }

    pub fn run(&mut self, scene: &str, part: Option<&str>) {
        self.say(json!({"version": 1, "kind": "run", "scene": scene, "part": part, "kernel": "6.12"}));
    }

    /// Says what is no message of a page's, at which the server hangs up without a word.
    #[track_caller]
    pub fn makes_it_hang_up(mut self, message: Message) {
        // It may hang up before it has taken all of it.
        let _ = self.0.send(message);
        assert_eq!(self.next(), None);
    }

    /// The next message; none when the server has closed the socket.
    pub fn next(&mut self) -> Option<Value> {
        match self.0.read() {
            Ok(Message::Text(text)) => Some(serde_json::from_str(&text).expect("JSON")),
            Ok(Message::Binary(bytes)) => Some(json!({"kind": "shown", "text": String::from_utf8_lossy(&bytes)})),
            Ok(Message::Close(_)) | Err(_) => None,
            Ok(other) => panic!("{other:?}"),
        }
    }

    /// The next message of this kind.
    #[track_caller]
    pub fn wait(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().unwrap_or_else(|| panic!("closed before any {kind}"));
            if message["kind"] == kind {
                return message;
            }
            assert_ne!(message["kind"], "ended", "{message}");
        }
    }

    /// What its terminal shows until it shows this.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> String {
        let mut shown = String::new();
        while !shown.contains(text) {
            shown += self.wait("shown")["text"].as_str().unwrap_or_default();
        }
        shown
    }

    /// What was printed, what was logged, and how it ended.
    pub fn all(&mut self) -> (String, String, Value) {
        let (mut printed, mut logged) = (String::new(), String::new());
        loop {
            let message = self.next().expect("the run has an end");
            assert_eq!(message["version"], 1);
            let text = message["text"].as_str().unwrap_or_default();
            match message["kind"].as_str() {
                Some("output") => printed += text,
                Some("log") => logged += text,
                Some("ended") => return (printed, logged, message),
                _ => {}
            }
        }
    }
}
