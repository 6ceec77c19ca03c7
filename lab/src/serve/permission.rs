//! Who may run what the book shows. Any user of this machine can reach the server's port, and so can the pages of other sites
//! by way of a reader's browser. So the terminal alone is told a random token; the page that is asked for with it leaves the
//! browser a cookie, and nothing runs without that. Reading needs neither.

use anyhow::{Context, Result};
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use subtle::ConstantTimeEq;

/// How an address names the token.
const PARAMETER: &str = "token=";

/// What a reader without the cookie is told.
pub const HOW: &str = "Open the address that the terminal of `cargo lab serve` printed, with its token.\n";

/// What the terminal and the browsers of its reader know.
pub struct Permission {
    token: String,
    /// The cookie's name. A browser sends the cookies of a host to all of its ports, so each server has a name of its own.
    cookie: String,
}

impl Permission {
    /// A new one, for the server at this port.
    pub fn new(port: u16) -> Result<Self> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).context("make a random token")?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Permission { token, cookie: format!("crossings-{port}") })
    }

    /// What follows the server's name in the address that the terminal is told.
    pub fn address(&self) -> String {
        format!("/?{PARAMETER}{}", self.token)
    }

    /// Whether these are the headers of a browser that has the cookie.
    pub fn has_cookie(&self, headers: &HeaderMap) -> bool {
        CookieJar::from_headers(headers).get(&self.cookie).is_some_and(|cookie| self.is_token(cookie.value()))
    }

    /// Refuses a request to run something that has no cookie, or that a page of another server made: a browser says whose, and
    /// sends cookies to this port from pages of all others at this host.
    pub fn refusal(&self, headers: &HeaderMap) -> Option<Response> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let own = text(header::HOST).map(|host| format!("http://{host}"));
        let why = match (text(header::ORIGIN), own) {
            (Some(origin), Some(own)) if origin == own && self.has_cookie(headers) => return None,
            (Some(origin), Some(own)) if origin == own => HOW,
            _ => "Only the book's own pages can ask for a run.\n",
        };
        Some((StatusCode::FORBIDDEN, why).into_response())
    }

    /// The answer to a page's address with a token: the cookie, and the way to the same page without it.
    pub fn entrance(&self, request: &Request) -> Option<Response> {
        let query = request.uri().query()?;
        let token = query.split('&').find_map(|pair| pair.strip_prefix(PARAMETER))?;
        if !self.is_token(token) {
            return Some(
                (StatusCode::FORBIDDEN, format!("This is not the token of this server.\n{HOW}")).into_response(),
            );
        }
        let cookie = Cookie::build((self.cookie.clone(), self.token.clone()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .build();
        // An address that begins with two slashes leads to another host, and a browser takes the other slash for one.
        let page = format!("/{}", request.uri().path().trim_start_matches(['/', '\\']));
        Some((CookieJar::new().add(cookie), Redirect::to(&page)).into_response())
    }

    /// Takes as long for each wrong token of the right length.
    fn is_token(&self, text: &str) -> bool {
        text.as_bytes().ct_eq(self.token.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::HeaderValue};

    fn permission() -> Permission {
        Permission::new(3000).expect("a token")
    }

    fn headers(cookie: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
        headers.insert(header::COOKIE, cookie.parse().expect("a header"));
        origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().expect("a header")));
        headers
    }

    #[test]
    fn each_server_has_a_token_of_its_own() {
        let (one, other) = (permission(), permission());
        assert_eq!(one.token.len(), 32);
        assert_ne!(one.token, other.token);
    }

    #[test]
    fn the_cookie_and_the_own_origin_are_needed_both() {
        let permission = permission();
        let cookie = format!("theme=rust; crossings-3000={}", permission.token);
        let own = Some("http://localhost:3000");
        assert!(permission.refusal(&headers(&cookie, own)).is_none());
        let other_port = cookie.replace("3000", "3001");
        for cookie in ["", "crossings-3000=", "crossings-3000=0123456789abcdef0123456789abcdef", &other_port] {
            assert!(permission.refusal(&headers(cookie, own)).is_some(), "{cookie}");
        }
        for origin in [None, Some("http://localhost:4000"), Some("https://localhost:3000"), Some("null"), Some("")] {
            assert!(permission.refusal(&headers(&cookie, origin)).is_some(), "{origin:?}");
        }
    }

    #[test]
    fn the_entrance_leads_to_no_other_host() {
        let permission = permission();
        let entrance = |address: &str| {
            let request = Request::builder().uri(address).body(Body::empty()).expect("a request");
            permission.entrance(&request)
        };
        let token = &permission.token;
        for (address, page) in
            [("/", "/"), ("/ioctl.html", "/ioctl.html"), ("//crossings.example/", "/crossings.example/")]
        {
            let answer = entrance(&format!("{address}?token={token}")).expect("an answer");
            assert_eq!(answer.headers()[header::LOCATION], page);
            let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text");
            for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
                assert!(cookie.contains(word), "{cookie}");
            }
        }
        assert_eq!(entrance("/?token=guessed").expect("an answer").status(), StatusCode::FORBIDDEN);
        assert!(entrance("/?highlight=token").is_none());
    }
}
