//! Steps in the order of time, each with the one thing that happens in it.

use super::grammar;
use super::place::Reach;
use super::resolve::Scope;
use super::time;
use super::{Action, Deed, Manner, Order, PAUSE, Step};
use jiff::Timestamp;
use serde_saphyr::Spanned;

impl Scope<'_> {
    pub(super) fn steps(&mut self, when: Vec<Spanned<grammar::Step>>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for step in when {
            let line = step.referenced.line();
            let before = steps.last().map(|step| step.at);
            let next = before.map_or(self.start, |at| at.checked_add(PAUSE).unwrap_or(at));
            let at = step.value.at.as_ref().map_or(next, |at| {
                self.bind(line, "at", Reach::Paper);
                self.instant(at, line)
            });
            if at < before.unwrap_or(self.start) {
                let text = "the step comes before the one above it; write steps in the order of \
                            time (an event's own `time` may be earlier)";
                self.problems.add(line, text);
            }
            steps.extend(self.step(step.value, at, line));
        }
        steps
    }

    fn step(&mut self, mut step: grammar::Step, at: Timestamp, line: u64) -> Option<Step> {
        let (said, then) = (step.at.take(), step.then.take());
        let (say, meanwhile) = (step.say.take(), step.meanwhile.take());
        let has_event = step.event.is_some();
        let meanwhile = meanwhile.map(|made| self.accounts(made)).unwrap_or_default();
        if !has_event && !meanwhile.is_empty() {
            let text =
                "`meanwhile` stands beside the event upon which usher would make the account";
            self.problems.add(line, text);
        }
        let actions = self.actions(step, at, line);
        if actions.len() > 1 {
            self.problems.add(line, "the step has several things happen; write a step for each");
        }
        if actions.is_empty() && said.is_none() && then.is_none() {
            let text = "nothing happens in the step; give it `event`, `at`, `then`, or another key";
            self.problems.add(line, text);
        }
        let then = then.map(|then| self.then(then, has_event));
        let action = actions.into_iter().next().unwrap_or(Some(Action::Wait))?;
        Some(Step { line, say, at, action, meanwhile, then })
    }

    /// Everything that happens in a step; `None` for what cannot happen so, which was said.
    fn actions(&mut self, step: grammar::Step, at: Timestamp, line: u64) -> Vec<Option<Action>> {
        let (hide, show) = (step.hide.map(|hide| hide.0), step.show.map(|show| show.0));
        for short in hide.iter().chain(&show).flatten() {
            self.check(short, line);
        }
        let accounts = step.accounts.map(|accounts| {
            self.check_all(&accounts);
            accounts.into_iter().map(|(short, account)| (short, account.value)).collect()
        });
        let mut actions = Vec::new();
        let approved = step.approved.map(|names| Some(Order::Approve(self.rows_of(names, line))));
        let rejected = step.rejected.map(|names| Some(Order::Reject(self.rows_of(names, line))));
        let paused = step.paused.map(|words| self.halted(&words, line).map(Order::Pause));
        let resumed = step.resumed.map(|words| self.halted(&words, line).map(Order::Resume));
        for order in [approved, rejected, paused, resumed].into_iter().flatten() {
            if let Some(order) = &order {
                self.bind(line, order.word(), Reach::Paper);
            }
            actions.push(order.map(Action::Order));
        }
        actions.extend(step.event.map(|event| self.event(event, at, line).map(Action::Tell)));
        if let Some(word) = step.provider {
            self.bind(line, "provider", Reach::Paper);
            actions.push(self.manner(&word, line).map(Action::Provider));
        }
        let restart = step.restart.filter(|restart| *restart).map(|_| Action::Restart);
        let rename = step.rename_group.map(|it| Deed::RenameGroup(it.from, it.to));
        let make = step.make_group.map(Deed::MakeGroup);
        for (word, reach, action) in [
            ("restart", Reach::Paper, restart),
            ("rules", Reach::Paper, step.rules.map(|files| Action::Rules(files.0))),
            ("hide", Reach::Paper, hide.map(Action::Hide)),
            ("show", Reach::Paper, show.map(Action::Show)),
            ("accounts", Reach::PaperOrSandbox, accounts.map(Action::Meddle)),
            ("make_group", Reach::PaperOrSandbox, make.map(Action::Do)),
            ("rename_group", Reach::PaperOrSandbox, rename.map(Action::Do)),
            ("ids", Reach::PaperOrSandbox, step.ids.map(Deed::MoveIds).map(Action::Do)),
            ("manners", Reach::Sandbox, step.manners.map(Deed::Behave).map(Action::Do)),
            ("faults", Reach::Sandbox, step.faults.map(Deed::GoWrong).map(Action::Do)),
        ] {
            if let Some(action) = action {
                self.bind(line, word, reach);
                actions.push(Some(action));
            }
        }
        actions
    }

    fn manner(&mut self, word: &str, line: u64) -> Option<Manner> {
        let slow = || time::length(word.trim().strip_prefix("slow ")?).map(Manner::Slow);
        let manner = match word.trim() {
            "willing" => Some(Manner::Willing),
            "refuses" => Some(Manner::Refusing),
            "fails" => Some(Manner::Failing),
            _ => slow(),
        };
        if manner.is_none() {
            let text = format!(
                "`{word}` is no way of a provider; write `willing`, `refuses`, `fails` or `slow 30s`"
            );
            self.problems.add(line, text);
        }
        manner
    }
}
