//! The sections of a page, as a list of links.

/// The list, in HTML. It stands beside the text where there is room, and above it where there is not.
pub fn list(text: &str) -> String {
    let mut fenced = false;
    let mut items = String::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if let Some(title) = line.strip_prefix("## ").filter(|_| !fenced) {
            items += &format!("<li><a href=\"#{}\">{}</a></li>\n", id(title), title.replace('`', ""));
        }
    }
    format!("<nav class=\"sections\" aria-label=\"On this page\">\n<ul>\n{items}</ul>\n</nav>\n")
}

/// The id that mdBook gives to a heading.
fn id(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || "_- ".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_the_second_level_are_listed() {
        let list = list("# No\n\n## A `read(2)`, and more\n\n### No\n\n```sh\n## no\n```\n");
        assert!(list.contains("<a href=\"#a-read2-and-more\">A read(2), and more</a>"), "{list}");
        assert_eq!(list.matches("<li>").count(), 1);
    }
}
