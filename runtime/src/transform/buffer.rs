//! What the engines write into.

use bytes::BytesMut;

/// A growable run of bytes. Everything in it is initialised, so that no engine needs to handle memory that is not.
pub(super) trait Buffer {
    fn len(&self) -> usize;
    fn truncate(&mut self, len: usize);
    fn append(&mut self, bytes: &[u8]);
    fn push(&mut self, byte: u8);
    /// Makes room for `more` bytes without writing to it.
    fn reserve(&mut self, more: usize);
    /// Appends the first `len` bytes; all are copied, which is one step, and the others are cut off again.
    #[inline]
    fn append_short(&mut self, bytes: &[u8; 32], len: usize) {
        let end = self.len() + len;
        self.append(bytes);
        self.truncate(end);
    }
    /// Grows or shrinks to `len`; new bytes are zero.
    fn resize(&mut self, len: usize);
    fn bytes_mut(&mut self) -> &mut [u8];
    /// Which it is, for those who write behind its end.
    fn kind(&mut self) -> Kind<'_>;
}

/// The kinds of buffers that there are.
pub(super) enum Kind<'b> {
    Vec(&'b mut Vec<u8>),
    Bytes(&'b mut BytesMut),
}

impl Kind<'_> {
    /// How long it can get as it is.
    pub(super) fn capacity(&self) -> usize {
        match self {
            Self::Vec(buffer) => buffer.capacity(),
            Self::Bytes(buffer) => buffer.capacity(),
        }
    }
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

    #[inline]
    fn reserve(&mut self, more: usize) {
        self.reserve(more);
    }

    #[inline]
    fn resize(&mut self, len: usize) {
        self.resize(len, 0);
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }

    #[inline]
    fn kind(&mut self) -> Kind<'_> {
        Kind::Vec(self)
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

    #[inline]
    fn reserve(&mut self, more: usize) {
        self.reserve(more);
    }

    #[inline]
    fn resize(&mut self, len: usize) {
        self.resize(len, 0);
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }

    #[inline]
    fn kind(&mut self) -> Kind<'_> {
        Kind::Bytes(self)
    }
}
