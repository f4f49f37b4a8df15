//! Of two that belong together, one: what becomes of it when the other is taken back, refused, or
//! done again.

use super::desk::{Desk, create, delete, event, rename, seen};
use super::office::Trick;
use kalends::domain::edit::{Delete, Field, Side};
use kalends::domain::event::Event;
use kalends::domain::intent::Act;
use kalends::domain::remote::FailureKind;
use kalends::service::protocol::{Reply, Request, Settle, UndoOutcome};

/// The next acts of the server, one by one.
fn tricks(desk: &Desk, tricks: &[Trick]) {
    desk.office.inside().tricks.extend(tricks);
}

/// A new event that waits is deleted again.
fn delete_draft(of: &Act) -> Act {
    let Act::Create(create) = of else {
        panic!("{of:?}")
    };
    Act::Delete(Delete {
        calendar: create.calendar.clone(),
        event: create.draft_id(),
        root: create.draft_id(),
        message: None,
        is_my_meeting: false,
        seen: seen(&create.event().unwrap()),
    })
}

/// Looks like what `create("copy", 5)` makes.
fn twin() -> Event {
    let mut twin = event("twin", 5, true);
    twin.details.as_mut().unwrap().subject = "copy".into();
    twin
}

/// A move to another calendar, the server willing or not.
fn moved(desk: &Desk, original: &Event) {
    desk.together(vec![create("copy", 5), delete(original)]);
}

fn undo(desk: &Desk) -> UndoOutcome {
    match desk.ask(Request::Undo) {
        Reply::Undone(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_that_is_done_again_waits_for_its_first() {
    let first = event("first", 2, true);
    let desk = Desk::with(std::slice::from_ref(&first));
    desk.offline(true);
    let second = create("second", 5);
    desk.together(vec![rename(&first, "ends"), second.clone()]);
    assert_eq!(desk.queue(delete_draft(&second)), Reply::Done);
    // The first goes and comes back under another number.
    undo(&desk);
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    desk.fail(&[FailureKind::Refused]);
    desk.offline(false);
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
    let intent = desk.needs_you().unwrap().id;
    let choice = Settle::Retry;
    desk.ask(Request::Settle { intent, choice });
    desk.until("both", |desk| desk.log().len() == 2);
    assert_eq!(desk.log(), ["change first", "create second"]);
}

/// What the first was is not there any more: there is nothing to come after.
#[test]
fn a_second_whose_first_was_given_up_is_not_done_again() {
    let first = event("first", 2, true);
    let desk = Desk::with(std::slice::from_ref(&first));
    desk.offline(true);
    let second = create("second", 5);
    desk.together(vec![rename(&first, "ends"), second.clone()]);
    assert_eq!(desk.queue(delete_draft(&second)), Reply::Done);
    let intent = desk.intents()[0].id;
    let choice = Settle::Drop;
    desk.ask(Request::Settle { intent, choice });
    let reply = desk.ask(Request::Redo);
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    desk.offline(false);
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
}

/// "It cannot be taken back" means that nothing was.
#[test]
fn what_cannot_be_taken_back_whole_goes_on() {
    let original = event("original", 2, true);
    let desk = Desk::with(&[original.clone(), twin()]);
    tricks(&desk, &[Trick::Let, Trick::Fail(FailureKind::Throttled)]);
    moved(&desk, &original);
    desk.until("the copy", |desk| desk.log().len() == 1);
    desk.until("the wait", |desk| desk.office.inside().tricks.is_empty());
    let outcome = undo(&desk);
    assert!(matches!(outcome, UndoOutcome::Final { .. }), "{outcome:?}");
    desk.until("the deletion", |desk| desk.log().len() == 2);
    assert_eq!(desk.log(), ["create copy", "delete original"]);
}

/// A stuck second does not outlive its first: trying it again would delete what has no copy.
#[test]
fn undoing_the_first_takes_the_stuck_second_along() {
    let original = event("original", 2, true);
    let desk = Desk::with(&[original.clone(), twin()]);
    tricks(&desk, &[Trick::Let, Trick::Fail(FailureKind::Refused)]);
    moved(&desk, &original);
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    desk.rest();
    desk.renamed_there("twin", "another");
    desk.rest();
    let outcome = undo(&desk);
    assert!(
        matches!(outcome, UndoOutcome::Compensating { .. }),
        "{outcome:?}"
    );
    desk.until("the way back", |desk| desk.log().len() == 2);
    desk.rest();
    assert!(desk.intents().is_empty(), "{:?}", desk.intents());
    assert!(desk.on_server("original").is_some(), "nothing is lost");
}

/// The server remembers what it made: the copy that is made again is another one.
#[test]
fn what_was_half_done_is_done_again_whole() {
    let original = event("original", 2, true);
    let desk = Desk::with(std::slice::from_ref(&original));
    tricks(&desk, &[Trick::Let, Trick::Fail(FailureKind::Refused)]);
    moved(&desk, &original);
    desk.until("the way back", |desk| desk.log().len() == 2);
    desk.rest();
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    desk.until("the move", |desk| desk.log().len() == 4);
    assert_eq!(desk.log()[2..], ["create copy", "delete original"]);
}

/// Doing it again after all is asking the same question again.
#[test]
fn a_change_given_up_for_theirs_is_done_again_as_it_was() {
    let first = event("first", 2, true);
    let desk = Desk::with(std::slice::from_ref(&first));
    desk.renamed_there("first", "theirs");
    desk.together(vec![rename(&first, "mine"), create("second", 5)]);
    desk.until("the conflict", |desk| desk.needs_you().is_some());
    let intent = desk.needs_you().unwrap().id;
    let sides = vec![(Field::Subject, Side::Theirs)];
    assert_eq!(desk.ask(Request::Resolve { intent, sides }), Reply::Done);
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
    assert!(desk.needs_you().is_some());
}

/// What waits for one of two that look alike does not make the other the one that was made.
#[test]
fn undoing_a_new_event_never_deletes_its_twin() {
    let desk = Desk::with(&[twin()]);
    desk.queue(create("copy", 5));
    desk.until("the event", |desk| desk.intents().is_empty());
    desk.rest();
    let made = desk.office.inside().effects[0].event.clone();
    let made = desk.on_server(made.as_str()).unwrap();
    desk.fail(&[FailureKind::Refused]);
    desk.queue(rename(&made, "another"));
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    let outcome = undo(&desk);
    assert!(matches!(outcome, UndoOutcome::Final { .. }), "{outcome:?}");
    desk.rest();
    assert!(desk.on_server("twin").is_some());
}

/// It went out while the person decided to drop it: its second goes, too.
#[test]
fn dropping_a_first_that_has_left_drops_nothing() {
    let original = event("original", 2, true);
    let desk = Desk::with(std::slice::from_ref(&original));
    tricks(&desk, &[Trick::Let, Trick::Fail(FailureKind::Throttled)]);
    // Looked at before it can leave.
    desk.shut(true);
    moved(&desk, &original);
    let intent = desk.intents()[0].id;
    desk.shut(false);
    desk.until("the wait", |desk| desk.office.inside().tricks.is_empty());
    assert_eq!(desk.log(), ["create copy"]);
    let choice = Settle::Drop;
    let reply = desk.ask(Request::Settle { intent, choice });
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    desk.until("the deletion", |desk| desk.log().len() == 2);
    assert_eq!(desk.log(), ["create copy", "delete original"]);
}
