//! The numbers of ioctl(2) requests, as the C macros in `<linux/ioctl.h>` make them on x86-64. From the highest bit to the
//! lowest: 2 bits of direction, 14 of size, 8 of type, 8 of number.

/// `_IO`: a request without an argument that is copied.
pub fn io(kind: u8, nr: u8) -> u32 {
    u32::from(kind) << 8 | u32::from(nr)
}

/// `_IOR`: a request with which the program reads a `T`.
pub fn ior<T>(kind: u8, nr: u8) -> u32 {
    io(kind, nr)
}

/// `_IOW`: a request with which the program writes a `T` into the kernel.
pub fn iow<T>(kind: u8, nr: u8) -> u32 {
    io(kind, nr)
}

/// `_IOWR`: a request with which the program writes a `T`, and reads it again, changed.
pub fn iowr<T>(kind: u8, nr: u8) -> u32 {
    io(kind, nr)
}
