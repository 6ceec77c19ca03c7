//! All states of an exercise's file as whole texts: as the exercise stores them, and as an author's files.

use crate::{
    authors::{LONGEST, is_name},
    exercises::exercise::{Exercise, Side, Variant},
    report::verdict::Mistake,
};
use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeMap, fs, path::Path};
use walkdir::WalkDir;

/// The starter, the solution, and each wrong solution that there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts(BTreeMap<Variant, String>);

/// The name of the file, below a folder, in which an author has one of the texts.
fn file(variant: &Variant, side: Side) -> String {
    side.file().replace("exercise", &variant.to_string())
}

impl Texts {
    /// Those that an exercise stores, also a wrong solution that its text does not explain yet.
    pub fn stored(exercise: &Exercise) -> Result<Self> {
        let wrong = exercise.patches()?.into_iter().map(Variant::Wrong);
        let variants = [Variant::Starter, Variant::Solution].into_iter().chain(wrong);
        variants.map(|variant| Ok((variant.clone(), exercise.text_of(&variant)?))).collect::<Result<_>>().map(Texts)
    }

    /// An author's. Files with another ending are passed over: editors leave some. One whose place says nothing is a
    /// [`Mistake`].
    pub fn read(folder: &Path, side: Side) -> Result<Self> {
        let mut texts = BTreeMap::new();
        let ending = Path::new(side.file()).extension();
        for entry in WalkDir::new(folder) {
            let entry = entry.with_context(|| format!("read {}", folder.display()))?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if hidden || !entry.file_type().is_file() || entry.path().extension() != ending {
                continue;
            }
            let place = entry.path().strip_prefix(folder)?.with_extension("");
            let variant = match place.to_str().unwrap_or_default() {
                "starter" => Variant::Starter,
                "solution" => Variant::Solution,
                other => match other.strip_prefix("wrong/") {
                    Some(name) if is_name(name) => Variant::Wrong(name.into()),
                    _ => bail!(Mistake(format!(
                        "{} is neither the starter nor the solution nor wrong/NAME, where NAME has at most {LONGEST} lower-case \
                         letters, digits and -",
                        entry.path().display()
                    ))),
                },
            };
            let text = fs::read_to_string(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
            texts.insert(variant, text);
        }
        Ok(Texts(texts))
    }

    /// That a starter and differences from it can hold an author's texts. If not, it is a [`Mistake`].
    pub fn can_be_stored(&self, folder: &Path, side: Side) -> Result<()> {
        let path = |variant| folder.join(file(variant, side)).display().to_string();
        for variant in [Variant::Starter, Variant::Solution] {
            ensure!(self.0.contains_key(&variant), Mistake(format!("{} is missing", path(&variant))));
        }
        for (variant, text) in &self.0 {
            ensure!(text.ends_with('\n'), Mistake(format!("{} does not end with a newline", path(variant))));
            let differs = *variant == Variant::Starter || text != self.starter();
            ensure!(differs, Mistake(format!("{} says the same as the starter", path(variant))));
        }
        Ok(())
    }

    /// The text that a learner begins with. It is there if the texts are stored, or can be.
    pub fn starter(&self) -> &str {
        &self.0[&Variant::Starter]
    }

    /// The other texts.
    pub fn others(&self) -> impl Iterator<Item = (&Variant, &String)> {
        self.0.iter().filter(|(variant, _)| **variant != Variant::Starter)
    }

    /// Writes them into an author's folder, in which no other text is left.
    pub fn write(&self, folder: &Path, side: Side) -> Result<()> {
        let wrong = folder.join("wrong");
        if wrong.exists() {
            fs::remove_dir_all(&wrong).with_context(|| format!("remove {}", wrong.display()))?;
        }
        fs::create_dir_all(&wrong).with_context(|| format!("make {}", wrong.display()))?;
        for (variant, text) in &self.0 {
            let path = folder.join(file(variant, side));
            fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }
}
