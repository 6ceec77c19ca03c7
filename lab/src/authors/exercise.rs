//! `cargo lab dev exercise`: an exercise as whole files, for an author to edit, and those back into the starter and the
//! differences from it that the exercise stores. Nobody edits a difference, and a changed starter changes no solution.

use crate::{
    authors::{texts::Texts, write},
    cache_key::CacheKey,
    course::Course,
    exercises::exercise::{Exercise, Variant},
    report::{diff, verdict::Mistake},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::ExitCode};

/// Lines of context in a stored difference, as `diff -u` has them.
const CONTEXT: usize = 3;

/// Which exercise, and which way.
#[derive(clap::Args)]
#[command(
    after_help = "The copies are author/SLUG/NAME/starter, solution and wrong/*, which git ignores.\nA file that you add to wrong/ \
                        becomes a wrong solution, and one that you remove is none any more."
)]
pub struct Options {
    /// Exercise, as SLUG/NAME
    exercise: String,
    /// Store your copies: the starter, and of each other file its difference from the starter
    #[arg(long)]
    save: bool,
    /// Overwrite your copies, or with --save an exercise that has changed since you took them
    #[arg(long)]
    force: bool,
}

/// Runs the command. What would be lost without `--force` is a [`Mistake`].
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let exercise = Exercise::named(&course, &options.exercise)?;
    let desk = Desk::of(&course, exercise);
    if options.save { desk.save(options.force) } else { desk.take(options.force) }?;
    Ok(ExitCode::SUCCESS)
}

/// An author's copies of an exercise.
pub struct Desk {
    exercise: Exercise,
    folder: PathBuf,
}

impl Desk {
    /// Where an author has the copies of an exercise. They need not be there yet.
    pub fn of(course: &Course, exercise: Exercise) -> Self {
        Desk { folder: course.author().join(&exercise.id), exercise }
    }

    /// Puts whole files of what is stored into the folder.
    fn take(&self, force: bool) -> Result<()> {
        let Desk { exercise: Exercise { id, side, .. }, folder } = self;
        let stored = Texts::stored(&self.exercise)?;
        if force || !folder.exists() {
            stored.write(folder, *side)?;
        } else if Texts::read(folder, *side)? != stored {
            bail!(Mistake(format!(
                "{} is not what exercises/{id} stores. Your copies can be stored, or thrown away:\n  cargo lab dev exercise {id} \
                 --save\n  cargo lab dev exercise {id} --force",
                folder.display()
            )));
        }
        self.remember()?;
        println!("edit {}/*, then `cargo lab dev exercise {id} --save`", folder.display());
        Ok(())
    }

    /// Stores what is in the folder, if nobody else has changed the exercise meanwhile.
    fn save(&self, force: bool) -> Result<()> {
        let Desk { exercise: Exercise { id, .. }, folder } = self;
        if !folder.exists() {
            bail!(Mistake(format!("there is no {}: `cargo lab dev exercise {id}` makes it", folder.display())));
        }
        if !force && fs::read_to_string(self.memory()).ok() != Some(self.key()?) {
            bail!(Mistake(format!(
                "exercises/{id} has changed since your copies were taken. They can replace it, or be thrown away:\n  cargo lab \
                 dev exercise {id} --save --force\n  cargo lab dev exercise {id} --force"
            )));
        }
        self.store()?;
        // Its text is not the same file, and may have to say more now.
        let faults = self.exercise.faults()?;
        faults.iter().for_each(|fault| println!("still to do: {fault}"));
        println!("next: `cargo lab dev prove {id}`");
        Ok(())
    }

    /// Makes the copies what the exercise stores, and says which of its files that changes. A difference that leads from
    /// this starter to this text already stays, whoever has made it. Copies that cannot be stored are a [`Mistake`].
    pub fn store(&self) -> Result<()> {
        let Desk { exercise, folder } = self;
        let texts = Texts::read(folder, exercise.side)?;
        texts.can_be_stored(folder, exercise.side)?;
        let same_starter = fs::read_to_string(exercise.starter()).is_ok_and(|starter| starter == texts.starter());
        for (variant, text) in texts.others() {
            let same = same_starter && exercise.text_of(variant).is_ok_and(|stored| stored == *text);
            if !same {
                let (file, hunks) = (exercise.side.file(), diff::unified(texts.starter(), text, CONTEXT));
                write(&exercise.patch(variant), &format!("--- {file}\n+++ {file}\n{hunks}"))?;
            }
        }
        for variant in exercise.patches()?.into_iter().map(Variant::Wrong) {
            if !texts.others().any(|(other, _)| *other == variant) {
                let path = exercise.patch(&variant);
                fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
                println!("removed: {}", path.display());
            }
        }
        if !same_starter {
            write(&exercise.starter(), texts.starter())?;
        }
        self.remember()
    }

    /// Remembers what is stored now, so that another's change to it is not overwritten.
    fn remember(&self) -> Result<()> {
        fs::write(self.memory(), self.key()?).with_context(|| format!("write {}", self.memory().display()))
    }

    fn memory(&self) -> PathBuf {
        self.folder.join(".taken")
    }

    /// The key of the files that [`Desk::store`] writes.
    fn key(&self) -> Result<String> {
        let key = CacheKey::default().file(&self.exercise.starter())?.folder(&self.exercise.folder.join("wrong"))?;
        let solution = self.exercise.patch(&Variant::Solution);
        Ok(if solution.exists() { key.file(&solution)? } else { key }.finish())
    }
}
