//! What is refused.

use super::observer::{Observer, folder};
use anyhow::{Context, Result};
use crossings_inotify::{event, mistake};
use inotify::{Inotify, WatchMask};
use lesson::{errno, part, show, user};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

pub fn refused() -> Result<()> {
    part("refused");
    let folder = folder()?;
    let file = folder.path().join("file");
    fs::write(&file, "")?;
    let mut observer = Observer::new()?;
    let watch =
        |path, mask| errno(observer.inotify.watches().add(path, mask)).map(|_| "added");
    show("watch what is not there", watch(folder.path().join("none"), WatchMask::MODIFY));
    show(
        "IN_ONLYDIR on a file",
        watch(file.clone(), WatchMask::MODIFY | WatchMask::ONLYDIR),
    );
    show("no events", mistake::empty_mask(&observer.inotify, &file).map(|_| "added"));
    show("not an inotify file", mistake::not_inotify(&file).map(|_| "added"));

    let wd = observer.watch("", &file, WatchMask::MODIFY)?;
    let mut watches = observer.inotify.watches();
    show("remove a watch", errno(watches.remove(wd.clone())).map(|()| "removed"));
    show("remove it again", errno(watches.remove(wd)).map(|()| "removed"));

    let mut observer = Observer::of(folder.path(), WatchMask::MODIFY)?;
    let mut read = |bytes| {
        mistake::small_read(&mut observer.inotify, bytes)
            .map(|events| events.iter().map(event::describe).collect::<String>())
    };
    show("read when there is nothing", read(100));
    fs::write(&file, "hello")?;
    show("read into 16 bytes", read(16));
    show("read into 32 bytes", read(32));
    Ok(())
}

pub fn an_ordinary_user() -> Result<()> {
    part("an ordinary user");
    let folder = folder()?;
    let [secret, public] = ["secret", "public"].map(|name| folder.path().join(name));
    for (path, mode) in [(&secret, 0o600), (&public, 0o644)] {
        fs::write(path, "")?;
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
    user::as_ordinary_user(|| -> Result<()> {
        let inotify = Inotify::init()?;
        let watch = |path| errno(inotify.watches().add(path, WatchMask::MODIFY));
        show("a file of mode 0644", watch(public.as_path()).map(|_| "added"));
        show("a file of mode 0600", watch(secret.as_path()).map(|_| "added"));
        show("a directory of mode 0711", watch(folder.path()).map(|_| "added"));
        Ok(())
    })
    .context("become an ordinary user")?
}
