//! Where a relay with a configuration file passes on: which file that is, and what nginx (its `stream`
//! part) and haproxy read in theirs. Of the file a host and a port leave this file, and nothing else.

use super::command::file_name;
use super::relay_target::{RelayTarget, only};

/// More words of a file of nginx are not read.
const MOST_WORDS: usize = 20_000;

/// The configuration of a relay, by its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RelayConfig {
    /// One file of nginx's, which may include others.
    Nginx(String),
    /// The files of haproxy's, which it reads as one.
    Haproxy(Vec<String>),
    /// The file of rinetd's.
    Rinetd(String),
    /// The file of xinetd's, which may name folders with others.
    Xinetd(String),
    /// The file of stunnel's.
    Stunnel(String),
    /// That of its parent: a worker's title names none.
    OfParent,
}

/// The configuration that a command line names; `None` of any other program.
pub(super) fn of_arguments(arguments: &[&str]) -> Option<RelayConfig> {
    // The title of nginx's master is one word with all of its arguments.
    let words: Vec<&str> = match arguments {
        [title] => title.split_whitespace().collect(),
        several => several.to_vec(),
    };
    let (program, rest) = words.split_first()?;
    match file_name(program).trim_end_matches(':') {
        "nginx" if rest.first() == Some(&"worker") => Some(RelayConfig::OfParent),
        "nginx" => {
            let named = file(rest, "-c", "/etc/nginx/nginx.conf");
            Some(RelayConfig::Nginx(named))
        }
        "haproxy" => {
            let files = values(rest, "-f").into_iter().map(str::to_owned);
            Some(RelayConfig::Haproxy(files.collect()))
        }
        "rinetd" => Some(RelayConfig::Rinetd(file(rest, "-c", "/etc/rinetd.conf"))),
        "xinetd" => Some(RelayConfig::Xinetd(file(rest, "-f", "/etc/xinetd.conf"))),
        "stunnel" | "stunnel4" => {
            let mut named = rest.iter().filter(|word| !word.starts_with('-'));
            let named = named.next().unwrap_or(&"/etc/stunnel/stunnel.conf");
            Some(RelayConfig::Stunnel((*named).to_owned()))
        }
        _ => None,
    }
}

/// The last value of an option that names a file, or what the program takes without it.
fn file(words: &[&str], option: &str, usual: &str) -> String {
    values(words, option).pop().unwrap_or(usual).to_owned()
}

/// The values of an option that is written `-c value`.
fn values<'a>(words: &[&'a str], option: &str) -> Vec<&'a str> {
    let pairs = words.windows(2).filter(|pair| pair[0] == option);
    pairs.map(|pair| pair[1]).collect()
}

/// Where the `stream` part of nginx passes on what comes to `port`; `include` is asked for the text
/// of the files that are included.
pub(super) fn nginx(
    text: &str,
    port: u16,
    include: &mut dyn FnMut(&str) -> String,
) -> Option<RelayTarget> {
    let mut found = Nginx::default();
    let mut left = MOST_WORDS;
    found.read(&words(text), &[], port, include, &mut left);
    let mut targets: Vec<Option<RelayTarget>> = Vec::new();
    for passed in &found.passes {
        let servers = found.servers.iter().filter(|(name, _)| name == passed);
        let of_upstream: Vec<_> = servers.map(|(_, server)| host_port(server, None)).collect();
        if of_upstream.is_empty() {
            targets.push(host_port(passed, None));
        }
        targets.extend(of_upstream);
    }
    let all: Option<Vec<RelayTarget>> = targets.into_iter().collect();
    only(all?.into_iter())
}

/// What the `stream` parts of a configuration of nginx say.
#[derive(Default)]
struct Nginx {
    /// The servers of each upstream: its name, and one of them.
    servers: Vec<(String, String)>,
    /// What the servers that listen on the port pass on to.
    passes: Vec<String>,
}

impl Nginx {
    /// Reads the words of a block; `inside` are the names of the blocks around it.
    fn read(
        &mut self,
        mut words: &[String],
        inside: &[&str],
        port: u16,
        include: &mut dyn FnMut(&str) -> String,
        left: &mut usize,
    ) {
        let mut listens = false;
        let mut passes = None;
        while let Some(end) = words
            .iter()
            .position(|word| ["{", "}", ";"].contains(&word.as_str()))
        {
            let Some(remaining) = left.checked_sub(end + 1) else {
                return;
            };
            *left = remaining;
            let (statement, rest) = words.split_at(end);
            let said: Vec<&str> = statement.iter().map(String::as_str).collect();
            words = &rest[1..];
            if rest[0] == "{" {
                let block = block(words);
                let name = said.first().copied().unwrap_or_default();
                let known = ["stream", "server", "upstream"].contains(&name);
                if known && inside.len() < 3 {
                    let within = [inside, &said[..said.len().min(2)]].concat();
                    self.read(&words[..block], &within, port, include, left);
                }
                words = words.get(block + 1..).unwrap_or_default();
                continue;
            }
            match (inside, said.as_slice()) {
                (_, ["include", file]) => {
                    let text = include(file);
                    let included = self::words(&text);
                    self.read(&included, inside, port, include, left);
                }
                (["stream", "upstream", name], ["server", address, ..]) => {
                    self.servers
                        .push(((*name).to_owned(), (*address).to_owned()));
                }
                (["stream", "server"], ["listen", address, ..]) => {
                    let number = address.rsplit(':').next();
                    listens |= number.and_then(|it| it.parse().ok()) == Some(port);
                }
                (["stream", "server"], ["proxy_pass", to]) => passes = Some((*to).to_owned()),
                _ => {}
            }
        }
        self.passes.extend(passes.filter(|_| listens));
    }
}

/// The words of nginx's language, in which `{`, `}` and `;` are words of their own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_comment = false;
    for letter in text.chars() {
        match letter {
            '\n' if is_comment => is_comment = false,
            _ if is_comment => {}
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_some() => word.push(letter),
            '"' | '\'' => quote = Some(letter),
            '#' if word.is_empty() => is_comment = true,
            '{' | '}' | ';' => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                words.push(letter.to_string());
            }
            _ if letter.is_whitespace() => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            _ => word.push(letter),
        }
        if words.len() == MOST_WORDS {
            break;
        }
    }
    words
}

/// How many words a block has whose brace has just been opened.
fn block(words: &[String]) -> usize {
    let mut depth = 1_usize;
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    words.len()
}

/// Where haproxy passes on what comes to `port`.
pub(super) fn haproxy(text: &str, port: u16) -> Option<RelayTarget> {
    let lines = text.lines().map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>()
    });
    let mut sections: Vec<(Vec<&str>, Vec<Vec<&str>>)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        const SECTIONS: [&str; 5] = ["global", "defaults", "frontend", "backend", "listen"];
        if SECTIONS.contains(&line[0]) {
            sections.push((line, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    let is_on_port = |address: &str| {
        address
            .rsplit(':')
            .next()
            .is_some_and(|it| it.parse() == Ok(port))
    };
    let mut fronts = sections.iter().filter(|(_, lines)| {
        let binds = lines.iter().filter(|line| line[0] == "bind");
        let mut addresses = binds.flat_map(|line| line.iter().skip(1).take(1));
        addresses.any(|all| all.split(',').any(is_on_port))
    });
    let (_, lines) = fronts.next()?;
    if fronts.next().is_some() {
        return None;
    }
    let mut lines_with_servers = vec![lines];
    for line in lines {
        if let ["default_backend" | "use_backend", name, ..] = line.as_slice() {
            let mut backends = sections.iter();
            let is_it = |(head, _): &&(Vec<&str>, _)| head.starts_with(&["backend", name]);
            lines_with_servers.push(&backends.find(is_it)?.1);
        }
    }
    let servers = lines_with_servers.into_iter().flatten();
    let servers = servers.filter(|line| line[0] == "server" && !line.contains(&"disabled"));
    let targets: Option<Vec<RelayTarget>> = servers
        .map(|line| host_port(line.get(2)?, Some(port)))
        .collect();
    only(targets?.into_iter())
}

/// `host:port`; some programs have a port for an address without one.
fn host_port(address: &str, default: Option<u16>) -> Option<RelayTarget> {
    match address.rsplit_once(':') {
        Some((host, port)) => RelayTarget::new(host, port),
        None => RelayTarget::new(address, &default?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_nginx(text: &str) -> Option<String> {
        let mut include = |file: &str| match file {
            "more.conf" => "server { listen 4003; proxy_pass 127.0.0.1:4001; }".to_owned(),
            _ => String::new(),
        };
        nginx(text, 4004, &mut include).map(|target| target.to_string())
    }

    #[test]
    fn the_file_is_named_by_the_command_line_or_the_title() {
        let of = |line: &[&str]| of_arguments(line);
        let nginx = |file: &str| Some(RelayConfig::Nginx(file.to_owned()));
        let title = "nginx: master process /usr/sbin/nginx -g daemon off; -c /tmp/n.conf";
        assert_eq!(of(&[title]), nginx("/tmp/n.conf"));
        assert_eq!(of(&["nginx"]), nginx("/etc/nginx/nginx.conf"));
        let worker = "nginx: worker process";
        assert_eq!(of(&[worker]), Some(RelayConfig::OfParent));
        let files = vec!["/a.cfg".to_owned(), "/b.cfg".to_owned()];
        let line = ["/usr/sbin/haproxy", "-Ws", "-f", "/a.cfg", "-f", "/b.cfg"];
        assert_eq!(of(&line), Some(RelayConfig::Haproxy(files)));
        assert_eq!(of(&["python3", "-c", "nginx"]), None);
    }

    #[test]
    fn a_server_of_nginx_passes_on_to_an_address_or_an_upstream() {
        let stream = |body: &str| of_nginx(&format!("events {{}} stream {{ {body} }}"));
        let to = Some("127.0.0.1:4002".to_owned());
        let direct = "server { listen 4003; proxy_pass a:1; }\n\
                      server { # the Gateway's\n listen 127.0.0.1:4004 so_keepalive=on;\n \
                      proxy_pass \"127.0.0.1:4002\"; }";
        assert_eq!(stream(direct), to);
        let upstream = "upstream gw { server 127.0.0.1:4002 max_fails=1; } \
                        server { listen [::]:4004; proxy_pass gw; }";
        assert_eq!(stream(upstream), to);
        let two = upstream.replace("max_fails=1; ", "; server 127.0.0.1:4001; ");
        assert_eq!(stream(&two), None);
        assert_eq!(stream("server { listen 4004; proxy_pass $where; }"), None);
        assert_eq!(stream("include more.conf;"), None);
        let of_web = "http { server { listen 4004; location / { proxy_pass http://a:1; } } }";
        assert_eq!(of_nginx(of_web), None);
        assert_eq!(of_nginx("stream { server { listen 4004;"), None);
    }

    #[test]
    fn a_frontend_of_haproxy_passes_on_to_its_backend() {
        let of = |text: &str| haproxy(text, 4004).map(|target| target.to_string());
        let to = Some("127.0.0.1:4002".to_owned());
        let apart = "defaults\n mode tcp\nfrontend f\n bind :4003,127.0.0.1:4004 tfo\n \
                     default_backend b # it\nbackend a\n server x 1.2.3.4:1\nbackend b\n \
                     server gw 127.0.0.1:4002 check\n";
        assert_eq!(of(apart), to);
        assert_eq!(of("listen l\n bind *:4004\n server gw 127.0.0.1:4002"), to);
        let two = "listen l\n bind *:4004\n server gw 127.0.0.1:4002\n server b 127.0.0.1:4001";
        assert_eq!(of(two), None);
        assert_eq!(of("listen l\n bind *:4004\n server gw ${GW}:4002"), None);
        assert_eq!(
            of("listen l\n bind *:4005\n server gw 127.0.0.1:4002"),
            None
        );
        assert_eq!(of("frontend f\n bind :4004\n default_backend gone"), None);
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(
            words in prop::collection::vec(
                "(stream|server|upstream|listen 4004|proxy_pass|include x|bind :4004|[{};\n]|[ -~é]{0,9})",
                0..40,
            ),
        ) {
            let text = words.join(" ");
            let again = text.clone();
            let mut depth = 0;
            let mut include = |_: &str| {
                depth += 1;
                if depth < 9 { again.clone() } else { String::new() }
            };
            nginx(&text, 4004, &mut include);
            haproxy(&text, 4004);
        }
    }
}
