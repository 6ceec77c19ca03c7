//! A record in words, for who does not see its picture.

use crate::figures::trace::record::{Function, Record, Step, What};

/// All steps, from the first to the last: a sentence for each turn that a task has.
pub fn told(record: &Record) -> String {
    let mut sentences = Vec::new();
    for turn in record.steps.chunk_by(|a, b| a.task == b.task && !matches!(b.what, What::Mark(_))) {
        let steps: Vec<_> = turn.iter().map(words).collect();
        sentences.push(match turn[0].task.and_then(|task| record.tasks.get(task)) {
            Some(name) => format!("{name}: {}.", steps.join(", ")),
            None => format!("{}.", steps.join(", ")),
        });
    }
    sentences.join(" ")
}

fn words(step: &Step) -> String {
    match &step.what {
        What::Mark(text) if step.task.is_none() => format!("scene, {text}"),
        What::Mark(text) => format!("in user space, {text}"),
        What::Enter(function) => format!("enters {}", name(function)),
        What::Call(function) => format!("calls {}", name(function)),
        What::Leave(function) => format!("leaves {}", function.name),
        What::Sleep => "sleeps".into(),
        What::Wake(whom) => format!("wakes {whom}"),
        What::Event(text) => text.clone(),
    }
}

fn name(Function { name, module }: &Function) -> String {
    match module {
        Some(module) => format!("{name} of the module {module}"),
        None => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_a_sentence() {
        let text = "reader  /* read(2) */\nreader  f [m]() {\nreader    /* sched_switch: prev_state=S */\n\
                    writer  g() {\nwriter    /* sched_wakeup: comm=reader */\nwriter  }\nreader  }\n";
        assert_eq!(
            told(&Record::parse(text).expect("a record")),
            "reader: in user space, read(2), enters f of the module m, sleeps. writer: enters g, wakes reader, leaves g. \
             reader: leaves f."
        );
    }
}
