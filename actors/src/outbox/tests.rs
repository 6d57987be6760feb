//! Held replies: when they go out, and what happens to them when the socket is full or closes.

use super::*;

fn outbox(capacity: usize) -> Outbox {
    let memory = Memory { capacity, ..Memory::default() };
    Outbox::new(1, Codec::MsgPack, Line::memory(memory), 100, 0)
}

fn arrived(outbox: &Outbox) -> String {
    let Line::Memory(memory) = &outbox.line else { return String::new() };
    String::from_utf8(memory.lock().bytes.clone()).unwrap_or_default()
}

fn make_room(outbox: &Outbox, capacity: usize) {
    if let Line::Memory(memory) = &outbox.line {
        memory.lock().capacity = capacity;
    }
}

#[test]
fn a_held_reply_goes_out_before_the_next_event() {
    let outbox = outbox(100);

    outbox.insist_soon(Bytes::from_static(b"reply "));
    assert_eq!(arrived(&outbox), "");
    outbox.send(&Bytes::from_static(b"event"));
    outbox.release();

    assert_eq!(arrived(&outbox), "reply event");
}

#[test]
fn a_held_reply_without_company_goes_out_when_it_is_released() {
    let outbox = outbox(100);

    outbox.insist_soon(Bytes::from_static(b"reply"));
    outbox.release();
    outbox.release();

    assert_eq!(arrived(&outbox), "reply");
}

#[test]
fn of_two_frames_in_one_go_the_socket_may_take_any_part() {
    for taken in 0.."reply event".len() {
        let outbox = outbox(taken);
        outbox.insist_soon(Bytes::from_static(b"reply "));
        outbox.send(&Bytes::from_static(b"event"));
        assert!(outbox.is_waiting());

        make_room(&outbox, 100);
        assert!(outbox.flush(0).unwrap());

        assert_eq!(arrived(&outbox), "reply event", "{taken} bytes were taken at first");
    }
}

#[test]
fn a_held_reply_waits_its_turn_behind_what_waits_already() {
    let outbox = outbox(0);
    outbox.send(&Bytes::from_static(b"event "));

    outbox.insist_soon(Bytes::from_static(b"reply"));
    make_room(&outbox, 100);
    assert!(outbox.flush(0).unwrap());

    assert_eq!(arrived(&outbox), "event reply");
}

#[test]
fn a_held_reply_is_not_lost_to_a_close() {
    let outbox = outbox(100);

    outbox.insist_soon(Bytes::from_static(b"reply"));
    outbox.close(Close::BROKEN);
    assert!(outbox.is_waiting());
    assert!(outbox.flush(0).unwrap());
    outbox.release();

    assert_eq!(arrived(&outbox), "reply");
    assert_eq!(outbox.insist_soon(Bytes::from_static(b"late")), Sent::Closed);
}
