//! The records behind an event: `struct fanotify_event_info_header`, and what follows it.

use crate::handle::Handle;
use nix::{
    Result,
    errno::Errno,
    libc::{
        self, c_int, c_uint, fanotify_event_info_fid, fanotify_event_info_header,
        fanotify_event_metadata,
    },
};
use std::{
    ffi::{CStr, OsStr, OsString},
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
};

// ANCHOR: record
/// One thing that an event says of its object.
#[derive(Debug)]
pub enum Record {
    /// The object itself.
    Object(Handle),
    /// The directory that it is in.
    Directory(Handle),
    /// A directory, and the name in it.
    Entry(Handle, OsString),
    /// The same, before a rename.
    OldEntry(Handle, OsString),
    /// The same, after it.
    NewEntry(Handle, OsString),
    /// Who did it, unless that process has ended and been waited for.
    Pidfd(Option<OwnedFd>),
    /// A record of a kind that this program does not know.
    Unknown(u8),
}
// ANCHOR_END: record

/// A struct of integers that the kernel writes.
///
/// # Safety
/// Any bytes make a valid one.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: integers only.
unsafe impl Plain for fanotify_event_metadata {}
// SAFETY: integers only.
unsafe impl Plain for fanotify_event_info_header {}
// SAFETY: integers only, and an array of none.
unsafe impl Plain for fanotify_event_info_fid {}
// SAFETY: integers only.
unsafe impl Plain for FileHandle {}
// SAFETY: an integer.
unsafe impl Plain for c_int {}

/// `struct file_handle`, without its bytes.
#[derive(Clone, Copy)]
#[repr(C)]
struct FileHandle {
    handle_bytes: c_uint,
    handle_type: c_int,
}

// ANCHOR: first
/// The struct at the beginning of the bytes. None: they are too few.
pub(crate) fn first<T: Plain>(bytes: &[u8]) -> Option<T> {
    let enough = bytes.len() >= size_of::<T>();
    // SAFETY: there are enough bytes, any bytes will do, and they need not be aligned.
    enough.then(|| unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}
// ANCHOR_END: first

// ANCHOR: parse
/// All records of an event. EBADMSG: a length in there leads outside.
///
/// # Safety
/// The descriptors in the records are open, and nobody else's.
pub(crate) unsafe fn parse(mut bytes: &[u8]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    while let Some(header) = first::<fanotify_event_info_header>(bytes) {
        let length = usize::from(header.len).max(size_of_val(&header));
        let (record, rest) = bytes.split_at_checked(length).ok_or(Errno::EBADMSG)?;
        records.push(match header.info_type {
            libc::FAN_EVENT_INFO_TYPE_FID => Record::Object(fid(record)?.0),
            libc::FAN_EVENT_INFO_TYPE_DFID => Record::Directory(fid(record)?.0),
            libc::FAN_EVENT_INFO_TYPE_DFID_NAME => entry(Record::Entry, record)?,
            libc::FAN_EVENT_INFO_TYPE_OLD_DFID_NAME => entry(Record::OldEntry, record)?,
            libc::FAN_EVENT_INFO_TYPE_NEW_DFID_NAME => entry(Record::NewEntry, record)?,
            libc::FAN_EVENT_INFO_TYPE_PIDFD => {
                let fd = record.get(size_of_val(&header)..).and_then(first::<c_int>);
                // SAFETY: as the caller promises; FAN_NOPIDFD and FAN_EPIDFD are negative.
                let open = |fd| unsafe { OwnedFd::from_raw_fd(fd) };
                Record::Pidfd(fd.filter(|fd| *fd >= 0).map(open))
            }
            unknown => Record::Unknown(unknown),
        });
        bytes = rest;
    }
    Ok(records)
}
// ANCHOR_END: parse

/// The type and the length of each record.
pub(crate) fn lengths(mut bytes: &[u8]) -> Vec<(u8, u16)> {
    let mut lengths = Vec::new();
    while let Some(header) = first::<fanotify_event_info_header>(bytes) {
        lengths.push((header.info_type, header.len));
        bytes =
            bytes.get(usize::from(header.len).max(size_of_val(&header))..).unwrap_or(&[]);
    }
    lengths
}

fn entry(kind: fn(Handle, OsString) -> Record, record: &[u8]) -> Result<Record> {
    let (handle, rest) = fid(record)?;
    let name = CStr::from_bytes_until_nul(rest).map_err(|_| Errno::EBADMSG)?;
    Ok(kind(handle, OsStr::from_bytes(name.to_bytes()).into()))
}

// ANCHOR: fid
/// `struct fanotify_event_info_fid`: a handle, and the bytes after it.
fn fid(record: &[u8]) -> Result<(Handle, &[u8])> {
    let fid = first::<fanotify_event_info_fid>(record).ok_or(Errno::EBADMSG)?;
    let rest = &record[size_of_val(&fid)..];
    let handle = first::<FileHandle>(rest).ok_or(Errno::EBADMSG)?;
    let (bytes, rest) = rest[size_of_val(&handle)..]
        .split_at_checked(handle.handle_bytes as usize)
        .ok_or(Errno::EBADMSG)?;
    let bytes = bytes.to_vec();
    Ok((Handle { fsid: fid.fsid.val, kind: handle.handle_type, bytes }, rest))
}
// ANCHOR_END: fid

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of a directory handle of four bytes and the name "ab".
    fn record(kind: u8) -> Vec<u8> {
        let mut record = vec![kind, 0, 28, 0];
        for field in [7_i32, 8, 4, 1] {
            record.extend(field.to_ne_bytes());
        }
        record.extend([1, 2, 3, 4]);
        record.extend(*b"ab\0\0");
        record
    }

    fn parse_bytes(bytes: &[u8]) -> Result<Vec<Record>> {
        // SAFETY: there is no descriptor in the bytes of these tests.
        unsafe { parse(bytes) }
    }

    #[test]
    fn an_entry_has_a_handle_and_a_name() -> Result<()> {
        let records = parse_bytes(&record(libc::FAN_EVENT_INFO_TYPE_DFID_NAME))?;
        let [Record::Entry(handle, name)] = records.as_slice() else {
            panic!("not one entry: {records:?}");
        };
        let expected = Handle { fsid: [7, 8], kind: 1, bytes: vec![1, 2, 3, 4] };
        assert_eq!((handle, name.to_str()), (&expected, Some("ab")));
        Ok(())
    }

    #[test]
    fn no_length_leads_outside() {
        let whole = record(libc::FAN_EVENT_INFO_TYPE_DFID_NAME);
        for length in 4..whole.len() {
            assert!(parse_bytes(&whole[..length]).is_err(), "{length} bytes");
        }
        let mut greedy = whole.clone();
        greedy[12..16].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert!(parse_bytes(&greedy).is_err());
        let mut endless = whole;
        endless[26..28].copy_from_slice(b"cd");
        assert!(parse_bytes(&endless).is_err());
    }

    #[test]
    fn an_unknown_record_is_stepped_over() -> Result<()> {
        let bytes = [record(99), record(libc::FAN_EVENT_INFO_TYPE_FID)].concat();
        let records = parse_bytes(&bytes)?;
        assert!(matches!(records.as_slice(), [Record::Unknown(99), Record::Object(_)]));
        Ok(())
    }
}
