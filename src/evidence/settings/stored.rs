//! The Gateway's own settings as it stored them when it last ended: `ibg.xml`, or `tws.xml`. The screen
//! may show newer ones.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::trusted::Trusted;

/// The settings of the API in such a file; what it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredApi {
    /// The API's port.
    pub port: Option<u16>,
    /// Whether socket clients are admitted.
    pub socket_client: Option<bool>,
    /// Whether only clients of its own machine are admitted.
    pub only_localhost: Option<bool>,
    /// Whether the API is read-only.
    pub read_only: Option<bool>,
    /// The trusted addresses.
    pub trusted: Trusted,
}

/// More than this of a file is not looked through.
const MOST_EVENTS: usize = 200_000;

impl StoredApi {
    /// Reads the element `ApiSettings`; `None` for a text without one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut found: Option<(Self, usize)> = None;
        let mut inside = Vec::new();
        for _ in 0..MOST_EVENTS {
            let event = reader.read_event();
            match (event, &mut found) {
                (Ok(Event::Start(tag)), None) if is_api(&tag) => {
                    found = Some((Self::of_tag(&tag), 0));
                }
                (Ok(Event::Empty(tag)), None) if is_api(&tag) => return Some(Self::of_tag(&tag)),
                (Ok(Event::Start(tag)), Some((api, depth))) => {
                    *depth += 1;
                    inside.push(name(&tag));
                    api.take_all(&tag);
                }
                (Ok(Event::Empty(tag)), Some((api, _))) => api.take_all(&tag),
                (Ok(Event::Text(text)), Some((api, _))) => {
                    let text = text.decode().unwrap_or_default();
                    let element = inside.last().map_or("", String::as_str);
                    api.take(element, text.trim());
                }
                (Ok(Event::End(_)), Some((_, depth))) if *depth > 0 => {
                    *depth -= 1;
                    inside.pop();
                }
                (Ok(Event::End(_) | Event::Eof) | Err(_), Some(_))
                | (Ok(Event::Eof) | Err(_), None) => {
                    break;
                }
                _ => {}
            }
        }
        found.map(|(api, _)| api)
    }

    fn of_tag(tag: &BytesStart<'_>) -> Self {
        let mut api = Self::default();
        api.take_all(tag);
        api
    }

    fn take_all(&mut self, tag: &BytesStart<'_>) {
        let element = name(tag);
        for attribute in tag.attributes().flatten() {
            let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            self.take(&key, &value);
            if element.to_ascii_lowercase().contains("trusted") {
                self.take(&element, &value);
            }
        }
    }

    fn take(&mut self, key: &str, value: &str) {
        let flag = value.parse().ok();
        match key {
            "port" => self.port = value.parse().ok().filter(|port| *port > 0).or(self.port),
            "socketClient" => self.socket_client = flag.or(self.socket_client),
            "allowOnlyLocalhost" => self.only_localhost = flag.or(self.only_localhost),
            "readOnlyApi" => self.read_only = flag.or(self.read_only),
            // Where exactly the addresses stand differs between versions.
            _ => value
                .split([',', ';', ' '])
                .for_each(|word| self.trusted.add_address(word)),
        }
    }

    /// Whether the Gateway admits a client that comes from this address, by these settings.
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.trusted.contains(address)
    }
}

fn is_api(tag: &BytesStart<'_>) -> bool {
    name(tag) == "ApiSettings"
}

fn name(tag: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(tag.local_name().as_ref()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: &str = "<?xml version=\"1.0\"?><Workspace user=\"bob\"><ApiSettings port=\"4001\" \
        socketClient=\"true\" allowOnlyLocalhost=\"false\" readOnlyApi=\"true\"><TrustedIPs>\
        <String>127.0.0.1</String><String>10.0.0.7</String></TrustedIPs></ApiSettings>\
        <Other port=\"9\"/></Workspace>";
    const ELEMENTS: &str = "<W><ApiSettings><port>4001</port><socketClient>true</socketClient>\
        <allowOnlyLocalhost>false</allowOnlyLocalhost><readOnlyApi>true</readOnlyApi>\
        <trustedIPs value=\"127.0.0.1;10.0.0.7\"/></ApiSettings></W>";

    #[test]
    fn the_settings_of_the_api_are_read_as_attributes_and_as_elements() {
        for text in [ATTRIBUTES, ELEMENTS] {
            let api = StoredApi::parse(text).expect(text);
            assert_eq!(api.port, Some(4001));
            assert_eq!(
                (api.socket_client, api.only_localhost),
                (Some(true), Some(false))
            );
            assert_eq!(api.read_only, Some(true));
            assert!(
                api.trusts("10.0.0.7".parse().expect("an address")),
                "{text}"
            );
            assert!(
                !api.trusts("10.0.0.8".parse().expect("an address")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_file_that_is_cut_or_none_says_what_it_has_or_nothing() {
        let empty = StoredApi::parse("<W><ApiSettings port=\"4002\"/></W>").expect("the element");
        assert_eq!((empty.port, empty.read_only), (Some(4002), None));
        for end in 0..ATTRIBUTES.len() {
            let _ = StoredApi::parse(&ATTRIBUTES[..end]);
        }
        for none in [
            "",
            "x",
            "<W/>",
            "<ApiSettings",
            "\u{0}\u{1}",
            "LocalServerPort=4000",
        ] {
            assert_eq!(StoredApi::parse(none), None, "{none}");
        }
    }
}
