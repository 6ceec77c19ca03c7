//! Words in lines that fit, in whatever font a reader's machine has.

/// How wide a letter of the words for user space is, at most.
pub fn sans(letter: char) -> f64 {
    match letter {
        'm' | 'w' => 10.0,
        'i' | 'l' | 't' | 'f' | 'r' | ' ' | ',' | '(' | ')' | ':' | '.' => 4.5,
        letter if letter.is_uppercase() || letter == '_' => 7.6,
        _ => 6.8,
    }
}

/// The same of the functions' font, in which all are alike.
pub fn mono(_: char) -> f64 {
    6.95
}

/// A text in lines that are no wider than the room. A word that is wider is cut, behind an underscore if it has one.
pub fn wrapped(text: &str, room: f64, letter: fn(char) -> f64) -> Vec<String> {
    let width = |text: &str| text.chars().map(letter).sum::<f64>();
    let mut lines: Vec<String> = Vec::new();
    for mut word in text.split_whitespace() {
        if let Some(line) = lines.last_mut()
            && width(line) + letter(' ') + width(word) <= room
        {
            *line += " ";
            *line += word;
            continue;
        }
        while width(word) > room && word.chars().count() > 1 {
            let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
            let fits: Vec<_> = ends.take_while(|end| width(&word[..*end]) <= room).collect();
            let behind = fits.iter().rev().find(|end| word[..**end].ends_with('_'));
            let cut = behind.or(fits.last()).copied().unwrap_or_else(|| word.chars().next().map_or(1, char::len_utf8));
            lines.push(word[..cut].to_string());
            word = &word[cut..];
        }
        lines.push(word.to_string());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let wrapped = |text, letters| wrapped(text, f64::from(letters) * 6.95 + 0.1, mono);
        assert_eq!(wrapped("store to it again", 10), ["store to", "it again"]);
        assert_eq!(wrapped("a_word_that_is_long", 10), ["a_word_", "that_is_", "long"]);
        assert_eq!(wrapped("incomprehensible", 10), ["incomprehe", "nsible"]);
        assert_eq!(wrapped("ab", 0), ["a", "b"]);
        assert_eq!(wrapped("", 10), Vec::<String>::new());
    }
}
