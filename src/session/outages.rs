//! What the notices of a session say is lost and back, with the times between: every notice counts
//! here, also those that the record has no room for.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Outage, OutageKind};

/// How many links and farms are followed.
const FOLLOWED: usize = 64;
/// The longest name of a farm that is kept, in characters.
const NAME: usize = 40;

/// The links and farms of which a session has heard that they were lost.
#[derive(Clone, Debug, Default)]
pub struct Outages(Vec<Link>);

#[derive(Clone, Debug)]
struct Link {
    what: OutageKind,
    name: String,
    lost: u32,
    returned: u32,
    down: Duration,
    longest: Duration,
    /// Since when it is down now.
    since: Option<Instant>,
}

/// What a notice says of a link.
enum Said {
    Lost,
    Back,
}

fn meaning(code: i32) -> Option<(OutageKind, Said)> {
    Some(match code {
        1100 | 2110 => (OutageKind::Upstream, Said::Lost),
        1101 | 1102 => (OutageKind::Upstream, Said::Back),
        2103 => (OutageKind::MarketData, Said::Lost),
        2104 => (OutageKind::MarketData, Said::Back),
        2105 => (OutageKind::HistoricalData, Said::Lost),
        2106 => (OutageKind::HistoricalData, Said::Back),
        2157 => (OutageKind::SecurityDefinitions, Said::Lost),
        2158 => (OutageKind::SecurityDefinitions, Said::Back),
        _ => return None,
    })
}

impl Outages {
    /// Notes what a notice says at this moment.
    pub fn hear(&mut self, code: i32, message: &str, now: Instant) {
        let Some((what, said)) = meaning(code) else {
            return;
        };
        // The farm's name follows the last colon.
        let name = message.rsplit(':').next().unwrap_or_default().trim();
        let name = if what == OutageKind::Upstream {
            String::new()
        } else {
            name.chars().take(NAME).collect()
        };
        let has_room = self.0.len() < FOLLOWED;
        let mut links = self.0.iter_mut();
        let known = links.find(|link| link.what == what && link.name == name);
        match (said, known) {
            (Said::Lost, Some(link)) if link.since.is_none() => {
                link.lost += 1;
                link.since = Some(now);
            }
            (Said::Lost, None) if has_room => self.0.push(Link {
                what,
                name,
                lost: 1,
                returned: 0,
                down: Duration::ZERO,
                longest: Duration::ZERO,
                since: Some(now),
            }),
            (Said::Back, Some(link)) => link.end(now),
            (Said::Lost | Said::Back, _) => {}
        }
    }

    /// What was lost until this moment; what is down counts until then.
    pub fn until(&self, now: Instant) -> Vec<Outage> {
        let links = self.0.iter().cloned();
        let outages = links.map(|mut link| {
            let down_at_end = link.since.is_some();
            let returned = link.returned;
            link.end(now);
            Outage {
                what: link.what,
                name: link.name,
                lost: link.lost,
                returned,
                down: link.down,
                longest: link.longest,
                down_at_end,
            }
        });
        outages.collect()
    }
}

impl Link {
    fn end(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            let down = now.saturating_duration_since(since);
            self.returned += 1;
            self.down += down;
            self.longest = self.longest.max(down);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: &str = "Market data farm connection is broken:usfarm";
    const BACK: &str = "Market data farm connection is OK:usfarm";

    fn heard(said: &[(u64, i32, &str)], end: u64) -> Vec<Outage> {
        let began = Instant::now();
        let mut outages = Outages::default();
        for (at, code, message) in said {
            outages.hear(*code, message, began + Duration::from_secs(*at));
        }
        outages.until(began + Duration::from_secs(end))
    }

    #[test]
    fn a_farm_that_flaps_is_counted_both_ways_and_by_its_time() {
        let said = [
            (0, 2104, BACK),
            (10, 2103, LOST),
            (11, 2103, LOST),
            (15, 2104, BACK),
            (20, 2104, "Market data farm connection is OK:eufarm"),
            (30, 2103, LOST),
            (37, 2104, BACK),
        ];
        let outages = heard(&said, 60);
        assert_eq!(outages.len(), 1);
        let farm = &outages[0];
        assert_eq!((farm.lost, farm.returned), (2, 2));
        assert_eq!(farm.down, Duration::from_secs(12));
        assert_eq!(farm.longest, Duration::from_secs(7));
        assert_eq!((farm.name.as_str(), farm.down_at_end), ("usfarm", false));
    }

    #[test]
    fn what_is_down_at_the_end_counts_until_the_end() {
        let outages = heard(&[(5, 1100, "lost"), (9, 2110, "broken")], 1205);
        let upstream = &outages[0];
        assert_eq!((upstream.lost, upstream.returned), (1, 0));
        assert_eq!(upstream.down, Duration::from_secs(1200));
        assert!(upstream.down_at_end && upstream.name.is_empty());
        let back = heard(&[(5, 1100, "lost"), (9, 1102, "back")], 1205);
        assert_eq!(back[0].down, Duration::from_secs(4));
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let mut outages = Outages::default();
        for number in 0..10_000 {
            let message = format!("broken:{number}{}", "x".repeat(300));
            outages.hear(2103, &message, Instant::now());
        }
        let outages = outages.until(Instant::now());
        assert_eq!(outages.len(), FOLLOWED);
        assert!(outages.iter().all(|it| it.name.chars().count() <= NAME));
    }
}
