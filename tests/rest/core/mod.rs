//! What every module leans on: modules switched on and off, what was done and that nothing of it was changed.

mod audit;
mod modules;
mod stream;
