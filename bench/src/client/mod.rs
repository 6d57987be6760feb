//! The client end of the wire, as light as it can be made: thousands of these share one thread. It
//! speaks RFC 6455 and MessagePack by itself, from the published description and not from the server's
//! code, so that a fault of the server's encoder is not repeated by its examiner.

pub(crate) mod address;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod heard;
pub(crate) mod line;
pub(crate) mod msgpack;
pub(crate) mod said;
