//! Network addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;

/// The address families of the wire format: PostgreSQL's own numbers, the same on every platform.
const IPV4: u8 = 2;
const IPV6: u8 = 3;

impl Parameter<sql::Inet> for Ipv4Addr {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write_host(IPV4, &self.octets(), out);
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Inet> for Ipv6Addr {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write_host(IPV6, &self.octets(), out);
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Inet> for IpAddr {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        match self {
            Self::V4(address) => address.encode(out),
            Self::V6(address) => address.encode(out),
        }
    }
}

/// Family, bits of the network (all of them: a host), whether it is a `cidr`, number of bytes, bytes.
fn write_host<const N: usize>(family: u8, octets: &[u8; N], out: &mut BytesMut) {
    let bytes = N as u8;
    out.extend_from_slice(&[family, bytes * 8, 0, bytes]);
    out.put_slice(octets);
}
