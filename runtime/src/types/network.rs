//! Addresses of networks and of devices.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::InvalidText;

/// An `inet`: an address, with the number of its bits that tell the network.
///
/// ```
/// use pgmutate::types::Inet;
///
/// let inet: Inet = "192.0.2.7/24".parse()?;
/// assert_eq!((inet.address.to_string().as_str(), inet.prefix), ("192.0.2.7", 24));
/// # Ok::<(), pgmutate::types::InvalidText>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inet {
    /// The address.
    pub address: IpAddr,
    /// The bits that tell the network: all of them for one host.
    pub prefix: u8,
}

/// A `cidr`: a network. The bits behind the prefix are zero, which PostgreSQL checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The network's first address.
    pub address: IpAddr,
    /// The bits that tell the network.
    pub prefix: u8,
}

/// A `macaddr`: an address of six bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

/// A `macaddr8`: an address of eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr8(pub [u8; 8]);

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn read(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address = address.parse::<IpAddr>().ok()?;
    let prefix = match prefix {
        Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => prefix.parse().ok()?,
        Some(_) => return None,
        None => bits(address),
    };
    (prefix <= bits(address)).then_some((address, prefix))
}

impl From<IpAddr> for Inet {
    fn from(address: IpAddr) -> Self {
        Self { address, prefix: bits(address) }
    }
}

impl From<Ipv4Addr> for Inet {
    fn from(address: Ipv4Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<Ipv6Addr> for Inet {
    fn from(address: Ipv6Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        if self.prefix == bits(self.address) { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl FromStr for Inet {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let (address, prefix) =
            read(text).ok_or(InvalidText::new("an address, such as `192.0.2.7` or `192.0.2.7/24`"))?;
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let (address, prefix) = read(text).ok_or(InvalidText::new("a network, such as `192.0.2.0/24`"))?;
        Ok(Self { address, prefix })
    }
}

macro_rules! devices {
    ($($name:ident, $length:literal, $expected:literal;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (index, byte) in self.0.iter().enumerate() {
                    write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" })?;
                }
                Ok(())
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
                let byte = |part: &str| u8::from_str_radix(part, 16).ok().filter(|_| digits(part));
                let bytes = text.split(':').map(byte).collect::<Option<Vec<_>>>();
                let bytes = bytes.and_then(|bytes| <[u8; $length]>::try_from(bytes).ok());
                bytes.map(Self).ok_or(InvalidText::new($expected))
            }
        }
    )*};
}

devices! {
    MacAddr, 6, "an address of six bytes, such as `08:00:2b:01:02:03`";
    MacAddr8, 8, "an address of eight bytes, such as `08:00:2b:01:02:03:04:05`";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written() {
        for text in ["192.0.2.7", "192.0.2.7/0", "2001:db8::1", "2001:db8::/32", "::ffff:1.2.3.4"] {
            assert_eq!(text.parse::<Inet>().unwrap().to_string(), text);
        }
        assert_eq!("10.0.0.0/8".parse::<Cidr>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("08:00:2B:01:02:ff".parse::<MacAddr>().unwrap().to_string(), "08:00:2b:01:02:ff");
        assert_eq!("08:00:2b:01:02:03:04:05".parse::<MacAddr8>().unwrap().0[7], 5);
        for text in ["", "1.2.3", "1.2.3.4/33", "1.2.3.4/+1", "1.2.3.4/", "::/129", "x"] {
            assert!(text.parse::<Inet>().is_err() && text.parse::<Cidr>().is_err(), "{text}");
        }
        assert!("08:00:2b:01:02".parse::<MacAddr>().is_err() && "+8:00:2b:01:02:03".parse::<MacAddr>().is_err());
    }
}
