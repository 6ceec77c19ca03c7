//! Questions that the page asks of its reader: each has one answer, and the reader comes to it.

use super::outline::{Box, Element};
use std::collections::BTreeMap;

/// A page with more questions than this stops being read.
const PREDICTIONS: usize = 10;

/// The least number of choices of a quiz.
const CHOICES: usize = 3;

/// What is wrong with the boxes of a page.
pub fn faults(outline: &[(usize, Element)]) -> Vec<String> {
    let mut faults = unanswered(outline);
    faults.extend(unpaired(outline));
    let boxes =
        || outline.iter().filter_map(|(_, element)| if let Element::Box(found) = element { Some(found) } else { None });
    let predictions = boxes().filter(|found| matches!(found, Box::Predict | Box::Opening(_))).count();
    if predictions > PREDICTIONS {
        faults.push(format!("has {predictions} Predict boxes, more than {PREDICTIONS}"));
    }
    let quizzes: Vec<&String> =
        boxes().filter_map(|found| if let Box::Quiz(text) = found { Some(text) } else { None }).collect();
    if quizzes.is_empty() {
        faults.push("has no quiz: a box that begins with `> **Quiz.**`".into());
    }
    faults.extend(quizzes.into_iter().flat_map(|text| quiz(text)));
    faults
}

/// Boxes that no output answers, before the next box and in the same section.
fn unanswered(outline: &[(usize, Element)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (place, (_, element)) in outline.iter().enumerate() {
        let Element::Box(asked @ (Box::Predict | Box::Answer(_))) = element else { continue };
        let mut next =
            outline[place + 1..].iter().map(|(_, element)| element).filter(|element| **element != Element::Listing);
        if !matches!(next.next(), Some(Element::Output(..))) {
            let heading = outline[..place].iter().rev().find_map(|(_, element)| match element {
                Element::Heading(title) => Some(title.as_str()),
                _ => None,
            });
            let name = if let Box::Answer(number) = asked { format!("Your answer {number}") } else { "Predict".into() };
            let section = heading.unwrap_or_default();
            faults.push(format!(
                "has a box \"{name}\" under \"{section}\" that no output answers before the next box or heading"
            ));
        }
    }
    faults
}

/// Opening questions without their answer, and the other way round.
fn unpaired(outline: &[(usize, Element)]) -> Vec<String> {
    let mut places: BTreeMap<u32, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, element) in outline {
        match element {
            Element::Box(Box::Opening(number)) => places.entry(*number).or_default().0.push(*place),
            Element::Box(Box::Answer(number)) => places.entry(*number).or_default().1.push(*place),
            _ => {}
        }
    }
    let paired = |(asked, answered): &(Vec<usize>, Vec<usize>)| match (&asked[..], &answered[..]) {
        ([asked], [answered]) => asked < answered,
        _ => false,
    };
    let unpaired = places.iter().filter(|(_, places)| !paired(places));
    unpaired
        .map(|(number, _)| format!("must have one \"Predict {number}\" and, later, one \"Your answer {number}\""))
        .collect()
}

/// What is wrong with one quiz.
fn quiz(text: &str) -> Vec<String> {
    let start: String = text.chars().take(60).collect();
    let choices: Vec<&str> = text.lines().filter(|line| line.starts_with("- [")).collect();
    let right = choices.iter().filter(|choice| choice.starts_with("- [x] ")).count();
    let mut faults = Vec::new();
    if right != 1 || choices.len() < CHOICES {
        faults.push(format!("has a quiz with {right} right choices of {}: {start}", choices.len()));
    }
    let reasoned = |choice: &&&str| choice.ends_with('*') && choice.trim_end_matches('*').contains(" *");
    if let Some(choice) = choices.iter().find(|choice| !reasoned(choice)) {
        faults.push(format!("has a quiz with a choice that does not end with its reason, in `*…*`: {choice}"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{super::outline, *};

    const QUIZ: &str = "> **Quiz.** q\n>\n> - [ ] a *b*\n> - [x] c *d*\n> - [ ] e *f*\n\n";
    const OUTPUT: &str = "<!-- cmdrun ../lab/output x --part \"p\" -->\n\n";

    fn of(text: &str) -> Vec<String> {
        faults(&outline::of(&format!("{QUIZ}{text}")))
    }

    #[test]
    fn answered_boxes_have_no_faults() {
        let text =
            format!("> **Predict 1.** a\n\n> **Predict.** b\n\n{OUTPUT}## C\n\n> **Your answer 1.** a\n\n{OUTPUT}");
        assert_eq!(of(&text), [""; 0]);
    }

    #[test]
    fn each_kind_of_fault_is_named() {
        for (text, fault) in [
            (format!("## S\n\n> **Predict.** a\n\n## T\n\n{OUTPUT}"), "\"Predict\" under \"S\" that no output answers"),
            ("> **Predict 1.** a\n\n".into(), "must have one \"Predict 1\""),
            (format!("> **Your answer 3.** a\n\n{OUTPUT}"), "\"Predict 3\""),
            (format!("> **Predict.** a\n\n{OUTPUT}").repeat(11), "more than 10"),
            ("> **Quiz.** q\n>\n> - [x] a *b*\n> - [x] c *d*\n> - [ ] e *f*\n".into(), "2 right choices of 3"),
            ("> **Quiz.** q\n>\n> - [x] a *b*\n> - [ ] c\n> - [ ] e *f*\n".into(), "does not end with its reason"),
        ] {
            let faults = of(&text);
            assert!(faults.len() == 1 && faults[0].contains(fault), "{text} gave {faults:?}");
        }
        assert!(faults(&[])[0].contains("has no quiz"));
    }
}
