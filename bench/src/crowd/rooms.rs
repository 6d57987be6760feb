//! The rooms that a crowd listens to: a number for each name, how many listen, and the highest number
//! anybody has proof of, be it a join, an acknowledgement or an event.

use std::{cell::Cell, collections::HashMap, rc::Rc};

/// One room.
#[derive(Debug)]
struct State {
    name: Rc<str>,
    people: u32,
    head: Cell<u64>,
    is_spoken_in: bool,
}

/// All rooms of a crowd.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    numbers: HashMap<Rc<str>, usize>,
    states: Vec<State>,
}

impl Rooms {
    /// One more person will listen to this room.
    pub(crate) fn enter(&mut self, name: &str, is_spoken_in: bool) -> (usize, Rc<str>) {
        if let Some(number) = self.numbers.get(name).copied()
            && let Some(state) = self.states.get_mut(number)
        {
            state.people += 1;
            return (number, Rc::clone(&state.name));
        }
        let (number, name) = (self.states.len(), Rc::<str>::from(name));
        self.numbers.insert(Rc::clone(&name), number);
        self.states.push(State { name: Rc::clone(&name), people: 1, head: Cell::new(0), is_spoken_in });
        (number, name)
    }

    /// How many listen to it.
    pub(crate) fn people(&self, room: usize) -> u32 {
        self.states.get(room).map_or(0, |state| state.people)
    }

    /// The highest number there is proof of.
    pub(crate) fn head(&self, room: usize) -> u64 {
        self.states.get(room).map_or(0, |state| state.head.get())
    }

    /// Here is proof of this number.
    pub(crate) fn raise(&self, room: usize, seq: u64) {
        if let Some(state) = self.states.get(room) {
            state.head.set(state.head.get().max(seq));
        }
    }

    /// Another crowd has proof of this number.
    pub(crate) fn raise_named(&self, name: &str, seq: u64) {
        if let Some(room) = self.numbers.get(name) {
            self.raise(*room, seq);
        }
    }

    /// The rooms that people speak in, with their heads.
    pub(crate) fn spoken_in(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        let numbered = self.states.iter().enumerate().filter(|(_, state)| state.is_spoken_in);
        numbered.map(|(room, state)| (room, &*state.name, state.head.get()))
    }
}
