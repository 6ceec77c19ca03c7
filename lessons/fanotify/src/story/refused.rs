//! What the kernel refuses.

use super::{names::as_anybody, observer::listener};
use anyhow::{Context, Result};
use crossings_fanotify::{group, handle::Handle, mistake, mount::Mount};
use lesson::{part, show};
use nix::{
    libc,
    sys::fanotify::{InitFlags, MarkFlags, MaskFlags, Response},
};
use std::{
    fs::{File, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

// ANCHOR: an_ordinary_user
pub fn an_ordinary_user() -> Result<()> {
    part("an ordinary user");
    as_anybody(|| {
        let folder = tempfile::tempdir().context("make a folder for temporary files")?;
        let file = folder.path().join("f");
        File::create(&file)?;
        let secret = folder.path().join("secret");
        File::create(&secret)?.set_permissions(Permissions::from_mode(0o000))?;
        for (what, flags) in [
            ("a group that reports open files", InitFlags::FAN_CLASS_NOTIF),
            ("a group for permission events", InitFlags::FAN_CLASS_CONTENT),
            ("a group that reports handles", group::NAMES),
            ("the same, with pidfds", group::NAMES | InitFlags::FAN_REPORT_PIDFD),
            ("the same, without a limit", group::NAMES | InitFlags::FAN_UNLIMITED_QUEUE),
        ] {
            show(what, group::listen(flags).map(|_| "made"));
        }
        let group = group::listen(group::NAMES)?;
        let mark = |on, path: &Path| {
            group::mark(&group, on, MaskFlags::FAN_OPEN, path).map(|()| "added")
        };
        show("a mark on its file", mark(MarkFlags::FAN_MARK_INODE, &file));
        show("a mark on a file of mode 0", mark(MarkFlags::FAN_MARK_INODE, &secret));
        show("a mark on a mount", mark(MarkFlags::FAN_MARK_MOUNT, &file));
        show("a mark on a file system", mark(MarkFlags::FAN_MARK_FILESYSTEM, &file));

        let directory = File::open(folder.path())?;
        let handle = Handle::of(&file);
        show("the handle of its file", handle.as_ref().map(|_| "made"));
        show("open it by that handle", handle?.open(&directory).map(|_| "done"));
        Ok(())
    })
}
// ANCHOR_END: an_ordinary_user

// ANCHOR: refused
pub fn refused() -> Result<()> {
    part("refused");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let file = mount.join("f");
    File::create(&file)?;
    let both = InitFlags::FAN_CLASS_CONTENT | group::NAMES;
    show(
        "a group for permission events, by names",
        mistake::group_with(both).map(|_| "made"),
    );
    show("files that are created", mistake::files_with(libc::O_CREAT).map(|_| "made"));

    let (inode, on_mount) = (MarkFlags::FAN_MARK_INODE, MarkFlags::FAN_MARK_MOUNT);
    let group = listener(inode, MaskFlags::FAN_OPEN, &file)?;
    let add =
        |on, events, path: &Path| group::mark(&group, on, events, path).map(|()| "added");
    show("no events", add(inode, MaskFlags::empty(), &file));
    show("FAN_CREATE, without names", add(inode, MaskFlags::FAN_CREATE, mount.path()));
    show(
        "FAN_OPEN_PERM, in a group that only notifies",
        add(inode, MaskFlags::FAN_OPEN_PERM, &file),
    );
    show("what is not there", add(inode, MaskFlags::FAN_OPEN, &mount.join("none")));
    show(
        "a file, with FAN_MARK_ONLYDIR",
        add(MarkFlags::FAN_MARK_ONLYDIR, MaskFlags::FAN_OPEN, &file),
    );
    show("a mark on /dev/null", mistake::not_a_group(&file).map(|()| "added"));

    let names = group::listen(group::NAMES)?;
    let add =
        |on, events, path: &Path| group::mark(&names, on, events, path).map(|()| "added");
    show("FAN_CREATE on a mount", add(on_mount, MaskFlags::FAN_CREATE, mount.path()));
    show("FAN_CREATE in a file", add(inode, MaskFlags::FAN_CREATE, &file));

    show(
        "remove a mark",
        mistake::remove(&group, MaskFlags::FAN_OPEN, &file).map(|()| "removed"),
    );
    show(
        "remove it again",
        mistake::remove(&group, MaskFlags::FAN_OPEN, &file).map(|()| "removed"),
    );

    let group = listener(inode, MaskFlags::FAN_OPEN, &file)?;
    show("read when there is nothing", mistake::small_read(&group, 4096));
    let open = File::open(&file)?;
    show("read into 23 bytes", mistake::small_read(&group, 23));
    show(
        "a response to no request",
        mistake::respond_about(&group, &open, Response::FAN_ALLOW).map(|()| "given"),
    );
    show(
        "a response that is neither",
        mistake::respond_about(&group, &open, Response::empty()).map(|()| "given"),
    );
    Ok(())
}
// ANCHOR_END: refused
