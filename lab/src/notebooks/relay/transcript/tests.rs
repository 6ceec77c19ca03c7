//! The transcript, fed with what real cells wrote and with what no cell should.

use super::{
    super::evcxr::{BEGIN_TEXT, COMPLETE, END, PANICKED, RETURNED},
    Failure,
    Piece::{self, Ended, Printed, Private, Request},
    Transcript,
    recordings::{MARK, Recording, recordings},
};
use agent::Stream::{self, Aside, Stderr, Stdout};

/// Reads chunks in a fresh transcript.
fn read<'a>(chunks: impl IntoIterator<Item = (Stream, &'a [u8])>) -> Vec<Piece> {
    let mut transcript = Transcript::new(MARK);
    chunks.into_iter().flat_map(|(stream, bytes)| transcript.read(stream, bytes)).collect()
}

/// What cells that write this to standard output, and nothing to standard error, come to.
fn stdout(text: &str) -> Vec<Piece> {
    let text = text.replace("MARK", MARK);
    read([(Stderr, format!("{MARK}\n").as_bytes()), (Stdout, text.as_bytes())])
}

fn printed(line: &str) -> Piece {
    Printed(Stdout, line.to_string())
}

fn private(line: &str) -> Piece {
    Private(line.to_string())
}

#[test]
fn a_transcript_means_the_same_in_whatever_pieces_it_comes() {
    for Recording { cell, chunks, meaning } in recordings() {
        let whole = || chunks.iter().map(|(stream, text)| (*stream, text.as_bytes()));
        assert_eq!(read(whole()), meaning, "{cell}");
        let bytes = whole().flat_map(|(stream, bytes)| bytes.chunks(1).map(move |byte| (stream, byte)));
        assert_eq!(read(bytes), meaning, "{cell}, byte by byte");
        for (index, (stream, text)) in chunks.iter().enumerate() {
            for cut in 0..=text.len() {
                let (one, other) = text.as_bytes().split_at(cut);
                let cut = whole().take(index).chain([(*stream, one), (*stream, other)]).chain(whole().skip(index + 1));
                assert_eq!(read(cut), meaning, "{cell}, cut in {text:?} at {}", one.len());
            }
        }
    }
}

#[test]
fn each_output_means_the_same_however_the_others_overtake_it() {
    let of = |pieces: &[Piece], wanted: Stream| -> Vec<String> {
        let line = |piece: &Piece| match piece {
            Printed(stream, line) => (*stream == wanted).then(|| line.clone()),
            Private(line) => (wanted == Stdout).then(|| line.clone()),
            Request(line) => (wanted == Aside).then(|| line.clone()),
            Ended(_) => None,
        };
        pieces.iter().filter_map(line).collect()
    };
    for Recording { cell, chunks, meaning } in recordings() {
        for order in [[Stdout, Stderr, Aside], [Stderr, Aside, Stdout], [Aside, Stdout, Stderr]] {
            let chunks = order.iter().flat_map(|wanted| chunks.iter().filter(move |(stream, _)| stream == wanted));
            let pieces = read(chunks.map(|(stream, text)| (*stream, text.as_bytes())));
            order.iter().for_each(|stream| assert_eq!(of(&pieces, *stream), of(&meaning, *stream), "{cell}"));
            let ends: Vec<_> = pieces.iter().filter(|piece| matches!(piece, Ended(_))).collect();
            assert_eq!(ends, [meaning.last().expect("an end")], "{cell}, {order:?}");
        }
    }
}

#[test]
fn a_cell_has_not_ended_before_it_has_on_both_outputs() {
    let mark = format!("{MARK}\n");
    let mut transcript = Transcript::new(MARK);
    assert_eq!(transcript.read(Stdout, mark.as_bytes()), []);
    // A thread that the cell has left running.
    assert_eq!(transcript.read(Stdout, b"later\n"), [printed("later")]);
    assert_eq!(transcript.read(Stderr, b"late"), []);
    assert_eq!(transcript.read(Stderr, mark.as_bytes()), [Printed(Stderr, "late".to_string()), Ended(None)]);
    // The next cell has not, either.
    assert_eq!(transcript.read(Stderr, mark.as_bytes()), []);
    assert_eq!(transcript.read(Stdout, mark.as_bytes()), [Ended(None)]);
}

#[test]
fn a_failure_is_that_of_its_cell_and_not_of_the_next() {
    let end = format!("{MARK}\n");
    let failed = format!("{RETURNED}\n{PANICKED}\n{MARK}\n");
    let cells = [(Stderr, &end), (Stdout, &failed), (Stderr, &end), (Stdout, &end)];
    let pieces = read(cells.map(|(stream, text)| (stream, text.as_bytes())));
    assert_eq!(pieces, [Ended(Some(Failure::Panicked)), Ended(None)]);
}

#[test]
fn what_only_looks_like_the_end_of_a_cell_is_printed() {
    for line in [&MARK[..MARK.len() - 1], &format!("{MARK} "), &format!("{MARK}{}", &MARK[1..]), "LAB_END_OF_CELL_"] {
        assert_eq!(stdout(&format!("{line}\nMARK\n")), [printed(line), Ended(None)]);
    }
}

#[test]
fn evcxrs_marks_in_what_a_cell_prints_do_not_reach_evcxr_as_such() {
    assert_eq!(
        stdout(&format!("{COMPLETE}\nnot {COMPLETE}\n{COMPLETE}MARK\n")),
        [
            printed(&format!("{COMPLETE} ")),
            printed(&format!("not {COMPLETE}")),
            printed(&format!("{COMPLETE} ")),
            Ended(None)
        ]
    );
    assert_eq!(
        stdout("see EVCXR_BEGIN_CONTENT here and there\nMARK\n"),
        [printed("see EVCXR_BEGIN_CONTENT\u{a0}here and there"), Ended(None)]
    );
    assert_eq!(
        stdout(&format!("{PANICKED}: what is it?\n a {RETURNED} there\nMARK\n")),
        [private(&format!("{PANICKED}: what is it?")), printed(&format!(" a {RETURNED} there")), Ended(None)]
    );
}

#[test]
fn a_content_is_passed_on_and_always_ends() {
    let image = "EVCXR_BEGIN_CONTENT image/svg+xml";
    assert_eq!(
        stdout(&format!("{image}\n<svg>\n\n{RETURNED}\n</svg>\n{END}\nafter\nMARK\n")),
        [
            private(image),
            private("<svg>"),
            private(""),
            private(RETURNED),
            private("</svg>"),
            private(END),
            printed("after"),
            Ended(None)
        ]
    );
    // A value whose first line is that of a cell that has none.
    assert_eq!(
        stdout(&format!("{BEGIN_TEXT}\n()\nmore\n{END}\nMARK\n")),
        [private(BEGIN_TEXT), private("()"), private("more"), private(END), Ended(None)]
    );
    assert_eq!(
        stdout(&format!("{image}\n<svg>\nMARK\n")),
        [private(image), private("<svg>"), private(END), Ended(None)]
    );
    assert_eq!(stdout(&format!("{BEGIN_TEXT}\n()\nMARK\n")), [Ended(None)]);
    assert_eq!(
        stdout(&format!("{image}\n<svg{PANICKED}\nMARK\n")),
        [private(image), private("<svg"), private(END), Ended(Some(Failure::Panicked))]
    );
}

#[test]
fn what_is_no_utf_8_is_replaced_and_what_is_stays_whole() {
    let mark = format!("{MARK}\n");
    let pieces = read([
        (Stdout, b"a\xffb\n\xe2\x80".as_slice()),
        (Stderr, b"\xc3\n".as_slice()),
        (Stdout, b"\xa6\n\xe2\x80".as_slice()),
        (Stdout, mark.as_bytes()),
        (Stderr, mark.as_bytes()),
    ]);
    let wrong = Printed(Stderr, "\u{fffd}".to_string());
    assert_eq!(pieces, [printed("a\u{fffd}b"), wrong, printed("…"), printed("\u{fffd}"), Ended(None)]);
}

#[test]
fn a_line_of_any_length_is_one_line() {
    let chunk = vec![b'x'; 32 << 10];
    let end = format!("{MARK}\n");
    let chunks = std::iter::repeat_n((Stdout, chunk.as_slice()), 1024);
    let pieces = read(chunks.chain([(Stdout, end.as_bytes()), (Stderr, end.as_bytes())]));
    assert!(matches!(&pieces[..], [Printed(Stdout, line), Ended(None)] if line.len() == 32 << 20));
}

#[test]
fn the_rest_is_what_was_printed_of_a_line() {
    let mut transcript = Transcript::new(MARK);
    assert_eq!(transcript.read(Stdout, b"whole\nbegun"), [printed("whole")]);
    assert_eq!(transcript.read(Stderr, b"also"), []);
    assert_eq!(transcript.rest(), [printed("begun"), Printed(Stderr, "also".to_string())]);
    assert_eq!(transcript.rest(), []);
}
