//! What the engines write into.

use bytes::BytesMut;

/// A growable run of bytes. Everything in it is initialised, so that no engine needs to handle memory that is not.
pub(super) trait Buffer {
    fn len(&self) -> usize;
    fn truncate(&mut self, len: usize);
    fn append(&mut self, bytes: &[u8]);
    fn push(&mut self, byte: u8);
}

impl Buffer for Vec<u8> {
    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.push(byte);
    }
}

impl Buffer for BytesMut {
    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }
}
