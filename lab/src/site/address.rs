//! Where a site will be, as far as its files say that: search engines and those who show a link ask for whole addresses.

use axum::http::Uri;
use std::path::{Path, PathBuf};

/// Pages that nobody should be led to: the one for wrong addresses, all pages in one, and the list of a reader without scripts.
const ASIDE: [&str; 3] = ["404.html", "print.html", "toc.html"];

/// mdBook's page for wrong addresses takes its styles from the root of the server.
const ROOT: &str = "<base href=\"/\">";

/// The address of a site's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// With a slash at its end.
    whole: String,
    /// The path in it, which begins and ends with a slash.
    path: String,
}

impl std::str::FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text} is no address such as https://example.org/crossings/");
        let uri: Uri = text.parse().map_err(|_| refused())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() || uri.query().is_some() {
            return Err(refused());
        }
        let slash = if text.ends_with('/') { "" } else { "/" };
        let path = uri.path().trim_end_matches('/');
        Ok(Address { whole: format!("{text}{slash}"), path: format!("{path}/") })
    }
}

impl Address {
    /// A page that says where it is, and where a picture of it is; `name` is its path in the site.
    pub fn applied(&self, page: &str, name: &Path, picture: Option<&Path>) -> String {
        if name == Path::new("404.html") {
            return page.replacen(ROOT, &format!("<base href=\"{}\">", self.path), 1);
        }
        let here = self.of(name);
        let picture = picture.map(|picture| {
            format!(
                "<meta property=\"og:image\" content=\"{}{}\">\n<meta property=\"og:image:width\" content=\"1200\">\n\
                 <meta property=\"og:image:height\" content=\"630\">\n<meta name=\"twitter:card\" content=\"summary_large_image\">\n",
                self.whole,
                picture.display()
            )
        });
        let links = format!(
            "<link rel=\"canonical\" href=\"{here}\">\n<meta property=\"og:url\" content=\"{here}\">\n{}</head>",
            picture.unwrap_or_default()
        );
        page.replacen("</head>", &links, 1)
    }

    /// `sitemap.xml` of these pages: <https://www.sitemaps.org/protocol.html>.
    pub fn map(&self, pages: &[PathBuf]) -> String {
        let led_to = pages.iter().filter(|name| !ASIDE.iter().any(|aside| name.as_path() == Path::new(aside)));
        let entries: String = led_to.map(|name| format!("<url><loc>{}</loc></url>\n", self.of(name))).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
             {entries}</urlset>\n"
        )
    }

    /// A folder's index is the folder, and the book's first page is its index once more.
    fn of(&self, name: &Path) -> String {
        let name = name.display().to_string();
        let name = if name == "crossings.html" { "" } else { name.strip_suffix("index.html").unwrap_or(&name) };
        format!("{}{name}", self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        "https://example.org/crossings".parse().expect("an address")
    }

    #[test]
    fn an_address_is_one_of_a_folder() {
        assert_eq!(address(), "https://example.org/crossings/".parse().expect("an address"));
        assert_eq!("http://localhost:8000".parse::<Address>().expect("an address").path, "/");
        for text in ["", "example.org", "/crossings/", "ftp://example.org/", "https://example.org/?x"] {
            text.parse::<Address>().expect_err(text);
        }
    }

    #[test]
    fn pages_say_where_they_are() {
        let page = |name: &str| address().applied("<head><base href=\"/\"></head>", Path::new(name), None);
        assert!(
            page("sources/ioctl.html")
                .contains("canonical\" href=\"https://example.org/crossings/sources/ioctl.html\"")
        );
        assert!(page("index.html").contains("canonical\" href=\"https://example.org/crossings/\""));
        let shown = address().applied("<head></head>", Path::new("a.html"), Some(Path::new("previews/a.png")));
        assert!(shown.contains("og:image\" content=\"https://example.org/crossings/previews/a.png\""), "{shown}");
        assert_eq!(page("404.html"), "<head><base href=\"/crossings/\"></head>");
    }

    #[test]
    fn the_map_has_the_pages_that_one_reads() {
        let pages = ["404.html", "index.html", "ioctl.html", "print.html"].map(PathBuf::from);
        let map = address().map(&pages);
        assert!(
            map.contains("<loc>https://example.org/crossings/</loc>") && map.contains("/ioctl.html</loc>"),
            "{map}"
        );
        assert!(!map.contains("404") && !map.contains("print"), "{map}");
    }
}
