//! Money: whole minor units and an ISO 4217 currency, together. Never a float, never a sum across
//! currencies.

use serde::{Deserialize, Serialize};

/// The currencies the product keeps books in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// West African CFA franc, the default.
    #[default]
    Xof,
    /// Central African CFA franc.
    Xaf,
    /// Guinean franc.
    Gnf,
    /// Euro.
    Eur,
    /// United States dollar.
    Usd,
    /// Pound sterling.
    Gbp,
    /// Moroccan dirham.
    Mad,
    /// Nigerian naira.
    Ngn,
    /// Ghanaian cedi.
    Ghs,
    /// Tunisian dinar.
    Tnd,
}

impl Currency {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Xof,
        Self::Xaf,
        Self::Gnf,
        Self::Eur,
        Self::Usd,
        Self::Gbp,
        Self::Mad,
        Self::Ngn,
        Self::Ghs,
        Self::Tnd,
    ];

    /// The ISO 4217 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Xof => "XOF",
            Self::Xaf => "XAF",
            Self::Gnf => "GNF",
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
            Self::Mad => "MAD",
            Self::Ngn => "NGN",
            Self::Ghs => "GHS",
            Self::Tnd => "TND",
        }
    }

    /// How many decimals the minor unit has.
    #[must_use]
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Xof | Self::Xaf | Self::Gnf => 0,
            Self::Eur | Self::Usd | Self::Gbp | Self::Mad | Self::Ngn | Self::Ghs => 2,
            Self::Tnd => 3,
        }
    }
}

/// An amount in minor units of its currency; `{"amount":118000,"currency":"XOF"}` on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units; negative for a credit.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
}

/// The largest amount in major units, either sign: 10^11.
const MAJOR_MAX: i64 = 100_000_000_000;

impl Money {
    /// An amount within the limit, or `None`.
    #[must_use]
    pub fn new(amount: i64, currency: Currency) -> Option<Self> {
        let limit = MAJOR_MAX.checked_mul(10_i64.pow(currency.exponent()))?;
        (-limit..=limit).contains(&amount).then_some(Self { amount, currency })
    }

    /// The sum, when both are of one currency and it stays within the limit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.amount.checked_add(other.amount)?, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_two_currencies_never_add() {
        let francs = Money::new(118_000, Currency::Xof).unwrap();
        let euros = Money::new(1, Currency::Eur).unwrap();

        assert_eq!(francs.plus(euros), None);
        assert_eq!(serde_json::to_string(&francs).unwrap(), r#"{"amount":118000,"currency":"XOF"}"#);
    }
}
