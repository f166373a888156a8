//! The check of the Gateway's JVM.

use super::Examination;
use super::checks::{Examined, status_of};
use super::notes::Notes;
use crate::commands::vitals::FirstReading;
use crate::diagnosis::vitals::{assess_vitals, explain_silence, in_words};
use crate::event::CheckStatus;
use crate::machine::vitals::NoVitals;

const NAME: &str = "jvm";

impl Examination<'_> {
    /// The second look at a JVM that was looked at when the examination began: what is wrong with it
    /// explains what else was found.
    pub(super) async fn look_at_jvm(
        &self,
        begun: Result<FirstReading, NoVitals>,
        notes: &mut Notes<'_>,
    ) {
        let begun = match begun {
            Ok(begun) => begun,
            Err(error) => {
                notes.add(Examined::skipped(NAME, &error.to_string()));
                return;
            }
        };
        notes.awaits("the vital signs of the Gateway's JVM");
        let Some(signs) = begun.end(&self.setup.world, Some(self.until)).await else {
            notes.add(Examined::skipped(NAME, "its process has gone"));
            return;
        };
        let words = in_words(&signs);
        let finding = assess_vitals(&signs, &self.target.to_string());
        notes.diagnosed.vitals = Some(signs);
        let findings = &mut notes.diagnosed.findings;
        let status = match finding {
            Some(finding) => {
                explain_silence(findings, finding);
                status_of(&findings[..1])
            }
            None => CheckStatus::Ok,
        };
        notes.add(Examined::new(NAME, status, words));
    }
}
