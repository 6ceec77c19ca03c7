//! WebSockets between pages and the server, whatever they talk about: JSON objects with a version, and what a page that does not
//! listen leads to. Each conversation has a module of its own that says which messages there are.

use anyhow::{Context, Result, ensure};
use axum::{
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// The version of all messages. Either side refuses one that it does not know.
const VERSION: u32 = 1;

/// A page says what it wants, and takes what it is told, within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message with its version.
#[derive(Serialize)]
struct Told<'a, News> {
    version: u32,
    #[serde(flatten)]
    news: &'a News,
}

/// Takes a page's wish for a conversation, in which no message of the page is longer than so many bytes. Whether it may is
/// known already.
pub fn open<Talk>(
    upgrade: WebSocketUpgrade,
    longest: usize,
    hold: impl FnOnce(WebSocket) -> Talk + Send + 'static,
) -> Response
where
    Talk: Future<Output = ()> + Send + 'static,
{
    upgrade.max_message_size(longest).max_frame_size(longest).on_upgrade(hold)
}

/// Reads a message of a page.
pub fn read<Ask: DeserializeOwned>(text: &str) -> Result<Ask> {
    let value: Value = serde_json::from_str(text).context("this is no JSON")?;
    let version = &value["version"];
    ensure!(*version == VERSION, "version {version} of the messages is unknown here: load the page anew");
    Ok(serde_json::from_value(value)?)
}

/// A message to a page.
pub fn written(news: &impl Serialize) -> String {
    serde_json::to_string(&Told { version: VERSION, news }).unwrap_or_default()
}

/// What the page asks first. None: it has gone, has said what is no message, or says nothing.
pub async fn first<Ask: DeserializeOwned>(socket: &mut WebSocket) -> Option<Result<Ask>> {
    timeout(PATIENCE, next(socket)).await.ok().flatten()
}

/// What the page asks next. None: it has gone, or has said what is no message.
pub async fn next<Ask: DeserializeOwned>(socket: &mut WebSocket) -> Option<Result<Ask>> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(read(&text)),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Binary(_) | Message::Close(_)) | Err(_) => return None,
        }
    }
}

/// Tells the page something. Whether it has taken it.
pub async fn tell(socket: &mut WebSocket, news: &impl Serialize) -> bool {
    send(socket, Message::Text(written(news).into())).await
}

/// Sends a message as it is. Whether the page has taken it.
pub async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
}

/// Ends the conversation.
pub async fn close(mut socket: WebSocket) {
    let _ = send(&mut socket, Message::Close(None)).await;
}
