//! The server: pages, and the events that they are told. It answers this machine only, and only under this machine's names:
//! a page of another site that has its name lead here (DNS rebinding) is refused.

use crate::{
    book::page,
    serve::{
        exercise::{self, Exercises},
        pages::Pages,
        permission::Permission,
        run::{self, Runs},
        shell::{self, Shells},
        state::{Message, State},
    },
    vm::kernels,
};
use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{
        Request, State as Shared,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
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

/// No page is longer.
const LONGEST: usize = 64 << 20;

/// What the answers are made of.
#[derive(Clone)]
pub struct Book {
    /// The pages.
    pub pages: Arc<Pages>,
    /// What they are told.
    pub state: Arc<State>,
    /// What they run.
    pub runs: Arc<Runs>,
    /// The shells that their readers open.
    pub shells: Arc<Shells>,
    /// The exercises that their readers do.
    pub exercises: Arc<Exercises>,
    /// Who may have them run it.
    pub permission: Arc<Permission>,
}

/// Serves until Ctrl-C.
pub fn serve(listener: TcpListener, book: Book) -> Result<()> {
    listener.set_nonblocking(true).context("prepare the server's socket")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the server")?;
    runtime
        .block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let server = axum::serve(listener, router(book)).into_future();
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
        .route("/lab/run", get(run))
        .route("/lab/shell", get(shell))
        .route("/lab/exercise", get(exercise))
        .fallback(get(file))
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

/// What a page asks for by a WebSocket, if it is one.
type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// Runs a part of the book for a reader who may.
async fn run(Shared(book): Shared<Book>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    permitted(&book, &headers, upgrade, |upgrade| run::open(book.runs.clone(), upgrade))
}

/// Opens a shell for a reader who may.
async fn shell(Shared(book): Shared<Book>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    permitted(&book, &headers, upgrade, |upgrade| shell::open(book.shells.clone(), upgrade))
}

/// Lets a reader who may do an exercise.
async fn exercise(Shared(book): Shared<Book>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    permitted(&book, &headers, upgrade, |upgrade| exercise::open(book.exercises.clone(), upgrade))
}

fn permitted(
    book: &Book,
    headers: &HeaderMap,
    upgrade: Upgrade,
    open: impl FnOnce(WebSocketUpgrade) -> Response,
) -> Response {
    match (book.permission.refusal(headers), upgrade) {
        (Some(refusal), _) => refusal,
        (None, Ok(upgrade)) => open(upgrade),
        (None, Err(rejection)) => rejection.into_response(),
    }
}

/// The state at once, and then whatever changes.
async fn events(Shared(book): Shared<Book>, headers: HeaderMap) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (first, messages) = book.state.subscribe();
    let state = book.state.clone();
    // Who was too slow and missed some gets the whole state instead.
    let later = BroadcastStream::new(messages).map(move |message| message.unwrap_or_else(|_| state.message()));
    let events = stream::once(async { first }).chain(later);
    let may_run = book.permission.has_cookie(&headers);
    let heard = move |message: Message| if may_run { message } else { message.without_exercises() };
    Sse::new(events.map(move |message| Ok(event(&heard(message))))).keep_alive(KeepAlive::default())
}

fn event(message: &Message) -> Event {
    Event::default().data(serde_json::to_string(message).unwrap_or_default())
}

/// A file of the built book. Nothing of it may be kept by the browser without asking: it may be another in a second.
async fn file(Shared(book): Shared<Book>, request: Request) -> Response {
    if let Some(entrance) = book.permission.entrance(&request) {
        return entrance;
    }
    let words = if book.permission.has_cookie(request.headers()) { "serve run" } else { "serve" };
    let folder = book.pages.folder();
    let missing = ServeFile::new(folder.join("404.html"));
    let Ok(answer) = ServeDir::new(&folder).not_found_service(missing).oneshot(request).await;
    let (mut head, body) = answer.map(Body::new).into_parts();
    head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if !is_page(&head.headers) {
        return Response::from_parts(head, body);
    }
    match to_bytes(body, LONGEST).await {
        Ok(bytes) => {
            head.headers.remove(header::CONTENT_LENGTH);
            // The page is another with the cookie, and its file the same: no browser may take the one for the other.
            head.headers.remove(header::LAST_MODIFIED);
            let text = page::marked(
                &String::from_utf8_lossy(&bytes),
                words,
                &kernels::there().into_iter().map(|kernel| kernel.name).collect::<Vec<_>>(),
            );
            Response::from_parts(head, Body::from(text))
        }
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the page could not be read: {error}\n")).into_response()
        }
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
