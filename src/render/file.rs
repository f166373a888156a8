//! The files of `--report`: what format a name asks for, and writing each whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

use super::{FORMATS, FileFormat};
use crate::report::Report;
use crate::text::alike::did_you_mean;
use crate::text::words;

/// A file that the report is also written to.
#[derive(Clone, Debug)]
pub struct ReportFile {
    path: PathBuf,
    format: &'static FileFormat,
}

/// The format that the end of a file's name asks for, in capitals or not.
fn format_of(path: &Path) -> Option<&'static FileFormat> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    FORMATS.iter().find(|format| name.ends_with(format.ending))
}

/// The ends of the names that `--report` takes, as in a sentence.
fn endings() -> String {
    let [most @ .., last] = FORMATS.map(|format| format.ending);
    format!("{} or {last}", most.join(", "))
}

/// What the help says of `--report`.
pub fn help() -> String {
    let endings = endings();
    format!(
        "Also write the report to a file, in the format of its name: {endings}, as far as this \
         command has it; may be repeated"
    )
}

/// The end that was probably meant.
fn meant(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let end = name.rfind('.').map_or("", |dot| &name[dot..]);
    let all = FORMATS.map(|format| format.ending);
    match all
        .into_iter()
        .find(|it| !end.is_empty() && it.ends_with(end))
    {
        Some(whole) => format!("; did you mean {whole}?"),
        None => did_you_mean(end, all),
    }
}

impl ReportFile {
    /// Reads the format off the file's name; errs when none of [`FORMATS`] ends so, and when the
    /// path names a folder.
    pub fn typed(path: PathBuf) -> Result<Self, String> {
        // `Path` forgets a separator and a dot at the end; the operating system does not.
        let whole = path.as_os_str().as_encoded_bytes();
        let last = path.file_name().unwrap_or_default().as_encoded_bytes();
        if !whole.ends_with(last) {
            return Err("expected a file: nothing may follow its name".to_owned());
        }
        match format_of(&path) {
            Some(format) => Ok(Self { path, format }),
            None => Err(format!(
                "expected a file that ends in {}{}",
                endings(),
                meant(last)
            )),
        }
    }

    /// Errs with the formats that there are, where a command of this name has not this one.
    pub fn check_format(&self, command: &str) -> Result<(), String> {
        let has =
            |format: &FileFormat| format.commands.is_empty() || format.commands.contains(&command);
        if has(self.format) {
            return Ok(());
        }
        let all = FORMATS.iter().filter(|format| has(format));
        let all: Vec<&str> = all.map(|format| format.ending).collect();
        let (ending, all) = (self.format.ending, words::listed(&all));
        Err(format!("{command} has no {ending}, but {all}"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a file can be made there.
    pub fn check(&self) -> io::Result<()> {
        check(&self.path)
    }

    /// Writes the report beside the file, and then in its place: a reader finds the old one
    /// or the new one. A link there is replaced, not followed.
    pub fn write(&self, report: &Report) -> io::Result<()> {
        let mut draft = draft(&self.path)?;
        // Not through the draft itself, whose errors name it.
        let mut out = BufWriter::new(draft.as_file_mut());
        (self.format.write)(report, &mut out)?;
        out.flush()?;
        drop(out);
        if let Some(old) = fs::symlink_metadata(&self.path)
            .ok()
            .filter(fs::Metadata::is_file)
        {
            draft.as_file().set_permissions(old.permissions())?;
        }
        draft.as_file().sync_all()?;
        draft.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// A new file in the folder of this one, which is removed unless it takes its place.
pub fn draft(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ibdoc-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: the umask takes off what it takes off.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| plain(&error))
}

/// Whether a file can be made there; a report is not lost after eight hours for a typing error.
pub fn check(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() && !there.is_symlink() => {
            return Err(io::Error::other("it is there, and no regular file"));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(plain(&error)),
        _ => {}
    }
    draft(path).map(drop)
}

/// Writes each of the files; errs with the first that could not be, after all have been tried.
pub fn write_all(files: &[ReportFile], report: &Report) -> io::Result<()> {
    let mut result = Ok(());
    for file in files {
        let written = file.write(report).map_err(|error| {
            let path = file.path.display();
            io::Error::new(error.kind(), format!("{path}: {error}"))
        });
        result = result.and(written);
    }
    result
}

/// Writes files in a thread of its own: a slow disk must not lengthen what is measured meanwhile.
#[derive(Debug, Default)]
pub struct Background(Option<JoinHandle<()>>);

impl Background {
    /// Begins to write, unless the last time still goes on. What cannot be written is told when
    /// the last report is written, in the end.
    pub fn write(&mut self, files: &[ReportFile], report: Report) {
        if self.0.as_ref().is_some_and(|last| !last.is_finished()) {
            return;
        }
        let files = files.to_vec();
        let thread = std::thread::Builder::new();
        let writes = thread.spawn(move || drop(write_all(&files, &report)));
        self.0 = writes.ok();
    }

    /// Waits until it is written, so that nothing later is replaced by it.
    pub fn finish(self) {
        // A thread that panicked has written nothing.
        let _ = self.0.map(JoinHandle::join);
    }
}

/// What is wrong, in words, without the path of the draft, which hides which file it is about.
fn plain(error: &io::Error) -> io::Error {
    let kind = error.kind();
    let words = match kind {
        io::ErrorKind::NotFound => "no such folder".to_owned(),
        io::ErrorKind::NotADirectory => "what should be its folder is none".to_owned(),
        // The path of the draft follows, which nobody typed.
        _ => {
            let whole = error.to_string();
            let words = whole.split_once(" at path ");
            words.map_or(whole.clone(), |(words, _)| words.to_owned())
        }
    };
    io::Error::new(kind, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str) -> Option<&str> {
        format_of(Path::new(name)).map(|format| format.ending)
    }

    #[test]
    fn the_end_of_the_name_decides_the_format() {
        assert_eq!(format("a.json"), Some(".json"));
        assert_eq!(format("/x/Nightly.JUnit.XML"), Some(".junit.xml"));
        assert_eq!(format("a.html.md"), Some(".md"));
        assert_eq!(format("soak.html"), Some(".html"));
        for name in ["a.xml", "a.htm", "html", "a.json.gz", "", "/", "a.html/.."] {
            assert_eq!(format(name), None, "{name}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_in_the_end_is_answered_with_what_was_meant() {
        let refused = |name: &str| ReportFile::typed(PathBuf::from(name)).unwrap_err();
        for (name, meant) in [
            ("x.htm", ".html"),
            ("x.xml", ".junit.xml"),
            ("x.jsno", ".json"),
        ] {
            let question = format!("; did you mean {meant}?");
            assert!(refused(name).ends_with(&question), "{}", refused(name));
        }
        for name in ["x", "x.", "x.txt", ".."] {
            assert!(!refused(name).contains("did you mean"), "{name}");
        }
    }

    #[test]
    fn nothing_may_follow_the_name_of_the_file() {
        for name in ["a.json/", "a.json//", "a.json/.", "/x/a.html/./"] {
            let refused = ReportFile::typed(PathBuf::from(name)).unwrap_err();
            assert!(refused.contains("expected a file"), "{name}: {refused}");
        }
        for name in ["a.json", "./a.json", "../x.d/a.json", "/a.json"] {
            ReportFile::typed(PathBuf::from(name)).expect(name);
        }
    }

    #[test]
    fn a_place_that_takes_no_file_is_known_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| ReportFile::typed(folder.path().join(name)).unwrap();
        file("new.json").check().unwrap();
        assert!(!folder.path().join("new.json").exists());
        let lost = file("not/there.json").check().unwrap_err();
        assert_eq!(lost.kind(), io::ErrorKind::NotFound);
        assert_eq!(lost.to_string(), "no such folder");
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(file("file/soak.json").check().is_err());
        let long = format!("{}.json", "x".repeat(300));
        assert!(file(&long).check().is_err(), "the draft's name is shorter");
        fs::create_dir(folder.path().join("folder.md")).unwrap();
        assert!(file("folder.md").check().is_err());
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "a draft was left");
    }
}
