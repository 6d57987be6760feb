//! Access tokens: signed claims (JWT, RFC 7519, with EdDSA, RFC 8037) that name a person, a role and a
//! sign-in for a quarter of an hour. Verifying looks nothing up; whether the claims still hold is
//! asked elsewhere.

use super::{Error, keys::SigningKey};
use crate::recent::Recent;
use crate::users::tables::User;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::Result;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use schema::{
    caller::{ActorKind, Caller},
    clock::Clock,
    code::Code,
    id::{Id, OrgId, SessionId, UserId},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How far clocks may be apart.
pub(super) const SKEW_SECONDS: i64 = 30;
/// No token of ours is longer.
const BYTES_MAX: usize = 2_048;

/// Names one token.
enum Token {}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    org: OrgId,
    role: Role,
    sid: SessionId,
    jti: Id<Token>,
    /// Credential version.
    tv: u64,
    iat: i64,
    exp: i64,
}

/// Signs and verifies; remembers what it verified, so that a crowd coming back is checked once.
pub(super) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    validation: Validation,
    public: String,
    verified: Recent<[u8; 32], Caller>,
}

impl Tokens {
    pub(super) fn new(key: &SigningKey, cached_max: usize) -> Result<Self, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The library would ask the system's clock; ours is asked below.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let id = blake3::hash(key.public()).to_hex();
        let header = Header { kid: Some(id.chars().take(16).collect()), ..Header::new(Algorithm::EdDSA) };
        Ok(Self {
            encoding: EncodingKey::from_ed_der(&key.pkcs8()?),
            decoding: DecodingKey::from_ed_der(key.public()),
            header,
            validation,
            public: URL_SAFE_NO_PAD.encode(key.public()),
            verified: Recent::new(cached_max),
        })
    }

    /// A token of a person's sign-in.
    pub(super) fn sign(
        &self,
        user: &User,
        session: SessionId,
        seconds: i64,
        clock: &Clock,
    ) -> Result<String> {
        let now = clock.now();
        let claims = Claims {
            sub: user.id,
            org: user.org_id,
            role: user.role,
            sid: session,
            jti: clock.new_id(),
            tv: user.token_version,
            iat: now.seconds(),
            exp: now.plus_seconds(seconds).seconds(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding)
            .map_err(|error| engine::Error::new(Code::Internal, "a token can't be signed").because(error))
    }

    /// Who a token names.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<Caller> {
        if token.len() > BYTES_MAX {
            return Err(unknown());
        }
        let name = *blake3::hash(token.as_bytes()).as_bytes();
        let caller = match self.verified.get(&name) {
            Some(caller) => caller,
            None => {
                let caller = self.read(token, now)?;
                self.verified.put(name, caller);
                caller
            }
        };
        in_time(&caller, now)?;
        Ok(caller)
    }

    fn read(&self, token: &str, now: Timestamp) -> Result<Caller> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = decoded.map_err(|_| unknown())?.claims;
        if claims.iat > now.seconds() + SKEW_SECONDS {
            return Err(unknown());
        }
        Ok(Caller {
            user: claims.sub,
            org: claims.org,
            role: claims.role,
            session: claims.sid,
            token_version: claims.tv,
            expires_at: Timestamp::from_ms(claims.exp.saturating_mul(1_000)),
            kind: ActorKind::User,
        })
    }

    /// The public keys as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(super) fn key_set(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.header.kid, "x": self.public,
        }]})
    }
}

/// Refuses a token whose time is over.
pub(super) fn in_time(caller: &Caller, now: Timestamp) -> Result<()> {
    if caller.expires_at.plus_seconds(SKEW_SECONDS) > now {
        Ok(())
    } else {
        Err(engine::Error::new(Code::TokenExpired, "the session expired, refresh the token"))
    }
}

/// The one answer to every token that is not ours.
pub(super) fn unknown() -> engine::Error {
    engine::Error::new(Code::NotAuthenticated, "this token is not valid, sign in again")
}
