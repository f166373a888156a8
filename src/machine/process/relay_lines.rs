//! Where relays pass on whose configuration is read line by line: rinetd, xinetd and stunnel. Of the file
//! a host and a port leave this file, and nothing else.

use super::relay_target::{RelayTarget, only};

/// Where rinetd passes on what comes to `port`: a line has an address and a port, and those of the target.
pub(super) fn rinetd(text: &str, port: u16) -> Option<RelayTarget> {
    let targets = lines(text).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, at, host, to, ..] if number(at) == Some(port) => {
                Some(RelayTarget::new(host, to.split('/').next()?))
            }
            _ => None,
        }
    });
    all(targets)
}

/// Where a service of xinetd's redirects what comes to `port`.
pub(super) fn xinetd(text: &str, port: u16) -> Option<RelayTarget> {
    let services = text.split("service ").skip(1).filter_map(|service| {
        let (body, _) = service.split_once('}')?;
        let value = |name: &str| value(body, name);
        let is_its = value("port").and_then(number) == Some(port);
        let is_off = value("disable").is_some_and(|it| it.eq_ignore_ascii_case("yes"));
        let redirect = value("redirect").filter(|_| is_its && !is_off)?;
        let (host, to) = redirect.split_once(char::is_whitespace)?;
        Some(RelayTarget::new(host, to.trim()))
    });
    all(services)
}

/// The folders whose files xinetd reads too.
pub(super) fn folders_of_xinetd(text: &str) -> impl Iterator<Item = &str> {
    let named = lines(text).filter_map(|line| line.strip_prefix("includedir"));
    named.map(str::trim)
}

/// Where a service of stunnel's connects for what comes to `port`.
pub(super) fn stunnel(text: &str, port: u16) -> Option<RelayTarget> {
    let services = text.split("\n[").filter_map(|service| {
        let accepts = value(service, "accept")?.rsplit(':').next();
        let connect =
            value(service, "connect").filter(|_| accepts.and_then(number) == Some(port))?;
        // Without a host it is this machine's.
        let (host, to) = connect.rsplit_once(':').unwrap_or(("", connect));
        Some(RelayTarget::new(host, to))
    });
    all(services)
}

/// The only target; `None` where there are several, or one is not understood.
fn all(targets: impl Iterator<Item = Option<RelayTarget>>) -> Option<RelayTarget> {
    let targets: Option<Vec<RelayTarget>> = targets.collect();
    only(targets?.into_iter())
}

/// The value in a line `name = value`; `None` where several lines have the name.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut values = lines(text).filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    });
    values.next().filter(|_| values.next().is_none())
}

/// The lines without what is commented out.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.starts_with(['#', ';']))
}

/// A port, perhaps with its protocol.
fn number(word: &str) -> Option<u16> {
    word.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(target: Option<RelayTarget>) -> Option<String> {
        target.map(|target| target.to_string())
    }

    #[test]
    fn the_target_of_the_port_is_read() {
        let to = Some("127.0.0.1:4002".to_owned());
        let text =
            "# 0.0.0.0 4004 1.2.3.4 1\n0.0.0.0 4003 a 4001\n0.0.0.0 4004/tcp 127.0.0.1 4002/tcp\n";
        assert_eq!(told(rinetd(text, 4004)), to);
        assert_eq!(told(rinetd("0.0.0.0 4004 a", 4004)), None);
        let service = "defaults\n{\n}\nincludedir /etc/xinetd.d\nservice ib\n{\n port = 4004\n \
                       redirect = 127.0.0.1 4002\n}\nservice other\n{\n port = 4003\n}\n";
        assert_eq!(told(xinetd(service, 4004)), to);
        assert_eq!(
            told(xinetd(
                &service.replace("}\ns", "disable = yes\n}\ns"),
                4004
            )),
            None
        );
        assert_eq!(told(xinetd(service, 4003)), None);
        assert!(folders_of_xinetd(service).eq(["/etc/xinetd.d"]));
        let text = "pid =\n; accept = 4004\n[a]\nclient = yes\naccept = :::4004\nconnect = 127.0.0.1:4002\n\
                    [b]\naccept = 4003\nconnect = 4001\n";
        assert_eq!(told(stunnel(text, 4004)), to);
        assert_eq!(told(stunnel(text, 4003)).as_deref(), Some("localhost:4001"));
        assert_eq!(told(stunnel(text, 4005)), None);
        let two = "accept = 4004\nconnect = a:1\nconnect = b:2\n";
        assert_eq!(told(stunnel(two, 4004)), None);
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(
            words in prop::collection::vec("(service |accept|connect|redirect|[=\n\\[{} ]|4004|[ -~é]{0,9})", 0..40),
        ) {
            let text = words.concat();
            rinetd(&text, 4004);
            xinetd(&text, 4004);
            stunnel(&text, 4004);
        }
    }
}
