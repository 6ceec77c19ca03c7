//! What the rules make of a few lines.

use super::{Mutant, equivalent::Equivalent, source::Source};
use crate::exercises::exercise::Side;

/// The mutants of a text: the rule and the lines of each, without the name of the function.
fn mutants(side: Side, text: &str) -> Vec<(&'static str, String)> {
    let source = Source::parse(text, side).expect("parse");
    let mutants = Mutant::of(&source, "").expect("mutants");
    let lines = |mutant: &Mutant| mutant.change.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n");
    mutants.iter().map(|mutant| (mutant.rule, lines(mutant))).collect()
}

/// That a function with this body has exactly these mutants.
#[track_caller]
fn makes(side: Side, body: &str, expected: &[(&str, &str)]) {
    let text = match side {
        Side::Kernel => format!("static int __init f(char __user *buf)\n{{\n{body}\n}}\n"),
        Side::User => format!("fn f() -> Result<()> {{\n{body}\n}}\n"),
    };
    let made = mutants(side, &text);
    let made: Vec<(&str, &str)> = made.iter().map(|(rule, lines)| (*rule, lines.as_str())).collect();
    assert_eq!(made, expected, "{text}");
}

#[test]
fn a_lock_goes_with_its_unlocks() {
    makes(
        Side::Kernel,
        "\tmutex_lock(&a);\n\tg(b);\n\tmutex_unlock(&a);",
        &[
            ("no lock", "-\tmutex_lock(&a);\n-\tmutex_unlock(&a);"),
            ("not done", "-\tg(b);"),
            ("not done", "-\tmutex_unlock(&a);"),
        ],
    );
    let made = mutants(
        Side::Kernel,
        "void start(void)\n{\n\tmutex_lock(&a);\n}\nvoid stop(void)\n{\n\tmutex_unlock(&a);\n}\n\
         void other(void)\n{\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n}\n",
    );
    assert_eq!(made[0], ("no lock", "-\tmutex_lock(&a);\n-\tmutex_unlock(&a);".into()), "of start() and stop()");
    let killable = mutants(Side::Kernel, "int f(void)\n{\n\terr = mutex_lock_killable(&a);\n\tmutex_unlock(&a);\n}\n");
    let expected = "-\terr = mutex_lock_killable(&a);\n-\tmutex_unlock(&a);\n+\terr = 0;";
    assert!(killable.contains(&("no lock", expected.into())), "{killable:#?}");
    assert!(killable.iter().any(|(rule, lines)| *rule == "no signal ends it" && lines.contains("mutex_lock(&a); 0;")));
}

#[test]
fn who_waits_polls_or_is_deaf() {
    let made = mutants(Side::Kernel, "int f(void)\n{\n\treturn wait_event_interruptible(q, READ_ONCE(a));\n}\n");
    let rules: Vec<_> = made.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, ["looks again and again", "no signal ends it"]);
    assert!(made[0].1.contains("while (!(READ_ONCE(a)) && !(stop = signal_pending(current)))"), "{made:#?}");
    assert!(made[1].1.contains("({ wait_event(q, READ_ONCE(a)); 0; })"), "{made:#?}");
    let body = "poll(&mut [file], PollTimeout::NONE)";
    makes(
        Side::User,
        &format!("{body}?;\nOk(())"),
        &[
            ("not done", &format!("-{body}?;")),
            ("an error is not looked at", &format!("-{body}?;\n+let _ = {body};")),
            ("looks again and again", &format!("-{body}?;\n+poll(&mut [file], PollTimeout::ZERO)?;")),
        ],
    );
}

#[test]
fn conditions_are_turned_round_left_out_and_halved() {
    makes(
        Side::Kernel,
        "\tif (a || b)\n\t\tgoto out;",
        &[
            ("a condition turned round", "-\tif (a || b)\n+\tif (!(a || b))"),
            ("not looked at", "-\tif (a || b)\n-\t\tgoto out;"),
            ("only one of two", "-\tif (a || b)\n+\tif (a)"),
            ("only one of two", "-\tif (a || b)\n+\tif (b)"),
        ],
    );
    makes(Side::User, "while a {}\nOk(())", &[("looked at only once", "-while a {}\n+if a {}")]);
    makes(
        Side::User,
        "if a {\nb();\n} else if c < d {\n}\nOk(())",
        &[
            ("a condition turned round", "-if a {\n+if !(a) {"),
            ("not done", "-b();"),
            ("a condition turned round", "-} else if c < d {\n+} else if !(c < d) {"),
            ("not looked at", "-} else if c < d {\n-}\n+}"),
            ("another sign", "-} else if c < d {\n+} else if c <= d {"),
        ],
    );
}

#[test]
fn numbers_lengths_and_errnos_are_others() {
    makes(
        Side::Kernel,
        "\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;",
        &[
            ("always the same branch", "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn -EFAULT;"),
            ("always the same branch", "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn 0x1fUL;"),
            (
                "one less",
                "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn copy(to, from, len - 1) ? -EFAULT : 0x1fUL;",
            ),
            (
                "one more",
                "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn copy(to, from, len + 1) ? -EFAULT : 0x1fUL;",
            ),
            (
                "another errno",
                "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn copy(to, from, len) ? -EIO : 0x1fUL;",
            ),
            (
                "one more",
                "-\treturn copy(to, from, len) ? -EFAULT : 0x1fUL;\n+\treturn copy(to, from, len) ? -EFAULT : 0x20UL;",
            ),
        ],
    );
    makes(Side::Kernel, "\tf(0644);", &[("not done", "-\tf(0644);"), ("one more", "-\tf(0644);\n+\tf(0645);")]);
    makes(
        Side::User,
        "Err(Errno::EAGAIN)",
        &[("not done", "-Err(Errno::EAGAIN)\n+Ok(())"), ("another errno", "-Err(Errno::EAGAIN)\n+Err(Errno::EBUSY)")],
    );
}

#[test]
fn what_tells_others_comes_too_early() {
    makes(
        Side::Kernel,
        "\ta = b;\n\twake_up(&q);",
        &[
            ("not done", "-\ta = b;"),
            ("in the other order", "+\twake_up(&q);\n-\twake_up(&q);"),
            ("not done", "-\twake_up(&q);"),
        ],
    );
}

#[test]
fn what_the_starter_has_is_left_alone() {
    let text = "int f(void)\n{\n\tg();\n}\nint h(void)\n{\n\tg();\n}\n";
    let source = Source::parse(text, Side::Kernel).expect("parse");
    let mutants = Mutant::of(&source, "int f(void)\n{\n\tg();\n}\nint h(void)\n{\n}\n").expect("mutants");
    let changes: Vec<_> = mutants.iter().map(|mutant| mutant.change.as_str()).collect();
    assert_eq!(changes, ["@@ h @@\n-\tg();\n"]);
}

#[test]
fn the_list_of_equivalents_names_changes_and_reasons() {
    let text = "int f(void)\n{\n\tg();\n\th();\n\tg();\n}\n";
    let mutants = Mutant::of(&Source::parse(text, Side::Kernel).expect("parse"), "").expect("mutants");
    let [first, other, second] = &mutants[..] else { panic!("{mutants:#?}") };
    assert_eq!(second.change, "@@ f (2) @@\n-\tg();\n");
    let list = Equivalent::parse("It is done again.\n\n```diff\n@@ f @@\n-\tg();\n```\n");
    assert!(list.has(first) && !list.has(second) && !list.has(other));
    assert_eq!(list.faults(&mutants), [""; 0]);
    assert!(list.faults(&mutants[1..])[0].contains("no rule makes any more"));
    let unreasoned = Equivalent::parse("# A heading\n\n```diff\n@@ f @@\n-\tg();\n```\n");
    assert!(unreasoned.faults(&mutants)[0].contains("gives no reason for"));
    let two = Equivalent::parse(
        "Both.\n\n```diff\n@@ f @@\n-\tg();\n\n@@ f @@\n-\th();\n```\n\n```diff\n@@ f (2) @@\n-\tg();\n```\n",
    );
    assert!(mutants.iter().all(|mutant| two.has(mutant)));
    assert_eq!(two.faults(&mutants), [""; 0]);
}
