//! Captures that begin in mid-session on ports that are not a Gateway's usual ones.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::wire::{Reply, Request};

use super::captures::read;
use super::packets::{Dialogue, Link, Segment, pcap};
use super::talk::Talk;

/// A capture on this port and a high one that begins behind the opening.
fn late_on(port: u16, talk: &Talk, skip: usize) -> Vec<u8> {
    let dialogue = Dialogue::of(talk);
    let mut segments: Vec<Segment> = dialogue.segments.into_iter().skip(skip).collect();
    for segment in &mut segments {
        segment.gateway = port;
    }
    pcap(&segments, Link::Raw, false, false)
}

fn late(talk: &Talk, skip: usize) -> Vec<u8> {
    late_on(40_002, talk, skip)
}

#[test]
fn another_service_that_counts_its_messages_is_not_taken_for_a_gateway() {
    for first in [1, 4, 45, 101, 207, 250] {
        let mut talk = Talk::greeted("157..178", 178);
        talk.acts.clear();
        for place in 0..60_u32 {
            let number = (first + place).to_be_bytes();
            let asked = [&[0, 0, 0, 19], &number[..], b"\0\0\0\x04\0\0\0\x06/a/b/c\0"];
            let told = [
                &[0, 0, 0, 20],
                &number[..],
                b"\0\0\x01\x02\0\0\0\x09\0\0\0\0abcd",
            ];
            let at = u64::from(place) * 50;
            talk = talk
                .sends(at, Client, asked.concat())
                .sends(at + 1, Gateway, told.concat());
        }
        for port in [2_181, 40_002] {
            let (trace, findings) = read(&late_on(port, &talk, 3), usize::MAX);
            assert!(findings.is_empty(), "{first}, {port}: {findings:?}");
            assert_eq!((trace.sessions.len(), trace.other_connections), (0, 1));
        }
    }
}

#[test]
fn on_an_unusual_port_the_gateway_is_who_answers_and_not_who_has_the_lower_one() {
    let mut talk = Talk::ready("157..178", 178);
    for place in 0..4 {
        talk = talk
            .asks(20 + place, &Request::Executions { req_id: 3 })
            .says(30 + place, &Reply::ExecutionsEnd { req_id: 3 });
    }
    let mut segments = Dialogue::of(&talk).segments.split_off(8);
    for segment in &mut segments {
        (segment.port, segment.gateway) = (7_000, 50_000);
    }
    let (trace, _) = read(&pcap(&segments, Link::Raw, false, false), usize::MAX);
    assert_eq!(trace.sessions.len(), 1, "{:?}", trace.notes);
    assert_eq!(trace.sessions[0].gateway.as_deref(), Some("10.0.0.2:50000"));
}

#[test]
fn a_capture_of_two_high_ports_that_begins_late_is_read_by_its_messages() {
    let mut talk = Talk::ready("157..178", 178);
    let mut alike = Talk::ready("157..178", 178);
    for place in 0..4 {
        // Either side has messages with these ids: who answers whom tells, and of the time nothing does.
        alike = alike
            .asks(20 + place, &Request::CurrentTime)
            .says(30 + place, &Reply::CurrentTime(1));
        talk = talk
            .asks(20 + place, &Request::Executions { req_id: 3 })
            .says(30 + place, &Reply::ExecutionsEnd { req_id: 3 });
    }
    for skip in [8, 9] {
        let (trace, findings) = read(&late(&talk, skip), usize::MAX);
        assert_eq!(trace.sessions.len(), 1, "{skip}: {:?}", trace.notes);
        assert_eq!(trace.sessions[0].gateway.as_deref(), Some("10.0.0.2:40002"));
        assert!(findings.is_empty(), "{findings:?}");
    }
    let (trace, _) = read(&late(&alike, 8), usize::MAX);
    assert!(trace.sessions.is_empty(), "{:?}", trace.sessions);
    assert!(
        trace.notes[0].contains("which end is the Gateway is not known"),
        "{:?}",
        trace.notes
    );
}
