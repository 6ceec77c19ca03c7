//! The kernel's own checkers, `ci/kernel-checks.sh`, on modules with a planted fault for each of them.

mod tool;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
use tool::outcome;

const STYLE: &str = "
static int __init planted_init(void)
{
	if( jiffies & 1 )
		return 0;
	return -EINVAL;
}
";

/// The lock is kept on one of two ways out.
const LOCKS: &str = "
static DEFINE_SPINLOCK(lock);

static int __init planted_init(void)
{
	spin_lock(&lock);
	if (jiffies & 1)
		return -EINVAL;
	spin_unlock(&lock);
	return 0;
}
";

const SOLUTION: &str = "
static int __init planted_init(void)
{
	int ret = 0;

	return ret;
}
";

fn module(text: &str) -> String {
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n#include <linux/errno.h>\n#include <linux/jiffies.h>\n#include <linux/module.h>\n\
         #include <linux/spinlock.h>\n{text}module_init(planted_init);\n\nMODULE_LICENSE(\"GPL\");\n\
         MODULE_DESCRIPTION(\"Planted\");\n"
    )
}

#[test]
fn a_fault_of_each_kind_is_shown_and_counted() {
    let course = tempfile::tempdir().expect("tempdir");
    let write = |path: &str, text: &str| {
        let path = course.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
        fs::write(path, text).expect("write");
    };
    for (name, text) in [("style", STYLE), ("locks", LOCKS)] {
        write(&format!("kmods/{name}/Kbuild"), &format!("obj-m := {name}.o\n"));
        write(&format!("kmods/{name}/{name}.c"), &module(text));
    }
    // A starter may be wrong in whatever way: it is not looked at.
    let (starter, solution) = (module(STYLE), module(SOLUTION));
    write("exercises/planted/answer/exercise.c", &starter);
    write("exercises/planted/answer/solution.diff", &diffy::create_patch(&starter, &solution).to_string());

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/kernel-checks.sh");
    let mut checks = Command::new(script);
    checks.env("CROSSINGS_ROOT", course.path()).env("CI", "true");
    let run = outcome(checks.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    run.expect(
        1,
        &[
            "kmods/style/style.c:9: ERROR:SPACING",
            "kmods/locks/locks.c:9:19: warning: context imbalance in 'planted_init'",
            "exercises/planted/answer/exercise.c:9:5-8: Unneeded variable: \"ret\"",
            "kmods/locks/locks.c:13:2-8: preceding lock on line 11",
            // sparse looks for both kernels.
            "7 passed, 5 failed",
        ],
    );
}
