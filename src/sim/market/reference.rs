//! What belongs to no contract: news, scanners, families, tiers, users, display groups.

use super::body::Body;
use super::calendar::news_time;
use super::contracts::{self, Instrument};
use super::desk::{Desk, Feed, Slot};
use super::inquiry::Inquiry;
use super::quotes::Answer;
use super::refusal::Refusal;
use crate::sim::account::ACCOUNT;
use crate::wire::Reply;

/// The codes and names of who sends news.
const PROVIDERS: [(&str, &str); 2] = [
    ("BRFG", "Briefing.com General Market Columns"),
    ("DJNL", "Dow Jones Newsletters"),
];
/// Each article: its time, its provider, its id and its headline.
const ARTICLES: [(i64, &str, &str, &str); 3] = [
    (
        1_795_341_600,
        "BRFG",
        "BRFG$00000001",
        "Simulated headline: nothing has happened",
    ),
    (
        1_795_345_200,
        "DJNL",
        "DJNL$00000002",
        "Simulated headline: nothing has happened again",
    ),
    (
        1_795_348_800,
        "BRFG",
        "BRFG$00000003",
        "Simulated headline: still nothing",
    ),
];
/// The scanner's codes.
const SCANS: [&str; 4] = [
    "TOP_PERC_GAIN",
    "TOP_PERC_LOSE",
    "MOST_ACTIVE",
    "HOT_BY_VOLUME",
];
const MOST_ROWS: usize = 50;

/// The family of each account (78).
pub(super) fn family_codes(asked: &Inquiry) -> Reply {
    let mut body = Body::new(78, asked.version);
    body.list(1, &[(ACCOUNT, "F9000021")], |body, (account, family)| {
        body.put(&[1], *account).put(&[2], *family);
    });
    body.reply()
}

/// The tiers of soft dollars (77): none.
pub(super) fn soft_dollar_tiers(asked: &Inquiry) -> Reply {
    let mut body = Body::new(77, asked.version);
    body.put(&[1], asked.id).list(2, &[] as &[i32], |_, _| {});
    body.reply()
}

/// Who the user is (107): no broker's brand.
pub(super) fn user_info(asked: &Inquiry) -> Reply {
    Body::new(107, asked.version)
        .put(&[1], asked.id)
        .put(&[2], "")
        .reply()
}

/// The settings of the Gateway (110), without any of them.
pub(super) fn config(asked: &Inquiry) -> Reply {
    Body::new(110, asked.version).put(&[1], asked.id).reply()
}

/// Who sends news (85).
pub(super) fn news_providers(asked: &Inquiry) -> Reply {
    let mut body = Body::new(85, asked.version);
    body.list(1, &PROVIDERS, |body, (code, name)| {
        body.put(&[1], *code).put(&[2], *name);
    });
    body.reply()
}

/// One article (83).
pub(super) fn news_article(_: &mut Desk, asked: &Inquiry) -> Answer {
    let (provider, id) = (asked.text(2), asked.text(3));
    let found = ARTICLES
        .iter()
        .find(|article| article.1 == provider && article.2 == id);
    let Some((.., headline)) = found else {
        let text = "Failed to request news article:No such article";
        return Err(Refusal::new(10172, text).about(&format!("{provider} {id}")));
    };
    let mut body = Body::new(83, asked.version);
    Ok(vec![
        body.put(&[1], asked.id)
            .put(&[2], 0)
            .put(&[3], *headline)
            .reply(),
    ])
}

/// The headlines about a contract (86), and their end (87).
pub(super) fn historical_news(_: &mut Desk, asked: &Inquiry) -> Answer {
    if contracts::numbered(asked.int(2)).is_none() {
        let text = "No security definition has been found for the request";
        return Err(Refusal::new(200, text).about(&asked.int(2).to_string()));
    }
    let codes = asked.text(3);
    let wanted =
        |article: &&(i64, &str, &str, &str)| codes.split('+').any(|code| code == article.1);
    let most = usize::try_from(asked.int(6)).unwrap_or_default();
    let found: Vec<_> = ARTICLES.iter().filter(wanted).collect();
    let one = |(time, provider, id, headline): &&(i64, &str, &str, &str)| {
        let mut body = Body::new(86, asked.version);
        body.put(&[1], asked.id)
            .put(&[2], &news_time(*time))
            .put(&[3], *provider);
        body.put(&[4], *id).put(&[5], *headline).reply()
    };
    let mut replies: Vec<_> = found.iter().take(most).map(one).collect();
    let mut end = Body::new(87, asked.version);
    replies.push(
        end.put(&[1], asked.id)
            .put(&[2], found.len() > most)
            .reply(),
    );
    Ok(replies)
}

/// Bulletins (14): one, which says that this is a simulator.
pub(super) fn bulletins(asked: &Inquiry) -> Reply {
    let mut body = Body::new(14, asked.version).head("1", u16::MAX);
    body.put(&[1], 1)
        .put(&[2], 1)
        .put(&[3], "This is a simulated Gateway.");
    body.put(&[4], "IBDOC").reply()
}

/// What a scanner can look for (19).
pub(super) fn scanner_parameters(asked: &Inquiry) -> Reply {
    let codes = SCANS
        .map(|code| format!("<ScanType><scanCode>{code}</scanCode></ScanType>"))
        .concat();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ScanParameterResponse><InstrumentList>\
         <Instrument><type>STK</type></Instrument></InstrumentList><ScanTypeList>{codes}\
         </ScanTypeList></ScanParameterResponse>"
    );
    let mut body = Body::new(19, asked.version).head("1", u16::MAX);
    body.put(&[1], &xml).reply()
}

/// What a scanner finds (20); it looks once.
pub(super) fn scanner(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let code = asked.text_of(2, 4);
    if !SCANS.contains(&code) {
        let text = format!("Scanner type with code {code} is disabled");
        return Err(Refusal::historical(&text));
    }
    desk.open(Slot::Scanner, asked.id, None, Feed::Silence)?;
    let rows = asked
        .text_of(2, 1)
        .parse::<usize>()
        .unwrap_or(MOST_ROWS)
        .min(MOST_ROWS);
    let is_stock = |it: &Instrument| it.sec_type == "STK" && it.currency == "USD";
    let found: Vec<_> = (0..)
        .zip(contracts::all().filter(is_stock))
        .take(rows)
        .collect();
    let mut body = Body::new(20, asked.version).head("3", u16::MAX);
    body.put(&[1], asked.id)
        .list(2, &found, |body, (rank, it)| {
            body.put(&[1], *rank)
                .put(&[2, 1], it.con_id)
                .put(&[2, 2], it.symbol);
            body.put(&[2, 3], it.sec_type)
                .put(&[2, 4], "")
                .put(&[2, 5], 0.0)
                .put(&[2, 6], "");
            body.put(&[2, 8], it.routed()).put(&[2, 10], it.currency);
            body.put(&[2, 11], &it.local_symbol)
                .put(&[3], it.class)
                .put(&[2, 12], it.class);
            body.put(&[4], "").put(&[5], "").put(&[6], "").put(&[7], "");
        });
    Ok(vec![body.reply()])
}

/// The display groups (67).
pub(super) fn display_groups(asked: &Inquiry) -> Reply {
    let mut body = Body::new(67, asked.version).head("1", u16::MAX);
    body.put(&[1], asked.id).put(&[2], "1|2|3").reply()
}

/// What a display group shows (68): nothing yet.
pub(super) fn group_events(desk: &mut Desk, asked: &Inquiry) -> Answer {
    if !(1..=3).contains(&asked.int(2)) {
        return Err(Refusal::invalid(&format!(
            "Invalid group id: {}",
            asked.int(2)
        )));
    }
    desk.open(Slot::Group, asked.id, None, Feed::Silence)?;
    Ok(vec![group(asked, "none")])
}

/// Changes what a display group shows (69); the subscriber hears of it (68).
pub(super) fn update_group(desk: &mut Desk, asked: &Inquiry) -> Answer {
    if !desk.streams.contains_key(&(Slot::Group, asked.id)) {
        return Err(Refusal::invalid(
            "No subscription to a display group has this id",
        ));
    }
    Ok(vec![group(asked, asked.text(2))])
}

fn group(asked: &Inquiry, shows: &str) -> Reply {
    let mut body = Body::new(68, asked.version).head("1", u16::MAX);
    body.put(&[1], asked.id).put(&[2], shows).reply()
}
