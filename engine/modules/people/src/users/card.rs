//! What is shown of people: a card to everybody who may see them, the full profile to themselves and to
//! whoever manages people. Never the credential version, never the folded address.

use super::tables::{Organization, User};
use serde_json::{Value, json};

impl User {
    /// What a directory shows.
    #[must_use]
    pub fn card(&self) -> Value {
        json!({
            "id": self.id,
            "org_id": self.org_id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "role": self.role,
            "status": self.status,
            "job_title": self.job_title,
            "language": self.language,
            "version": self.version,
        })
    }

    /// The whole profile.
    #[must_use]
    pub fn full(&self) -> Value {
        let mut full = self.card();
        let more = json!({
            "timezone": self.timezone,
            "phone": self.phone,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "updated_at": self.updated_at,
            "updated_by": self.updated_by,
        });
        if let (Value::Object(full), Value::Object(more)) = (&mut full, more) {
            full.extend(more);
        }
        full
    }
}

impl Organization {
    /// What its people see of it.
    #[must_use]
    pub fn card(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "default_language": self.default_language,
            "timezone": self.timezone,
            "currency": self.currency,
            "country": self.country,
            "week_start": self.week_start,
        })
    }
}
