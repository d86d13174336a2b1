//! What befalls an owner: crashes, freezes, cut-offs, and the moments they choose.

use super::calls::is_grant;
use super::checks::Violation;
use super::commits::SESSION;
use super::fact::Deed;
use super::happening::{Happening, Trouble};
use super::makings::makes_group;
use super::manners::Manner;
use super::owner::{Health, Message, OwnerNumber};
use super::weather::{Fate, Told};
use super::world::World;
use crate::model::{Call, Operation, Request};
use jiff::SignedDuration;

/// Of a thousand calls that make a group so many are refused by a 403.
const FORBIDDEN: u64 = 60;

impl World {
    /// Something befalls the owner of the moment.
    pub(super) fn befall(&mut self, trouble: Trouble) -> Result<(), Violation> {
        let Some(number) = self.current else {
            return Ok(());
        };
        match trouble {
            Trouble::Usurp => {
                self.replace_owner()?;
                let delay = self.chance.millis(0, 5_000);
                self.tell_in(delay, number, Message::Revoked);
            }
            Trouble::Crash => self.crash(number, "out of the blue"),
            Trouble::Freeze => {
                let length = self.some_freeze();
                self.freeze(number, "out of the blue", length);
            }
            Trouble::CutOff => self.cut_off(number),
            Trouble::ClockJump => self.jump_clock(number),
            Trouble::HandOver => {
                self.history.note(self.now, None, || format!("{number} is asked to hand over"));
                self.tell_in(SignedDuration::ZERO, number, Message::Drain);
            }
        }
        Ok(())
    }

    /// The owner reaches the targets, and Kafka no more.
    fn cut_off(&mut self, number: OwnerNumber) {
        let Some(owner) = self.owners.get_mut(&number) else {
            return;
        };
        // A transaction that has left is decided; only the next one finds nobody.
        if owner.cut_off || self.undecided.contains_key(&number) {
            return;
        }
        owner.cut_off = true;
        self.history.note(self.now, None, || format!("FAULT    {number} is cut off from Kafka"));
        let length = self.chance.millis(500, 60_000);
        self.plan_in(length, Happening::Heal(number));
        self.plan_in(SESSION, Happening::TakeOver);
    }

    /// A fault at an effect, if the climate has one for this moment.
    pub(super) fn strike(&mut self, number: OwnerNumber, point: &str) {
        if !self.owners.contains_key(&number) {
            return;
        }
        let crash = self.climate.crash_at_effect;
        let freeze = self.climate.freeze_at_effect;
        if self.climate.strikes(&mut self.chance, crash) {
            self.crash(number, point);
        } else if self.climate.strikes(&mut self.chance, freeze) {
            let length = self.some_freeze();
            self.freeze(number, point, length);
        }
    }

    /// Frozen with a call in hand: it must not go out after the thaw.
    pub(super) fn freeze_with_call(&mut self, number: OwnerNumber, call: &Call) {
        let odds = self.climate.freeze_with_call;
        let writes = matches!(call.request, Request::Write(_));
        if !writes || !self.owners.contains_key(&number) {
            return;
        }
        if self.climate.strikes(&mut self.chance, odds) {
            let length = self.chance.millis(5_000, 60_000);
            self.freeze(number, "with a call to send", length);
            self.contradict(call);
        }
    }

    /// While the owner sleeps on a grant, something happens that forbids it: the case for which
    /// lease and fencing are there, and too rare to wait for.
    fn contradict(&mut self, call: &Call) {
        let person = call.person.as_ref().and_then(|id| self.audit.person(id));
        let Some(person) = person.filter(|_| is_grant(&call.request)) else {
            return;
        };
        let touches_group = matches!(
            call.request,
            Request::Write(Operation::AddMember { .. } | Operation::RemoveMember { .. })
        );
        let at = self.now + SESSION + self.chance.millis(0, 1_500);
        let deed =
            if touches_group { Deed::CredentialCompromised } else { Deed::Terminated { from: at } };
        if let Some(arrival) = self.company.emergency(person, at, deed) {
            self.plan(at, Happening::Append(arrival));
        }
    }

    /// Frozen between the check of the lease and the sending: the one gap that nothing closes.
    /// Short enough for the reads at the end of the late window to find what it did.
    pub(super) fn freezes_before_sending(&mut self, number: OwnerNumber, call: &Call) -> bool {
        let odds = self.climate.freeze_before_send;
        if !self.climate.strikes(&mut self.chance, odds) {
            return false;
        }
        let length = self.chance.millis(1_000, 25_000);
        self.freeze(number, "between check and send", length);
        if let Some(owner) = self.owners.get_mut(&number)
            && let Health::Frozen(waiting) = &mut owner.health
        {
            waiting.push(Message::SendUnchecked(call.clone()));
        }
        self.contradict(call);
        true
    }

    /// Dead with a grant on the wire that lands late, after something has happened that forbids it:
    /// the case for which a new owner doubts what the old one had written ahead, and too rare to
    /// wait for.
    pub(super) fn dies_with_grant_out(&mut self, number: OwnerNumber, call: &Call) -> bool {
        let odds = self.climate.crash_with_grant_out;
        if self.current != Some(number)
            || !is_grant(&call.request)
            || !self.climate.strikes(&mut self.chance, odds)
        {
            return false;
        }
        self.crash(number, "with a grant on the wire");
        self.contradict(call);
        true
    }

    /// Whoever has just taken over meets failure after failure.
    pub(super) fn hard_fate(&mut self, call: &Call, window: SignedDuration) -> Option<Fate> {
        let is_soon = self.now.duration_since(self.taken_over_at) < SESSION;
        let is_hard = self.manners.has(Manner::HardTakeovers)
            && self.now < self.settings.faults_end
            && is_soon
            && matches!(call.request, Request::Write(_));
        (is_hard && self.manners.chance.happens(600))
            .then(|| Fate::of_a_hard_moment(&mut self.manners.chance, window))
    }

    /// A call that makes a group is slow to be answered, or the last of its owner: what others do
    /// beside it, and who comes next, is too rare to wait for.
    pub(super) fn hard_making(
        &mut self,
        number: OwnerNumber,
        call: &Call,
        window: SignedDuration,
    ) -> Option<Fate> {
        if !makes_group(call) || self.now >= self.settings.faults_end {
            return None;
        }
        let chance = &mut self.manners.chance;
        let fate = if chance.happens(FORBIDDEN) {
            Some(Fate::forbidden(chance))
        } else {
            chance.happens(400).then(|| Fate::of_a_hard_moment(chance, window))
        };
        if self.manners.chance.happens(200) {
            self.crash(number, "with a group on the wire");
        }
        fate
    }

    /// While a creation is on its way that got no answer, the person gets another name.
    pub(super) fn rename_at_birth(&mut self, call: &Call, fate: &Fate, person: Option<usize>) {
        let is_creation = matches!(call.request, Request::Write(Operation::Create { .. }));
        let (Some(lands), Some(person)) = (fate.lands_after, person) else { return };
        let is_silent = matches!(fate.told, Told::Failure { .. });
        if !self.manners.has(Manner::RenamedAtBirth) || !is_creation || !is_silent {
            return;
        }
        let most = i64::try_from(lands.as_millis()).unwrap_or(0);
        let at = self.now + self.manners.chance.millis(0, most);
        if self.manners.chance.happens(700)
            && let Some(arrival) = self.company.rename(person, at)
        {
            self.plan(at, Happening::Append(arrival));
        }
    }

    /// `kill -9`, power, the kernel: the memory is gone, and the group finds out late or soon.
    fn crash(&mut self, number: OwnerNumber, point: &str) {
        let Some(owner) = self.owners.remove(&number) else {
            return;
        };
        self.tally.crashes += 1;
        self.history.note(self.now, None, || format!("FAULT    {number} crashes {point}"));
        // What it had sent may still be in on its own; mostly it is not.
        if self.chance.happens(500) {
            self.undecided.remove(&number);
        }
        if self.current == Some(number) {
            self.lost.extend(owner.open.into_values());
            self.current = None;
            let soon = self.chance.happens(500);
            let delay = self.chance.millis(10, if soon { 400 } else { 8_000 });
            self.plan_in(delay, Happening::TakeOver);
        }
    }

    /// SIGSTOP; a long one costs it the shard.
    fn freeze(&mut self, number: OwnerNumber, point: &str, length: SignedDuration) {
        let Some(owner) = self.owners.get_mut(&number) else {
            return;
        };
        if matches!(owner.health, Health::Frozen(_)) {
            return;
        }
        owner.health = Health::Frozen(Vec::new());
        self.tally.freezes += 1;
        self.history
            .note(self.now, None, || format!("FAULT    {number} freezes {point} for {length:#}"));
        self.plan_in(length, Happening::Thaw(number));
        if length > SESSION {
            self.plan_in(SESSION, Happening::TakeOver);
        }
    }

    fn some_freeze(&mut self) -> SignedDuration {
        match self.chance.below(4) {
            0 => self.chance.millis(50, 3_000),
            1 => self.chance.millis(3_000, 6_000),
            2 => self.chance.millis(6_500, 20_000),
            _ => self.chance.millis(20_000, 150_000),
        }
    }
}
