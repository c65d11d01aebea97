//! Network addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;
use crate::types::{Cidr, Inet, MacAddr, MacAddr8};

/// The address families of the wire format: PostgreSQL's own numbers, the same on every platform.
const IPV4: u8 = 2;
const IPV6: u8 = 3;

impl Parameter<sql::Inet> for Inet {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write(self.address, self.prefix, false, out)
    }
}

impl Parameter<sql::Cidr> for Cidr {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write(self.address, self.prefix, true, out)
    }
}

macro_rules! hosts {
    ($($address:ty)*) => {$(
        impl Parameter<sql::Inet> for $address {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                Inet::from(*self).encode(out)
            }
        }
    )*};
}

hosts!(IpAddr Ipv4Addr Ipv6Addr);

impl Parameter<sql::Macaddr> for MacAddr {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_slice(&self.0);
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Macaddr8> for MacAddr8 {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_slice(&self.0);
        Ok(Encoded::Value)
    }
}

/// Family, bits of the network, whether it is a `cidr`, number of bytes, bytes.
fn write(address: IpAddr, prefix: u8, is_cidr: bool, out: &mut BytesMut) -> Result<Encoded, BindError> {
    let (family, length, octets) = match address {
        IpAddr::V4(address) => (IPV4, 4, address.octets().to_vec()),
        IpAddr::V6(address) => (IPV6, 16, address.octets().to_vec()),
    };
    if prefix > length * 8 {
        return Err(BindError::new("has a prefix of more bits than the address has"));
    }
    out.put_slice(&[family, prefix, u8::from(is_cidr), length]);
    out.put_slice(&octets);
    Ok(Encoded::Value)
}
