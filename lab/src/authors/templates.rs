//! The files of the skeletons, in `lab/templates`: real files, in which `SLUG` and `NAME` stand for the names of the chapter
//! and the exercise.

/// A file: its path, below the course or below an exercise's folder, and its text.
pub type Template = (&'static str, &'static str);

/// Files of a folder in `lab/templates`.
macro_rules! templates {
    ($folder:literal: $($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../templates/", $folder, "/", $path)))),*]
    };
}

/// What every chapter has. In its page, the line `KERNEL_SIDE` stands for a text of its kind's.
pub const CHAPTER: &[Template] = templates!("chapter":
    "lessons/SLUG/src/main.rs"
    "lessons/SLUG/src/story/mod.rs"
    "lessons/SLUG/src/story/note.rs"
    "lessons/SLUG/src/story/inside.rs"
    "lessons/SLUG/src/bin/compare.rs"
    "book/SLUG.md"
    "book/figures/SLUG.svg"
    "book/notebooks/SLUG.md"
    "book/sources/SLUG.md"
);

/// What a chapter with a module has besides.
pub const WITH_MODULE: &[Template] = templates!("module":
    "kmods/SLUG/Kbuild"
    "kmods/SLUG/SLUG.c"
    "kmods/SLUG/SLUG.h"
    "lessons/SLUG/Cargo.toml"
    "lessons/SLUG/compare.c"
    "lessons/SLUG/src/lib.rs"
    "lessons/SLUG/src/bin/hostile.rs"
    "notebooks/SLUG.ipynb"
);

/// What a chapter without a module has besides.
pub const WITHOUT_MODULE: &[Template] = templates!("plain":
    "lessons/SLUG/Cargo.toml"
    "lessons/SLUG/compare.c"
    "lessons/SLUG/src/lib.rs"
    "notebooks/SLUG.ipynb"
);

/// What stands for `KERNEL_SIDE` in a chapter with a module, and in one without.
pub const KERNEL_SIDE: [&str; 2] =
    [include_str!("../../templates/module/kernel-side.md"), include_str!("../../templates/plain/kernel-side.md")];

/// An exercise in user space, as an author has it: whole files.
pub const USER_EXERCISE: &[Template] = templates!("exercise/user":
    "check.rs"
    "equivalent.md"
    "exercise.md"
    "solution.rs"
    "starter.rs"
    "wrong/twice.rs"
);

/// An exercise in the kernel, likewise.
pub const KERNEL_EXERCISE: &[Template] = templates!("exercise/kernel":
    "check.rs"
    "exercise.md"
    "solution.c"
    "starter.c"
    "wrong/remainder.c"
);
