//! What a server keeps between runs: lessons as they were built, for as long as they stand as they did, and the templates of
//! the kernels. A run of a kept lesson costs a clone and the program.

use crate::{
    build,
    course::Course,
    lessons::{
        lesson::{self, Lesson},
        runner,
    },
    vm::{kernel::Kernel, template::Template},
};
use anyhow::Result;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Something that is made once. Whoever wants it while it is made waits.
type Slot<T> = Arc<Mutex<Option<T>>>;

/// Guards which slots there are.
type Slots<K, T> = Mutex<BTreeMap<K, Slot<T>>>;

/// Built lessons and prepared templates.
pub struct Kept {
    course: Course,
    /// Of each lesson on each kernel, with the key that it was built under.
    lessons: Slots<(String, String), (String, Arc<Lesson>)>,
    /// Of each kernel.
    templates: Slots<String, Arc<Template>>,
}

impl Kept {
    /// Nothing yet.
    pub fn new(course: &Course) -> Self {
        Kept { course: course.clone(), lessons: Mutex::default(), templates: Mutex::default() }
    }

    /// A lesson as it stands now. `begin` is called before it is built.
    pub fn lesson(&self, slug: &str, kernel: &Kernel, begin: impl FnOnce()) -> Result<Arc<Lesson>> {
        let slot = slot(&self.lessons, (slug.to_string(), kernel.name.clone()));
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let key = lesson::key(&self.course, slug, kernel)?;
        if let Some((built_as, lesson)) = &*slot
            && *built_as == key
        {
            return Ok(lesson.clone());
        }
        begin();
        let programs = runner::programs_of(&self.course, slug)?;
        let lesson = Arc::new(Lesson::build(&self.course, kernel, slug, &programs)?);
        *slot = Some((key, lesson.clone()));
        Ok(lesson)
    }

    /// The template of a kernel. `begin` is called before it is prepared.
    pub fn template(&self, kernel: &str, begin: impl FnOnce()) -> Result<Arc<Template>> {
        let slot = slot(&self.templates, kernel.to_string());
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = &*slot {
            return Ok(template.clone());
        }
        begin();
        let template = Arc::new(build::template(kernel)?);
        *slot = Some(template.clone());
        Ok(template)
    }
}

fn slot<K: Ord, T>(slots: &Slots<K, T>, key: K) -> Slot<T> {
    slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
}
