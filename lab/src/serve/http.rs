//! The server: pages, and the events that they are told. It answers this machine only, and only under this machine's names:
//! a page of another site that has its name lead here (DNS rebinding) is refused.

use crate::serve::{
    pages::Pages,
    state::{Message, State},
};
use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State as Shared},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::{Stream, StreamExt, stream};
use std::{convert::Infallible, net::TcpListener, sync::Arc};
use tokio_stream::wrappers::BroadcastStream;
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

/// What tells a page's script that this server can be asked. A page that is served otherwise has it not.
const SERVED: &str = "<meta name=\"crossings\" content=\"serve\">\n</head>";

/// No page is longer.
const LONGEST: usize = 64 << 20;

/// What the answers are made of.
#[derive(Clone)]
struct Book {
    pages: Arc<Pages>,
    state: Arc<State>,
}

/// Serves until Ctrl-C.
pub fn serve(listener: TcpListener, pages: Arc<Pages>, state: Arc<State>) -> Result<()> {
    listener.set_nonblocking(true).context("prepare the server's socket")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the server")?;
    runtime
        .block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let server = axum::serve(listener, router(Book { pages, state })).into_future();
            tokio::select! {
                served = server => served,
                ended = tokio::signal::ctrl_c() => ended,
            }
        })
        .context("serve the book")?;
    // A reader's page may still be listening; the process ends without waiting for it.
    runtime.shutdown_background();
    Ok(())
}

fn router(book: Book) -> Router {
    Router::new()
        .route("/lab/events", get(events))
        .fallback(get(page))
        .layer(middleware::from_fn(only_here))
        .with_state(book)
}

/// Refuses a request that was meant for another host.
async fn only_here(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.chars().all(|digit| digit.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    if ["localhost", "127.0.0.1"].contains(&name) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "The book is at localhost and 127.0.0.1, and at no other name.\n").into_response()
    }
}

/// The state at once, and then whatever changes.
async fn events(Shared(book): Shared<Book>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (first, messages) = book.state.subscribe();
    let state = book.state.clone();
    // Who was too slow and missed some gets the whole state instead.
    let later = BroadcastStream::new(messages).map(move |message| message.unwrap_or_else(|_| state.message()));
    let events = stream::once(async { first }).chain(later);
    Sse::new(events.map(|message| Ok(event(&message)))).keep_alive(KeepAlive::default())
}

fn event(message: &Message) -> Event {
    Event::default().data(serde_json::to_string(message).unwrap_or_default())
}

/// A file of the built book. Nothing of it may be kept by the browser without asking: it may be another in a second.
async fn page(Shared(book): Shared<Book>, request: Request) -> Response {
    let folder = book.pages.folder();
    let missing = ServeFile::new(folder.join("404.html"));
    let Ok(answer) = ServeDir::new(&folder).not_found_service(missing).oneshot(request).await;
    let (mut head, body) = answer.map(Body::new).into_parts();
    head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let is_page = head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Response::from_parts(head, body);
    }
    match to_bytes(body, LONGEST).await {
        Ok(bytes) => {
            head.headers.remove(header::CONTENT_LENGTH);
            let text = String::from_utf8_lossy(&bytes).replacen("</head>", SERVED, 1);
            Response::from_parts(head, Body::from(text))
        }
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the page could not be read: {error}\n")).into_response()
        }
    }
}
