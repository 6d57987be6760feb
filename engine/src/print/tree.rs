//! What the parts of a document are to each other, for those who hear it instead of seeing it, and for programs: the
//! tags of a tagged PDF (ISO 32000-1 §14.8). It holds numbers of leaves; what a leaf shows is on its page.

/// What a branch is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A heading of a level, one or more, and its words.
    Heading(u16, String),
    Paragraph,
    Quote,
    /// A list; whether it is numbered.
    List(bool),
    Item,
    Body,
    Table,
    Row,
    /// The head of a column.
    Head,
    Cell,
}

/// A part with the parts in it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Branch {
    pub(super) kind: Kind,
    pub(super) parts: Vec<Part>,
}

/// A branch, or the number of a leaf.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Part {
    Branch(Branch),
    Leaf(usize),
}

/// The tree as it grows: the branch that is open takes what comes.
#[derive(Default, Debug)]
pub(super) struct Tree {
    roots: Vec<Part>,
    open: Vec<Branch>,
}

impl Tree {
    pub(super) fn open(&mut self, kind: Kind) {
        self.open.push(Branch { kind, parts: Vec::new() });
    }

    /// Closes the branch that was opened last; one without parts is as if it had never been, except for the cells that
    /// keep a row complete.
    pub(super) fn close(&mut self) {
        if let Some(branch) = self.open.pop()
            && (!branch.parts.is_empty() || matches!(branch.kind, Kind::Head | Kind::Cell))
        {
            self.put(Part::Branch(branch));
        }
    }

    pub(super) fn leaf(&mut self, leaf: usize) {
        self.put(Part::Leaf(leaf));
    }

    fn put(&mut self, part: Part) {
        self.open.last_mut().map_or(&mut self.roots, |branch| &mut branch.parts).push(part);
    }

    /// All of it; what is still open is closed.
    pub(super) fn finish(mut self) -> Vec<Part> {
        while !self.open.is_empty() {
            self.close();
        }
        self.roots
    }
}
