//! The figures of two soaks, each judged: shares by Fisher's exact test, times by a bootstrap
//! interval, sockets by their count.

use std::collections::BTreeSet;

use crate::event::StageName;
use crate::report::{Attempts, Difference, Exec, Figure, Soak, Unit};
use crate::stats::{Share, difference_of_medians, fisher_exact, least_p, median};
use crate::text::json::in_millis;

/// A difference is shown where chance alone would make one like it in fewer than this share of
/// comparisons. The stages share it, being many; success and ready have it each.
const DOUBT: f64 = 0.05;
/// Below so many times in each, the interval excludes zero by chance more often than it says: of
/// 600 comparisons of like with like, 7 % at 4 times, 3 % at 8.
const FEWEST: usize = 8;
/// A difference of less than this many milliseconds does not count, nor one of a smaller part of
/// the first median: the load of a machine makes as much from one minute to the next.
const LEAST_MS: f64 = 1.0;
const LEAST_PART: f64 = 0.05;

/// Everything that can be compared, the most telling first.
pub(super) fn all(a: &Soak, b: &Soak) -> Vec<Figure> {
    let mut figures = Vec::new();
    if let (Some(a), Some(b)) = (&a.exec, &b.exec) {
        figures.extend(program(a, b));
    }
    if let (Some(of_a), Some(of_b)) = (&a.attempts, &b.attempts) {
        let share = |it: &Attempts| of(it.succeeded, it.run);
        figures.push(success("success", share(of_a), share(of_b)));
        figures.push(time("ready", &ready(of_a), &ready(of_b), 1.0 - DOUBT));
        figures.extend(stages(of_a, of_b));
    }
    let connections = |soak: &Soak| soak.attempts.as_ref().map_or(0, |it| it.run);
    let (left_a, left_b) = (a.zombies.ours, b.zombies.ours);
    let (of_a, of_b) = (connections(a), connections(b));
    figures.push(left("sockets-left", (left_a, of_a), (left_b, of_b)));
    figures
}

fn program(a: &Exec, b: &Exec) -> [Figure; 3] {
    let share = |it: &Exec| of(it.succeeded, it.run);
    let times = |it: &Exec| -> Vec<f64> {
        let succeeded = it.runs.iter().filter(|run| run.succeeded);
        succeeded.map(|run| in_millis(run.elapsed)).collect()
    };
    [
        success("program-success", share(a), share(b)),
        time("program-time", &times(a), &times(b), 1.0 - DOUBT),
        left(
            "program-sockets-left",
            (all_left(a), a.run),
            (all_left(b), b.run),
        ),
    ]
}

/// Sockets that a program left in the Gateway, and connections that processes which outlived it held.
fn all_left(it: &Exec) -> Option<u32> {
    let held: u32 = it.runs.iter().filter_map(|run| run.held).sum();
    it.left.map(|left| left.saturating_add(held))
}

/// A share that is none, because the report is not one that ibdoc wrote, counts as all of all.
fn of(part: u32, all: u32) -> Share {
    Share {
        part: part.min(all),
        all,
    }
}

/// The single times until ready; reports of older versions have them in their runs alone.
fn ready(attempts: &Attempts) -> Vec<f64> {
    if !attempts.ready_each_ms.is_empty() {
        return attempts.ready_each_ms.clone();
    }
    let ready = attempts.runs.iter().filter_map(|run| run.ready);
    ready.map(in_millis).collect()
}

fn stage(attempts: &Attempts, name: StageName) -> Vec<f64> {
    match attempts.stages_each_ms.get(&name) {
        Some(each) => each.clone(),
        None if name == StageName::Connect => {
            let connects = attempts.runs.iter().filter_map(|run| run.connect);
            connects.map(in_millis).collect()
        }
        None => Vec::new(),
    }
}

fn stages(a: &Attempts, b: &Attempts) -> Vec<Figure> {
    let names: BTreeSet<StageName> = a.stages.keys().chain(b.stages.keys()).copied().collect();
    let times = |name: &StageName| (*name, stage(a, *name), stage(b, *name));
    let times: Vec<_> = names.iter().map(times).collect();
    let enough = times.iter().filter(|(_, a, b)| has_enough(a, b)).count();
    let confidence = 1.0 - DOUBT / enough.max(1) as f64;
    let figure = |(name, of_a, of_b): (StageName, Vec<f64>, Vec<f64>)| {
        let mut figure = time(name.name(), &of_a, &of_b, confidence);
        // The medians of an older report stand in it without the single times.
        let summary = |attempts: &Attempts| attempts.stages.get(&name).map(|it| it.p50);
        figure.a = figure.a.or_else(|| summary(a));
        figure.b = figure.b.or_else(|| summary(b));
        if of_a.is_empty() && figure.a.is_some() || of_b.is_empty() && figure.b.is_some() {
            "an older report has no single times".clone_into(&mut figure.says);
        }
        figure
    };
    times.into_iter().map(figure).collect()
}

fn has_enough(a: &[f64], b: &[f64]) -> bool {
    a.len().min(b.len()) >= FEWEST
}

/// Success of `b` beside that of `a`.
fn success(name: &str, a: Share, b: Share) -> Figure {
    let rate = |it: Share| (it.all > 0).then(|| f64::from(it.part) / f64::from(it.all));
    let p = fisher_exact(a, b);
    let more = u64::from(b.part) * u64::from(a.all) > u64::from(a.part) * u64::from(b.all);
    let (judgement, says) = if least_p(a.all, b.all) >= DOUBT {
        let says = "too few: even all against none would show nothing";
        (Difference::Unknown, says.to_owned())
    } else if p >= DOUBT {
        (Difference::NotShown, "not shown to differ".to_owned())
    } else if more {
        (Difference::Better, "succeeds more often".to_owned())
    } else {
        (Difference::Worse, "fails more often".to_owned())
    };
    Figure {
        name: name.to_owned(),
        unit: Unit::Fraction,
        a: rate(a),
        b: rate(b),
        of_a: a.all,
        of_b: b.all,
        interval: None,
        p_value: Some(p),
        judgement,
        says,
    }
}

/// The median of `b` beside that of `a`.
fn time(name: &str, a: &[f64], b: &[f64], confidence: f64) -> Figure {
    let (of_a, of_b) = (median(a), median(b));
    let enough = has_enough(a, b);
    let interval = enough.then(|| difference_of_medians(a, b, confidence));
    let interval = interval.flatten();
    let by = of_b.unwrap_or(0.0) - of_a.unwrap_or(0.0);
    let counts = by.abs() >= LEAST_MS && by.abs() >= LEAST_PART * of_a.unwrap_or(0.0);
    let (judgement, says) = match interval {
        None => {
            let fewest = a.len().min(b.len());
            let says = format!("too few: {fewest} times, and {FEWEST} are needed");
            (Difference::Unknown, says)
        }
        Some(it) if !it.excludes_zero() => (Difference::NotShown, "not shown to differ".to_owned()),
        Some(_) if !counts => (
            Difference::TooSmall,
            "differs too little to count".to_owned(),
        ),
        Some(_) if by > 0.0 => (Difference::Worse, "slower".to_owned()),
        Some(_) => (Difference::Better, "faster".to_owned()),
    };
    let size = |times: &[f64]| u32::try_from(times.len()).unwrap_or(u32::MAX);
    Figure {
        name: name.to_owned(),
        unit: Unit::Ms,
        a: of_a,
        b: of_b,
        of_a: size(a),
        of_b: size(b),
        interval,
        p_value: None,
        judgement,
        says,
    }
}

/// Sockets that `b` left beside those of `a`, of so many connections: each is a fact, so no chance
/// is reckoned with.
fn left(name: &str, a: (Option<u32>, u32), b: (Option<u32>, u32)) -> Figure {
    let (judgement, says) = match (a, b) {
        ((Some(left_a), of_a), (Some(left_b), of_b)) if of_a > 0 && of_b > 0 => {
            let (of_a, of_b) = (u64::from(of_a), u64::from(of_b));
            match (u64::from(left_b) * of_a).cmp(&(u64::from(left_a) * of_b)) {
                std::cmp::Ordering::Less => (Difference::Better, "fewer of each connection"),
                std::cmp::Ordering::Equal => (Difference::Same, "the same"),
                std::cmp::Ordering::Greater => (Difference::Worse, "more of each connection"),
            }
        }
        ((Some(_), _), (Some(_), _)) => (Difference::Unknown, "there was no connection"),
        _ => (Difference::Unknown, "what is left could not be seen"),
    };
    Figure {
        name: name.to_owned(),
        unit: Unit::Count,
        a: a.0.map(f64::from),
        b: b.0.map(f64::from),
        of_a: a.1,
        of_b: b.1,
        interval: None,
        p_value: None,
        judgement,
        says: says.to_owned(),
    }
}
