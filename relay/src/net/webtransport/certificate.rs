//! The certificate of the WebTransport endpoint. Browsers accept a self-signed one by its hash, if its key is ECDSA
//! with P-256 and it is valid for at most 14 days.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

/// How far a client's clock may be behind.
const CLOCK_SKEW: Duration = Duration::from_hours(24);
/// How long a certificate is valid in total.
const VALID: Duration = Duration::from_hours(13 * 24);
/// How often a new certificate replaces it.
pub(crate) const ROTATION: Duration = Duration::from_hours(7 * 24);
const _: () = assert!(ROTATION.as_secs() + 2 * CLOCK_SKEW.as_secs() <= VALID.as_secs());

/// A certificate and its key.
pub(crate) struct Certificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// Hash of the certificate: 64 lowercase hexadecimal digits.
    pub(crate) sha256: String,
}

impl Certificate {
    /// Makes a certificate that is valid from now on.
    pub(crate) fn make(provider: &Arc<CryptoProvider>) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.not_before = OffsetDateTime::now_utc() - CLOCK_SKEW;
        params.not_after = params.not_before + VALID;
        // Chromium refuses a certificate without any extension.
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "skirmish relay");
        let der = params.self_signed(&key)?.der().clone();
        let hash = web_transport_quinn::crypto::sha256(provider, &der);
        let sha256 = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Ok(Self {
            sha256: sha256.collect(),
            chain: vec![der],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }
}
