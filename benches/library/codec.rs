//! What the codec costs: the frames of a handshake, and a long list of positions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ibdoc::wire::{
    ClientGreeting, Contract, Decoder, Position, Reply, Request, ServerVersion, VersionRange,
};

/// Text, text with binary ids, protobuf.
const VERSIONS: [ServerVersion; 3] = [ServerVersion(178), ServerVersion(206), ServerVersion(226)];

fn handshake_replies() -> [Reply; 2] {
    [
        Reply::ManagedAccounts(vec!["DU9000021".to_owned()]),
        Reply::NextValidId(1),
    ]
}

fn client_frames(version: ServerVersion) -> Vec<u8> {
    let start = Request::StartApi {
        client_id: 7,
        capabilities: String::new(),
    };
    let mut bytes = ClientGreeting::new(VersionRange::SPOKEN).encode();
    bytes.extend(start.encode(version));
    bytes
}

fn position(number: i32) -> Reply {
    Reply::Position(Position {
        account: "DU9000021".to_owned(),
        contract: Contract {
            con_id: 265_598 + number,
            symbol: "AAPL".to_owned(),
            sec_type: "STK".to_owned(),
            exchange: "NASDAQ".to_owned(),
            currency: "USD".to_owned(),
            local_symbol: "AAPL".to_owned(),
            trading_class: "NMS".to_owned(),
            ..Contract::default()
        },
        quantity: number.to_string(),
        average_cost: 172.34,
    })
}

fn bytes_of(replies: &[Reply], version: ServerVersion) -> Vec<u8> {
    replies
        .iter()
        .flat_map(|reply| reply.encode(version))
        .collect()
}

fn decode(bytes: &[u8], version: ServerVersion) -> usize {
    let mut decoder = Decoder::new(Some(version));
    let mut count = 0;
    for piece in bytes.chunks(8 << 10) {
        decoder.feed(piece);
        while let Ok(Some(frame)) = decoder.next_frame() {
            count += usize::from(black_box(Reply::decode(&frame, version)).is_ok());
        }
    }
    count
}

fn handshake(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handshake");
    for version in VERSIONS {
        let asked = client_frames(version);
        group.throughput(Throughput::Bytes(asked.len() as u64));
        group.bench_function(format!("encode/{version}"), |bencher| {
            bencher.iter(|| client_frames(black_box(version)));
        });
        let bytes = bytes_of(&handshake_replies(), version);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("decode/{version}"), |bencher| {
            bencher.iter(|| decode(black_box(&bytes), version));
        });
    }
    group.finish();
}

fn positions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 positions");
    let positions: Vec<Reply> = (0..1000).map(position).collect();
    for version in VERSIONS {
        let bytes = bytes_of(&positions, version);
        assert_eq!(decode(&bytes, version), positions.len());
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("encode/{version}"), |bencher| {
            bencher.iter(|| bytes_of(black_box(&positions), version));
        });
        group.bench_function(format!("decode/{version}"), |bencher| {
            bencher.iter(|| decode(black_box(&bytes), version));
        });
    }
    group.finish();
}

criterion_group!(codec, handshake, positions);
criterion_main!(codec);
