//! Problem codes: the short word by which a client recognises what went wrong, the same on REST and
//! on the socket, with the HTTP status and the title in both languages.

use serde::{Deserialize, Serialize};

/// Why a call was refused. The wire word is the kebab-case name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the titles below say what each means, in words made for people")]
pub enum Code {
    InvalidJson,
    UnknownField,
    InvalidFilter,
    CursorMismatch,
    UnknownOperation,
    ProtocolError,
    NotAuthenticated,
    TokenExpired,
    TokenRevoked,
    MfaRequired,
    Forbidden,
    ModuleDisabled,
    AccountNotActive,
    StepUpRequired,
    PasswordChangeRequired,
    NotFound,
    MethodNotAllowed,
    Conflict,
    Duplicate,
    InvalidTransition,
    Overlap,
    AlreadyApplied,
    CapacityReached,
    LockedPeriod,
    IdempotencyInProgress,
    VersionConflict,
    PayloadTooLarge,
    UnsupportedMediaType,
    Validation,
    RuleViolation,
    IdempotencyKeyReused,
    InsufficientBalance,
    AccountLocked,
    PreconditionRequired,
    RateLimited,
    Internal,
    Maintenance,
    Overloaded,
    StoreUnavailable,
    OutcomeUnknown,
    Draining,
}

impl Code {
    /// The HTTP status (RFC 9110): the one place where it is chosen.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidJson
            | Self::UnknownField
            | Self::InvalidFilter
            | Self::CursorMismatch
            | Self::UnknownOperation
            | Self::ProtocolError => 400,
            Self::NotAuthenticated | Self::TokenExpired | Self::TokenRevoked | Self::MfaRequired => 401,
            Self::Forbidden
            | Self::ModuleDisabled
            | Self::AccountNotActive
            | Self::StepUpRequired
            | Self::PasswordChangeRequired => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict
            | Self::Duplicate
            | Self::InvalidTransition
            | Self::Overlap
            | Self::AlreadyApplied
            | Self::CapacityReached
            | Self::LockedPeriod
            | Self::IdempotencyInProgress => 409,
            Self::VersionConflict => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Validation
            | Self::RuleViolation
            | Self::IdempotencyKeyReused
            | Self::InsufficientBalance => 422,
            Self::AccountLocked => 423,
            Self::PreconditionRequired => 428,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Maintenance
            | Self::Overloaded
            | Self::StoreUnavailable
            | Self::OutcomeUnknown
            | Self::Draining => 503,
        }
    }

    /// The kebab-case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.row().0
    }

    /// A sentence for people, in French or English.
    #[must_use]
    pub const fn title(self, french: bool) -> &'static str {
        let (_, english, in_french) = self.row();
        if french { in_french } else { english }
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::InvalidJson => ("invalid-json", "The body is not valid", "Le corps n'est pas valide"),
            Self::UnknownField => ("unknown-field", "Unknown field", "Champ inconnu"),
            Self::InvalidFilter => ("invalid-filter", "Unknown filter or sort", "Filtre ou tri inconnu"),
            Self::CursorMismatch => {
                ("cursor-mismatch", "The cursor is of another list", "Le curseur vient d'une autre liste")
            }
            Self::UnknownOperation => ("unknown-operation", "Unknown operation", "Opération inconnue"),
            Self::ProtocolError => ("protocol-error", "Malformed frame", "Trame mal formée"),
            Self::NotAuthenticated => ("not-authenticated", "Sign in first", "Connectez-vous d'abord"),
            Self::TokenExpired => ("token-expired", "The session expired", "La session a expiré"),
            Self::TokenRevoked => ("token-revoked", "The session was ended", "La session a été fermée"),
            Self::MfaRequired => {
                ("mfa-required", "A second factor is needed", "Un second facteur est requis")
            }
            Self::Forbidden => ("forbidden", "You may not do this", "Vous n'avez pas ce droit"),
            Self::ModuleDisabled => ("module-disabled", "This module is off", "Ce module est désactivé"),
            Self::AccountNotActive => {
                ("account-not-active", "The account is not active", "Le compte n'est pas actif")
            }
            Self::StepUpRequired => {
                ("step-up-required", "Prove your identity again", "Prouvez à nouveau votre identité")
            }
            Self::PasswordChangeRequired => (
                "password-change-required",
                "Choose another password first",
                "Choisissez d'abord un autre mot de passe",
            ),
            Self::NotFound => ("not-found", "Not found", "Introuvable"),
            Self::MethodNotAllowed => ("method-not-allowed", "Method not allowed", "Méthode non permise"),
            Self::Conflict => {
                ("conflict", "Somebody changed this meanwhile", "Quelqu'un l'a modifié entre-temps")
            }
            Self::Duplicate => ("duplicate", "This value is already taken", "Cette valeur est déjà prise"),
            Self::InvalidTransition => (
                "invalid-transition",
                "This change of state is not possible",
                "Ce changement d'état est impossible",
            ),
            Self::Overlap => ("overlap", "This overlaps another record", "Cela chevauche un autre élément"),
            Self::AlreadyApplied => ("already-applied", "Already applied", "Déjà appliqué"),
            Self::CapacityReached => ("capacity-reached", "No place left", "Plus de place"),
            Self::LockedPeriod => ("locked-period", "This period is locked", "Cette période est verrouillée"),
            Self::IdempotencyInProgress => {
                ("idempotency-in-progress", "The same request is running", "La même requête est en cours")
            }
            Self::VersionConflict => {
                ("version-conflict", "Your copy is out of date", "Votre copie n'est plus à jour")
            }
            Self::PayloadTooLarge => ("payload-too-large", "Too large", "Trop volumineux"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", "Unsupported media type", "Type de contenu non pris en charge")
            }
            Self::Validation => {
                ("validation", "Some fields are not valid", "Certains champs ne sont pas valides")
            }
            Self::RuleViolation => ("rule-violation", "A rule forbids this", "Une règle l'interdit"),
            Self::IdempotencyKeyReused => (
                "idempotency-key-reused",
                "The key named another request",
                "La clé désigne une autre requête",
            ),
            Self::InsufficientBalance => ("insufficient-balance", "Balance too low", "Solde insuffisant"),
            Self::AccountLocked => ("account-locked", "The account is locked", "Le compte est verrouillé"),
            Self::PreconditionRequired => {
                ("precondition-required", "A required header is missing", "Un en-tête obligatoire manque")
            }
            Self::RateLimited => ("rate-limited", "Too many requests", "Trop de requêtes"),
            Self::Internal => {
                ("internal", "Something broke on our side", "Une erreur est survenue chez nous")
            }
            Self::Maintenance => ("maintenance", "Under maintenance", "En maintenance"),
            Self::Overloaded => ("overloaded", "Too busy, try again", "Trop occupé, réessayez"),
            Self::StoreUnavailable => ("store-unavailable", "The store is away", "La base est indisponible"),
            Self::OutcomeUnknown => (
                "outcome-unknown",
                "Outcome unknown, repeat with the same key",
                "Issue inconnue, répétez avec la même clé",
            ),
            Self::Draining => ("draining", "Restarting, try again", "Redémarrage, réessayez"),
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_wire_form() {
        for code in [Code::InvalidJson, Code::MfaRequired, Code::OutcomeUnknown, Code::Validation] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
        }
    }
}
