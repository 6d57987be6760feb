//! What may go wrong in a simulated store. Faults are what real stores do and callers must bear; flaws
//! are what no store may do.

/// How often what goes wrong. The default is a store that never fails.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Faults {
    /// Of a thousand batches, how many are answered with [`crate::Outcome::Unknown`].
    pub unknown_per_mille: u64,
    /// Of a thousand unknown batches, how many were not applied; the others were.
    pub lost_per_mille: u64,
    /// Of a thousand lost commits and claims, how many are judged and applied after all, some time after
    /// the answer: a conditional write that timed out may still be under way. Plain writes carry the
    /// instant they were made at, so a late one can't undo a newer one and is simply lost.
    pub late_per_mille: u64,
    /// Of a thousand unknown commits that were applied, how many got as far as their log row: what follows it
    /// is done when the commit is repeated or its room redone, and never once another commit came after it.
    pub half_per_mille: u64,
    /// Of a thousand reads, how many fail.
    pub failed_reads_per_mille: u64,
    /// The longest wait before and after each verb, in milliseconds.
    pub delay_ms_max: u64,
    /// Which promise the store breaks.
    pub flaw: Flaw,
}

/// A promise broken on purpose. One batch in eight that offers the occasion is treated so: rarely
/// enough that a run gets somewhere before the flaw shows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Flaw {
    /// None.
    #[default]
    None,
    /// Answers applied and writes nothing.
    ForgetsAcked,
    /// Lets a commit overwrite the log row of another.
    IgnoresFence,
    /// Writes only the second half of a batch.
    TearsBatch,
}

/// See [`Flaw`].
pub(super) const FLAW_ONE_IN: u64 = 8;
