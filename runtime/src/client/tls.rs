//! Encrypted connections.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

/// TLS by `rustls`: it checks that the server's certificate is of an authority that is trusted, and made out to the host that is connected to.
///
/// Whether a connection may also be unencrypted says the configuration: set
/// [`SslMode::Require`](tokio_postgres::config::SslMode::Require), or the server decides.
#[derive(Clone)]
pub struct Tls(MakeRustlsConnect);

/// A certificate that cannot be trusted, because it is none.
#[derive(Debug)]
pub struct TlsError(Box<dyn std::error::Error + Send + Sync>);

impl Tls {
    /// Trusts these authorities, and no other: certificates in PEM, one or more. A certificate that has signed itself is its own authority.
    ///
    /// # Errors
    ///
    /// The text holds no certificate, or one that cannot be read.
    pub fn trusting(certificates: &[u8]) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(certificates) {
            roots.add(certificate.map_err(TlsError::new)?).map_err(TlsError::new)?;
        }
        if roots.is_empty() {
            return Err(TlsError::new("there is no certificate in the PEM text"));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::new)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::from(config))
    }
}

/// With settings of one's own: client certificates, authorities from elsewhere.
impl From<ClientConfig> for Tls {
    fn from(config: ClientConfig) -> Self {
        Self(MakeRustlsConnect::new(config))
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<S>>::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        <MakeRustlsConnect as MakeTlsConnect<S>>::make_tls_connect(&mut self.0, host)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl TlsError {
    fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate cannot be trusted: {}", self.0)
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
