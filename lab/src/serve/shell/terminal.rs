//! One shell: its VM, and the thread that carries what is typed and what is shown.

use crate::{
    lessons::shell,
    serve::{
        run::stop::Stop,
        shell::{
            Shells, Wanted,
            message::{News, Typed},
        },
    },
    vm::channel::Heard,
};
use agent::Request;
use anyhow::{Result, bail};
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::Duration,
};
use tokio::sync::mpsc::UnboundedSender;

/// A shell ends when the page is so far behind what it shows, in bytes.
const BEHIND: usize = 16 << 20;

/// The shell's end of the conversation.
pub struct Teller {
    news: UnboundedSender<News>,
    /// How much was said that the page has not taken.
    behind: AtomicUsize,
}

impl Teller {
    /// Nothing is said yet.
    pub fn new(news: UnboundedSender<News>) -> Self {
        Teller { news, behind: AtomicUsize::new(0) }
    }

    /// Says this; perhaps nobody hears it any more.
    pub fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }

    /// The page is about to take so many bytes.
    pub fn taken(&self, bytes: usize) {
        self.behind.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts so many bytes more, and says whether the page is too far behind.
    fn is_behind(&self, bytes: usize) -> bool {
        self.behind.fetch_add(bytes, Ordering::Relaxed) > BEHIND
    }
}

/// Has the shell in a fresh guest, until it or its page ends. Returns why it has ended.
pub fn converse(
    shells: &Shells,
    wanted: &Wanted,
    stop: &Stop,
    teller: &Teller,
    typed: Receiver<Typed>,
) -> Result<String> {
    let begin = |text| teller.tell(News::Step(text));
    let kernel = &wanted.kernel;
    let template = shells.kept.template(&kernel.name, || begin("the kernel is prepared"))?;
    let lesson = shells.kept.lesson(&wanted.slug, kernel, || begin("what has changed is built"))?;
    let mut guest = template.clone_guest()?;
    stop.has_vm(guest.killer());
    lesson.install(&mut guest)?;
    lesson.load(&mut guest)?;
    let program = shell::start(&mut guest, Some(wanted.size), "xterm")?;
    begin("ready");
    let (channel, id) = (guest.channel(), program.id());
    // Ends with the guest, or when the page has gone.
    thread::spawn(move || {
        for typed in typed {
            let request = match typed {
                Typed::Keys(bytes) => Request::Input { program: id, bytes },
                Typed::Size(size) => Request::Resize { program: id, size },
            };
            if channel.send(request).is_err() {
                return;
            }
        }
    });
    loop {
        match guest.next_of(&program, &guest.deadline(Duration::from_secs(24 * 3600)))? {
            Heard::Output(_, bytes) => {
                if teller.is_behind(bytes.len()) {
                    return Ok("it wrote faster than the page can show".into());
                }
                teller.tell(News::Shown(bytes));
            }
            Heard::Exited(exit) => return Ok(exit.to_string()),
            Heard::Looked(_) => {}
            Heard::Failed(why) => bail!("start a shell: {why}"),
        }
    }
}
