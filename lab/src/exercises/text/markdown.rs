//! The Markdown of exercises on a terminal, where what its marks mean is shown and not the marks, and as HTML.

use anstyle::{AnsiColor, Effects};
use pulldown_cmark::{Event, Parser, Tag, TagEnd, html::push_html};
use ratatui::{
    style::{Color, Modifier, Style},
    text::{Line, Span, Text},
};
use std::mem;

/// How code is shown, within a line and in lines of its own.
const CODE: Style = Style::new().fg(Color::Cyan);

/// A text, with a line for each of its paragraphs: whoever shows it breaks lines.
pub fn text(markdown: &str) -> Text<'static> {
    let mut writer = Writer::default();
    Parser::new(markdown).for_each(|event| writer.take(event));
    writer.end_line();
    Text::from(writer.lines)
}

/// Prints a text behind an empty line, with colours where standard output shows them.
pub fn print(markdown: &str) {
    anstream::println!("\n{}", ansi(&text(markdown)));
}

/// A text in HTML, for a page. It is the course's own: what is HTML in it stays so.
pub fn html(markdown: &str) -> String {
    let mut html = String::new();
    push_html(&mut html, Parser::new(markdown));
    html
}

/// A text with the escape sequences of terminals.
fn ansi(text: &Text) -> String {
    let span = |span: &Span| {
        let mut style = anstyle::Style::new();
        for (modifier, effect) in [(Modifier::BOLD, Effects::BOLD), (Modifier::ITALIC, Effects::ITALIC)] {
            if span.style.add_modifier.contains(modifier) {
                style = style.effects(style.get_effects() | effect);
            }
        }
        if span.style.fg == CODE.fg {
            style = style.fg_color(Some(AnsiColor::Cyan.into()));
        }
        format!("{style}{}{style:#}", span.content)
    };
    let line = |line: &Line| line.iter().map(span).collect::<String>();
    text.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What has been written, and how the next words are to be.
#[derive(Default)]
struct Writer {
    lines: Vec<Line<'static>>,
    line: Vec<Span<'static>>,
    style: Style,
    is_quoted: bool,
    is_code: bool,
    /// The number of the next item of each open list; none for a list without numbers.
    lists: Vec<Option<u64>>,
}

impl Writer {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_code => {
                for line in text.lines() {
                    self.write(&format!("    {}", line.replace('\t', "    ")), CODE);
                    self.end_line();
                }
            }
            Event::Code(code) => self.write(&code, self.style.patch(CODE)),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.write(&text, self.style),
            Event::SoftBreak => self.write(" ", self.style),
            Event::HardBreak => self.end_line(),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag) {
        match tag {
            Tag::Paragraph => self.begin_part(),
            Tag::Heading { .. } => {
                self.begin_part();
                self.style = self.style.add_modifier(Modifier::BOLD);
            }
            Tag::BlockQuote(_) => self.is_quoted = true,
            Tag::CodeBlock(_) => {
                self.begin_part();
                self.is_code = true;
            }
            Tag::List(first) => {
                self.begin_part();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.end_line();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => format!("{}. ", mem::replace(number, *number + 1)),
                    _ => "- ".to_string(),
                };
                self.write(&mark, self.style);
            }
            Tag::Strong => self.style = self.style.add_modifier(Modifier::BOLD),
            Tag::Emphasis => self.style = self.style.add_modifier(Modifier::ITALIC),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item => self.end_line(),
            TagEnd::Heading(_) => {
                self.end_line();
                self.style = Style::new();
            }
            TagEnd::BlockQuote(_) => self.is_quoted = false,
            TagEnd::CodeBlock => self.is_code = false,
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Strong => self.style.add_modifier.remove(Modifier::BOLD),
            TagEnd::Emphasis => self.style.add_modifier.remove(Modifier::ITALIC),
            _ => {}
        }
    }

    /// Begins a part of the text, behind an empty line; an item of a list is one part.
    fn begin_part(&mut self) {
        if self.lists.is_empty() {
            self.end_line();
            if !self.lines.is_empty() {
                self.lines.push(Line::default());
            }
        }
    }

    fn write(&mut self, text: &str, style: Style) {
        if self.line.is_empty() && self.is_quoted {
            self.line.push(Span::raw("  | "));
        }
        self.line.push(Span::styled(text.to_string(), style));
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(Line::from(mem::take(&mut self.line)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(markdown: &str) -> Vec<String> {
        text(markdown).iter().map(Line::to_string).collect()
    }

    #[test]
    fn marks_are_not_shown() {
        let shown = lines("Call `read` *now*,\n**or** never.\n\n> it sleeps\n\n- one\n- `two`\n\n1. first\n2. second");
        let lists = ["- one", "- two", "", "1. first", "2. second"];
        let expected = ["Call read now, or never.", "", "  | it sleeps", ""].into_iter().chain(lists);
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }

    #[test]
    fn code_keeps_its_lines() {
        let shown = lines("See\n\n```c\nint i;\n\ti = 1;\n```\n\nand go on");
        assert_eq!(shown, ["See", "", "    int i;", "        i = 1;", "", "and go on"]);
    }

    #[test]
    fn emphasis_is_a_style_that_ends() {
        let line = &text("a *b* **c** `d` e").lines[0];
        let of = |content: &str| line.iter().find(|span| span.content == content).expect("a span").style;
        assert!(of("b").add_modifier.contains(Modifier::ITALIC) && of("c").add_modifier.contains(Modifier::BOLD));
        assert_eq!(of("d").fg, CODE.fg);
        assert_eq!(of(" e"), Style::new());
        assert!(ansi(&text("**c**")).contains("\u{1b}[1mc\u{1b}[0m"));
    }
}
