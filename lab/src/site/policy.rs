//! What a page of the site may load and run: it says so itself, because the site's server may be any. Nothing comes from another
//! site, no script runs that mdBook or we have not written into the page, and a file that was altered is not used.

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use regex::{Captures, Regex};
use sha2::{Digest, Sha256, Sha384};
use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

/// Before this nothing is loaded, and after it browsers know how to read the rest.
const CHARSET: &str = "<meta charset=\"UTF-8\">";

/// A script that stands in the page.
static INLINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)<script>(.*?)</script>").expect("a pattern that compiles"));

/// A script or style that is loaded, up to where it says which.
static LOADED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<(?:script|link rel="stylesheet")(?: id="[^"]*")? (?:src|href)="([^":]+)""#)
        .expect("a pattern that compiles")
});

/// The page with its policy, and with the hash of each script and style that it loads. Its links begin at `folder`. Errors: the page
/// is not as mdBook writes it, or a file that it loads cannot be read.
pub fn applied(page: &str, folder: &Path) -> Result<String> {
    let (head, rest) = page.split_once(CHARSET).context("no charset: the page is not as mdBook 0.4 writes it")?;
    let mut hashes = Vec::new();
    for loaded in LOADED.captures_iter(rest) {
        let path = folder.join(&loaded[1]);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        hashes.push(format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes))));
    }
    let mut hashes = hashes.into_iter();
    let rest = LOADED.replace_all(rest, |loaded: &Captures| {
        format!("{} integrity=\"{}\"", &loaded[0], hashes.next().unwrap_or_default())
    });
    let policy = policy(page);
    Ok(format!("{head}{CHARSET}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{rest}"))
}

/// Of styles, those that mdBook, terminals and editors make are in elements and attributes, so these are allowed. WebAssembly is
/// what the machine is made of.
fn policy(page: &str) -> String {
    let inline: BTreeSet<String> = INLINE
        .captures_iter(page)
        .map(|script| format!(" 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(&script[1]))))
        .collect();
    [
        "default-src 'none'",
        "base-uri 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'none'",
        "frame-src 'self'",
        "img-src 'self' data:",
        &format!("script-src 'self' 'wasm-unsafe-eval'{}", inline.into_iter().collect::<String>()),
        "style-src 'self' 'unsafe-inline'",
        "worker-src 'self'",
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_allows_its_own_scripts_and_no_others() {
        let folder = tempfile::tempdir().expect("tempdir");
        fs::write(folder.path().join("book.js"), "").expect("write");
        let page = "<head><meta charset=\"UTF-8\"><script>alert(1)</script><script src=\"book.js\"></script></head>";
        let applied = applied(page, folder.path()).expect("a page");
        // `printf 'alert(1)' | openssl dgst -sha256 -binary | base64`, and sha384 of nothing.
        assert!(
            applied.contains(
                "script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; "
            ),
            "{applied}"
        );
        let integrity =
            "integrity=\"sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb\"></script></head>";
        assert!(applied.ends_with(&format!("<script src=\"book.js\" {integrity}")), "{applied}");
    }

    #[test]
    fn what_a_page_loads_must_be_there() {
        let folder = tempfile::tempdir().expect("tempdir");
        let page = "<meta charset=\"UTF-8\"><link rel=\"stylesheet\" id=\"x\" href=\"gone.css\">";
        let error = applied(page, folder.path()).expect_err("gone").to_string();
        assert!(error.contains("gone.css"), "{error}");
    }
}
