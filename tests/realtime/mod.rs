//! What happens on sockets, seen from the clients.

mod access;
mod chat;
mod crash;
mod hostile;
mod inbox;
mod presence;
mod resume;
mod slow;
mod twins;
mod walk;
