//! Arithmetic between counts and fractions. The house forbids `as`, which rounds and wraps in silence;
//! the few conversions that a report needs stand here, each total.

/// The nearest fraction to a count.
pub(crate) fn float(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & 0xffff_ffff).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// The size of a collection as a count.
pub(crate) fn count(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// A quotient of two counts; zero over nothing, so that an empty run prints instead of failing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    per(float(part), float(whole))
}

/// A quotient of two fractions; zero over nothing.
pub(crate) fn per(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// A count as people read it: thousands apart.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_beyond_32_bits_keeps_its_size() {
        assert!((float(10_000_000_000) - 1e10).abs() < 1.0);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn nothing_over_nothing_is_zero() {
        assert!(ratio(0, 0).abs() < f64::EPSILON);
    }
}
