//! Recordings of a relay: files that give way to new ones, and what a lagging observer leaves out.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ibdoc::event::Speaker::{self, Client, Gateway};
use ibdoc::report::RequestEnd;
use ibdoc::tap::{Act, Observer, Recorder, Seen};
use ibdoc::trace::{Ends, Timestamp};
use ibdoc::wire::{Reply, Request};

use crate::helpers::recorded;
use crate::trace::talk::{BEGAN, Talk};

/// What a relay tells of a talk, with these acts before it.
fn seen(talk: &Talk) -> Vec<Seen> {
    let ends = Ends {
        client: Some("127.0.0.1:50000".to_owned()),
        gateway: Some("127.0.0.1:4002".to_owned()),
        ..Ends::default()
    };
    let act = |millis: u64, side: Speaker, act| Seen::Act {
        at: Timestamp(Duration::from_millis(BEGAN + millis)),
        connection: 1,
        side,
        act,
    };
    let mut all = vec![
        act(0, Client, Act::Met(Box::new(ends))),
        act(0, Client, Act::Connects),
        act(0, Gateway, Act::Accepted),
    ];
    for (millis, side, bytes) in &talk.acts {
        all.push(act(*millis, *side, Act::Bytes(bytes.clone())));
    }
    all
}

/// Records it to files of at most so many bytes, and returns their paths, the oldest first.
fn record(folder: &Path, all: &[Seen], limit: u64) -> [Vec<std::path::PathBuf>; 2] {
    let [lines, capture] = ["s.tap", "s.pcap"].map(|name| folder.join(name));
    let recorder = Recorder::create(Some(&lines), Some(&capture), limit).expect("files");
    let nothing = &mut |_| {};
    let mut observer = Observer::new(recorder, nothing);
    for it in all {
        observer.take(std::slice::from_ref(it));
    }
    observer.finish();
    [lines, capture].map(|newest| {
        let numbered = (1..10).map(|number| {
            let name = format!("{}.{number}", newest.display());
            std::path::PathBuf::from(name)
        });
        let mut files: Vec<_> = numbered.filter(|path| path.exists()).collect();
        files.reverse();
        files.push(newest);
        files
    })
}

#[test]
fn a_session_goes_on_in_the_next_file_and_is_read_from_there_alone() {
    let mut talk = Talk::ready("157..178", 178);
    for number in 1_i32..60 {
        talk = talk
            .asks(
                10 * u64::from(number.unsigned_abs()),
                &Request::Executions { req_id: number },
            )
            .says(
                10 * u64::from(number.unsigned_abs()) + 1,
                &Reply::ExecutionsEnd { req_id: number },
            );
    }
    let folder = tempfile::tempdir().expect("a folder");
    for files in record(folder.path(), &seen(&talk), 4_000) {
        assert!(files.len() > 2, "{files:?}");
        let last = fs::read(files.last().expect("a file")).expect("its bytes");
        let (trace, _, messages) = recorded::read(&last, usize::MAX);
        let session = &trace.sessions[0];
        assert!(messages > 2 && session.sent.unreadable + session.received.unreadable == 0);
        assert!(
            session
                .requests
                .iter()
                .any(|it| it.end == RequestEnd::Ended)
        );
        assert_eq!(session.gateway.as_deref(), Some("127.0.0.1:4002"));
    }
}

#[test]
fn what_was_not_copied_is_a_gap_in_both_recordings_and_nothing_is_said_of_it() {
    let talk = Talk::ready("157..178", 178)
        .asks(20, &Request::Executions { req_id: 3 })
        .says(21, &Reply::ExecutionsEnd { req_id: 3 })
        .says(22, &Reply::CurrentTime(1))
        .asks(9_000, &Request::CurrentTime);
    let mut all = seen(&talk);
    let place = all.len() - 3;
    let Seen::Act { act, .. } = &mut all[place] else {
        panic!("an act");
    };
    let Act::Bytes(bytes) = act else {
        panic!("bytes");
    };
    let length = bytes.len() as u64;
    *act = Act::Gap(length);
    let folder = tempfile::tempdir().expect("a folder");
    for files in record(folder.path(), &all, 1 << 20) {
        let bytes = fs::read(&files[0]).expect("its bytes");
        let (trace, findings, _) = recorded::read(&bytes, usize::MAX);
        assert_eq!(trace.sessions[0].received.missing, length, "{files:?}");
        assert!(findings.is_empty(), "{findings:?}");
    }
}
