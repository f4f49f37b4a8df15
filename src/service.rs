//! The data side behind a request/notice interface: it carries what the engine
//! wants to store and graph, in this process or over a socket.

pub mod protocol;
