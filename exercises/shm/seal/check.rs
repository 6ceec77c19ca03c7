//! Takes an image as somebody would who is up to no good, and tries to change it in every way there is. Then lets another
//! process keep the image mapped.

use crate::exercise::publish;
use judge::{Context, Result, accepted, bail, ensure, equal, refused};
use lesson::child::Child;
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, FdFlag, OFlag, SealFlag, fcntl, open},
    sys::stat::Mode,
    unistd::{ftruncate, pipe, read, write},
};
use std::{
    fs::File,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::FileExt,
    },
};

/// More than a page, and no whole number of pages.
const LENGTH: usize = 5000;

pub fn check() -> Result<()> {
    let drawn = accepted("publish", publish(LENGTH, draw))?;
    let image = File::from(open(
        format!("/proc/self/fd/{}", drawn.as_raw_fd()).as_str(),
        OFlag::O_RDWR | OFlag::O_CLOEXEC,
        Mode::empty(),
    )?);
    is_whole(&image)?;
    is_kept(&image)?;
    is_whole(&image)?;
    let mapped = lesson::errno(MmapOptions::new().len(LENGTH).map_raw_read_only(&image));
    accepted("mmap(2) of the image for reading", mapped)?;
    let flags = FdFlag::from_bits_truncate(fcntl(&drawn, FcntlArg::F_GETFD)?);
    ensure!(
        flags.contains(FdFlag::FD_CLOEXEC),
        "the image's descriptor is not close-on-exec, and so each program that the decoder starts gets it"
    );
    ensure!(
        publish(usize::MAX, draw).is_err(),
        "publish of an image so long that ftruncate(2) refuses it should fail, and returns a file of another length"
    );
    somebody_has_it_mapped()
}

fn draw(image: &mut [u8]) {
    image.iter_mut().zip(1..).for_each(|(byte, place): (_, usize)| *byte = place as u8);
}

fn is_whole(image: &File) -> Result<()> {
    equal("the length of the image", image.metadata()?.len(), LENGTH as u64)?;
    let (mut bytes, mut expected) = ([0; LENGTH], [0; LENGTH]);
    image.read_exact_at(&mut bytes, 0)?;
    draw(&mut expected);
    ensure!(bytes == expected, "the image is not what was drawn");
    Ok(())
}

/// That whoever has the descriptor cannot change anything.
fn is_kept(image: &File) -> Result<()> {
    let all = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SEAL;
    let seals = SealFlag::from_bits_truncate(accepted("F_GET_SEALS", fcntl(image, FcntlArg::F_GET_SEALS))?);
    prevented("somebody makes the image shorter, and whoever has it mapped dies of SIGBUS", ftruncate(image, 0))?;
    prevented("somebody makes the image longer", ftruncate(image, 2 * LENGTH as i64))?;
    prevented("somebody writes to the image", lesson::errno(image.write_at(b"x", 0)))?;
    let mapped: nix::Result<MmapRaw> = lesson::errno(MmapOptions::new().len(LENGTH).map_raw(image));
    prevented("somebody maps the image for writing", mapped)?;
    if seals.contains(all) {
        let another = fcntl(image, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_FUTURE_WRITE));
        return prevented("somebody adds a seal to the image", another);
    }
    // Nothing can be done to it now. Its receiver cannot know that, or could do something about it.
    let missing: Vec<_> = (all - seals).iter_names().map(|(name, _)| name).collect();
    if seals.contains(SealFlag::F_SEAL_FUTURE_WRITE) {
        somebody_has_it_mapped()?;
    }
    bail!("the image lacks the seal {}, and so its receiver cannot trust it", missing.join(" and "))
}

fn prevented<T>(what: &str, result: nix::Result<T>) -> Result<()> {
    match result {
        Err(Errno::EPERM) => Ok(()),
        Err(errno) => bail!("{what}: this should fail with EPERM, and fails with {errno:?}"),
        Ok(_) => bail!("{what}: this should fail with EPERM, and succeeds"),
    }
}

/// While an image is drawn, another process appears that has it mapped, too, and goes on to draw when it is published.
fn somebody_has_it_mapped() -> Result<()> {
    let (reader, writer) = pipe()?;
    let mut child = None;
    let published = publish(LENGTH, |image| {
        draw(image);
        child = Some(Child::start(|| {
            read(&reader, &mut [0])?;
            image[0] = !image[0];
            Ok(())
        }));
    });
    write(&writer, b"!")?;
    child.context("publish has not called draw")??.wait()?;
    if let Ok(image) = &published {
        let image = File::from(OwnedFd::try_clone(image)?);
        ensure!(
            is_whole(&image).is_ok(),
            "another process had the image mapped while it was drawn, and changes it after publish has returned it"
        );
        bail!("draw was given a copy, and not the memory of the file");
    }
    refused("publish of an image that another process still has mapped for writing", published, Errno::EBUSY)
}
