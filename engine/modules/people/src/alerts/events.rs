//! What the administrators' rooms hear of themselves.

/// An administrator handled it.
pub const ACKED: &str = "core.alert.acked";
/// Something on the platform has not been well three times in a row.
pub const HEALTH_DEGRADED: &str = "core.health.degraded";
/// It has been well again three times in a row.
pub const HEALTH_RECOVERED: &str = "core.health.recovered";
