//! What the compiler says of a module, in terms of the kernel: there is no C library in it, and gcc's advice to include its
//! headers leads nowhere.

use regex::Regex;
use std::sync::LazyLock;

/// Functions of the C library that learners reach for, and what the kernel has for them.
const INSTEAD: [(&str, &str); 12] = [
    ("printf", "pr_info(\"…\\n\"), whose lines are in the kernel log: `cargo lab log`"),
    ("puts", "pr_info(\"…\\n\"), whose lines are in the kernel log: `cargo lab log`"),
    ("fprintf", "pr_err(\"…\\n\"), whose lines are in the kernel log: `cargo lab log`"),
    ("perror", "pr_err(\"…\\n\"), whose lines are in the kernel log: `cargo lab log`"),
    ("malloc", "kmalloc(size, GFP_KERNEL)"),
    ("calloc", "kcalloc(count, size, GFP_KERNEL)"),
    ("realloc", "krealloc(pointer, size, GFP_KERNEL)"),
    ("free", "kfree(pointer)"),
    ("strdup", "kstrdup(text, GFP_KERNEL)"),
    ("sleep", "ssleep(seconds)"),
    ("usleep", "usleep_range(least, most)"),
    ("exit", "return, with a negative errno"),
];

/// A function that is called and nowhere declared.
static UNDECLARED: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new("error: implicit declaration of function .(\\w+)."));

/// A message about one of them that helps nobody in the kernel.
static USELESS: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| {
    Regex::new(
        "note: include .<\\w+\\.h>. or provide a declaration|incompatible implicit declaration of built-in function",
    )
});

/// The compiler's messages, without advice to include the C library's headers, and with what the kernel has instead.
pub fn for_the_kernel(said: &str) -> String {
    let (Ok(undeclared), Ok(useless)) = (UNDECLARED.as_ref(), USELESS.as_ref()) else { return said.to_string() };
    let (mut lines, mut skips, mut advice) = (Vec::new(), false, None);
    for line in said.lines() {
        // A message goes on for as long as it shows its place in the source: lines with a bar.
        if !is_source(line) {
            lines.extend(advice.take());
            skips = useless.is_match(line);
            advice = undeclared.captures(line).and_then(|found| instead(&found[1]));
        }
        if !skips {
            lines.push(line.to_string());
        }
    }
    lines.extend(advice);
    lines.join("\n")
}

/// Whether a line is one in which gcc shows the source: `   13 |         printf("hello\n");`.
fn is_source(line: &str) -> bool {
    line.split_once('|').is_some_and(|(number, _)| number.chars().all(|letter| " +0123456789".contains(letter)))
}

/// What is said of a function of the C library.
fn instead(function: &str) -> Option<String> {
    let (_, instead) = INSTEAD.iter().find(|(name, _)| *name == function)?;
    Some(format!("The kernel has no {function}(): it does without the C library. Use {instead}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What gcc 12 says.
    const SAID: &str = "exercise.c: In function 'exercise_init':
exercise.c:13:9: error: implicit declaration of function 'printf' [-Werror=implicit-function-declaration]
   13 |         printf(\"hello\\n\");
      |         ^~~~~~
exercise.c:4:1: note: include '<stdio.h>' or provide a declaration of 'printf'
    3 | #include <linux/module.h>
  +++ |+#include <stdio.h>
    4 | #include <linux/mutex.h>
exercise.c:13:9: warning: incompatible implicit declaration of built-in function 'printf' [-Wbuiltin-declaration-mismatch]
   13 |         printf(\"hello\\n\");
      |         ^~~~~~
exercise.c:13:9: note: include '<stdio.h>' or provide a declaration of 'printf'
exercise.c:11:13: warning: unused variable 'unused' [-Wunused-variable]
   11 |         int unused;
      |             ^~~~~~";

    #[test]
    fn the_kernels_own_function_is_named_and_no_header_of_the_c_library() {
        let said = for_the_kernel(SAID);
        let expected = "exercise.c: In function 'exercise_init':
exercise.c:13:9: error: implicit declaration of function 'printf' [-Werror=implicit-function-declaration]
   13 |         printf(\"hello\\n\");
      |         ^~~~~~
The kernel has no printf(): it does without the C library. Use pr_info(\"…\\n\"), whose lines are in the kernel log: `cargo lab log`.
exercise.c:11:13: warning: unused variable 'unused' [-Wunused-variable]
   11 |         int unused;
      |             ^~~~~~";
        assert_eq!(said, expected);
    }

    #[test]
    fn what_does_not_concern_the_c_library_stays() {
        let said =
            "exercise.c:9:2: error: implicit declaration of function 'box_raise' [-Werror]\n    9 |  box_raise();";
        assert_eq!(for_the_kernel(said), said);
    }
}
