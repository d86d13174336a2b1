//! What operators say on the stage. It is signed, judged and obeyed as everywhere, for it is the same
//! engine; each time as many operators say it as any approval takes.

use super::play::Player;
use crate::command::instruction::{
    Command, CommandId, CommandKind, Destructive, Instruction, Length, Scope,
};
use crate::command::signers::{AllowedSigners, Principal};
use crate::command::{Group, Operators, SIGNATURE_HEADER, Signers, Tenants, Touch};
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::record;
use crate::model::hold::{Hold, HoldDigest};
use crate::model::ordered::{CommandOutcome, CommandRecord};
use crate::model::{Deployment, StateWrite};
use crate::pen::{NAMESPACE, Pen};
use crate::story::judge::list;
use crate::story::{Difference, Halted, Order, Step};
use jiff::Timestamp;

/// The topic that brings commands.
pub(super) const CONTROL: &str = "usher.control";
const DEPLOYMENT: &str = "paper";
const OPERATORS: [&str; 2] = ["ann@example.com", "bob@example.com"];

fn pens() -> impl Iterator<Item = Pen> {
    OPERATORS.iter().filter_map(|name| Pen::new((*name).to_owned(), 0))
}

/// Those who may say everything.
pub(super) fn operators() -> Operators {
    let lines: String = pens().map(|pen| pen.line()).collect();
    let Ok(signers) = AllowedSigners::parse(lines.as_bytes()) else { return Operators::default() };
    let group = Group {
        name: "operators".to_owned(),
        signers: Signers::Fresh(signers),
        may: CommandKind::ALL.iter().copied().collect(),
        tenants: Tenants::All,
        touch: Touch::Optional,
    };
    Operators::new(vec![group]).unwrap_or_default()
}

/// Whose state it is: a command must say for which deployment it is.
pub(super) fn first_record() -> StateWrite {
    record::first_record(&Deployment { id: DEPLOYMENT.to_owned(), shards: 1 })
}

/// What a row says of itself: its code, and what was said of it.
pub(super) fn told(hold: &Hold, now: Timestamp) -> String {
    let said = VerdictWord::of(&hold.verdict, now);
    if said == VerdictWord::Open {
        hold.why.code.to_string()
    } else {
        format!("{} {}", hold.why.code, said.word())
    }
}

impl Player<'_> {
    /// Has operators say it, and says what is wrong if nothing came of it.
    pub(super) fn order(&mut self, order: &Order, step: &Step) -> Option<Difference> {
        let differs = |expected: &str, actual: String| Difference {
            line: step.line,
            step: step.say.clone(),
            what: order.word().to_owned(),
            expected: expected.to_owned(),
            actual,
        };
        let command = match order {
            Order::Approve(people) => self.digests(people).map(|holds| Command::Approve { holds }),
            Order::Reject(people) => {
                let length = Length::try_from("7d".to_owned()).ok();
                let holds = self.digests(people).zip(length);
                holds.map(|(holds, length)| Command::Reject { holds, length })
            }
            Order::Pause(halted) => Some(Command::Pause { scope: self.scope(halted) }),
            Order::Resume(halted) => Some(Command::Resume { scope: self.scope(halted) }),
        };
        let Some(command) = command else {
            return Some(differs("something that is held", "none".to_owned()));
        };
        let became = self.say(command);
        match became.as_ref().map(|record| &record.outcome) {
            Some(CommandOutcome::Obeyed) => None,
            Some(CommandOutcome::Refused(why)) => {
                Some(differs("obeyed", format!("refused, {}: {}", why.code, why.text)))
            }
            Some(CommandOutcome::Nothing) | None => {
                let rows = became.into_iter().flat_map(|record| record.rows);
                Some(differs("obeyed", format!("nothing: {}", list(rows.filter_map(|it| it.why)))))
            }
        }
    }

    fn scope(&self, halted: &Halted) -> Scope {
        match halted {
            Halted::Everything => Scope::Everything,
            Halted::Tenant => Scope::Tenant,
            Halted::Target => Scope::Target(self.suite.target.clone()),
            Halted::Destructive => Scope::Destructive(Destructive::Tenant),
            Halted::Rule(rule) => Scope::Rule(rule.clone()),
            Halted::Source(source) => Scope::Source(source.clone()),
        }
    }

    /// The rows of these people about which somebody is to say something.
    fn digests(&self, people: &[String]) -> Option<crate::command::instruction::Many<HoldDigest>> {
        let now = self.stage.now();
        let rows = people.iter().flat_map(|short| self.rows(short));
        let waiting = rows.filter(|hold| VerdictWord::of(&hold.verdict, now).waits());
        let digests: Vec<HoldDigest> = waiting.map(|hold| hold.digest.clone()).collect();
        digests.try_into().ok()
    }

    /// Everything that is held of somebody at the target.
    pub(super) fn rows(&self, short: &str) -> Vec<&Hold> {
        let known = self.known(short).into_iter();
        let seats = known.filter_map(|person| self.stage.seat(person, &self.suite.target));
        seats.flat_map(|seat| &seat.holds).collect()
    }

    fn say(&mut self, command: Command) -> Option<CommandRecord> {
        let is_for_all = matches!(
            command,
            Command::Pause { scope: Scope::Everything }
                | Command::Resume { scope: Scope::Everything }
        );
        let first = OPERATORS.first()?;
        let instruction = Instruction {
            id: id(self.stage.heard())?,
            deployment: DEPLOYMENT.to_owned().try_into().ok()?,
            tenant: (!is_for_all).then(|| self.stage.tenant().clone()),
            operator: Principal::parse(first).ok()?,
            command,
            reason: "as the fixture says".to_owned().try_into().ok()?,
            issued_at: self.stage.now(),
            expires_at: None,
        };
        let bytes = instruction.to_bytes();
        let signatures = pens().map(|pen| pen.sign(NAMESPACE, &bytes));
        let headers = signatures.map(|it| (SIGNATURE_HEADER.to_owned(), Some(it.into_bytes())));
        let headers = headers.collect();
        self.stage.hear(bytes, headers);
        self.hear().pop()
    }
}

/// The same in every run, and each another.
fn id(number: i64) -> Option<CommandId> {
    format!("0193a5f0-7c1e-7a3b-8f00-{number:012x}").try_into().ok()
}
