//! Messages between Jupyter and a kernel: <https://jupyter-client.readthedocs.io/en/stable/messaging.html>.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// What stands between the addresses of a message and the rest of it.
const DELIMITER: &[u8] = b"<IDS|MSG>";

/// A message.
#[derive(Clone)]
pub struct Message {
    /// Whom it goes to, or on which topic.
    addresses: Vec<Vec<u8>>,
    /// What it is: its type, its number, who sends it.
    pub header: Value,
    /// The header of the message that has caused it.
    pub parent: Value,
    metadata: Value,
    /// What it says.
    pub content: Value,
    buffers: Vec<Vec<u8>>,
}

/// What a kernel's messages are signed with.
#[derive(Clone)]
pub struct Key(Option<Hmac<Sha256>>);

impl Key {
    /// The key of a connection file; an empty one signs nothing.
    pub fn new(key: &str) -> Self {
        Key(Some(key).filter(|key| !key.is_empty()).and_then(|key| Hmac::new_from_slice(key.as_bytes()).ok()))
    }

    fn sign<'a>(&self, parts: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
        let Some(mut mac) = self.0.clone() else { return Vec::new() };
        parts.into_iter().for_each(|part| mac.update(part));
        hex::encode(mac.finalize().into_bytes().as_slice()).into_bytes()
    }
}

impl Message {
    /// Reads one from the parts in which it was sent; none if they are something else, a subscription for example.
    pub fn read(parts: &[Vec<u8>]) -> Option<Self> {
        let place = parts.iter().position(|part| part == DELIMITER)?;
        let (addresses, [_, _signature, header, parent, metadata, content, buffers @ ..]) = parts.split_at(place)
        else {
            return None;
        };
        let json = |part: &Vec<u8>| serde_json::from_slice(part).ok();
        Some(Message {
            addresses: addresses.to_vec(),
            header: json(header)?,
            parent: json(parent)?,
            metadata: json(metadata)?,
            content: json(content)?,
            buffers: buffers.to_vec(),
        })
    }

    /// The parts to send, signed.
    pub fn parts(&self, key: &Key) -> Vec<Vec<u8>> {
        let signed =
            [&self.header, &self.parent, &self.metadata, &self.content].map(|part| part.to_string().into_bytes());
        let signature = key.sign(&signed);
        let mut parts = self.addresses.clone();
        parts.extend([DELIMITER.to_vec(), signature]);
        parts.extend(signed);
        parts.extend(self.buffers.clone());
        parts
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }

    /// The number of the message that has caused it.
    pub fn cause(&self) -> &str {
        self.parent["msg_id"].as_str().unwrap_or_default()
    }

    /// Another message of the same sender's with the same cause.
    pub fn beside(&self, kind: &str, content: Value) -> Self {
        let mut message = Message { content, buffers: Vec::new(), ..self.clone() };
        message.header["msg_type"] = kind.into();
        // Its own number, and no one else's: a message that is told apart by it is not taken for this one.
        message.header["msg_id"] = format!("{}-{kind}", self.header["msg_id"].as_str().unwrap_or_default()).into();
        message
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// A message without addresses.
    pub fn message(kind: &str, parent: Value, content: Value) -> Message {
        Message {
            addresses: Vec::new(),
            header: json!({ "msg_type": kind, "msg_id": "1" }),
            parent,
            metadata: json!({}),
            content,
            buffers: Vec::new(),
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_signed() {
        // As hmac.new(b"key", b'{"msg_id":"1","msg_type":"x"}{}{}{"a":1}', "sha256") of Python's has it.
        let signature = b"4d315654716920d3dde0f8702aa82a867450303fb85689ccfaaec524fa3f643e";
        let mut message = message("x", json!({}), json!({ "a": 1 }));
        message.addresses.push(b"who".to_vec());
        let parts = message.parts(&Key::new("key"));
        assert_eq!(parts[..3], [b"who".to_vec(), DELIMITER.to_vec(), signature.to_vec()]);
        let again = Message::read(&parts).expect("a message");
        assert_eq!((again.kind(), &again.content), ("x", &json!({ "a": 1 })));
        assert_eq!(again.parts(&Key::new("key")), parts);
        assert!(message.parts(&Key::new(""))[2].is_empty(), "signed with nothing");
    }

    #[test]
    fn a_subscription_is_no_message() {
        assert!(Message::read(&[b"\x01".to_vec()]).is_none());
        assert!(Message::read(&[DELIMITER.to_vec(), b"".to_vec()]).is_none());
    }
}
