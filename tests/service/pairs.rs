//! Two acts that belong together: the second never leaves unless the first took effect.

use super::desk::{Desk, create, delete, event, rename};
use kalends::domain::edit::{Change, Edit, Field, Side, Value};
use kalends::domain::event::Event;
use kalends::domain::intent::{Act, IntentId};
use kalends::domain::remote::FailureKind;
use kalends::service::protocol::{Reply, Request, Settle};

/// A move to another calendar whose copy was refused.
fn stuck_move(desk: &Desk, original: &Event) -> (IntentId, Act) {
    desk.fail(&[FailureKind::Refused]);
    let copy = create("copy", 5);
    desk.together(vec![copy.clone(), delete(original)]);
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    (desk.needs_you().unwrap().id, copy)
}

/// A change of the copy while it waits.
fn amended(copy: &Act) -> Act {
    let Act::Create(create) = copy else {
        panic!("{copy:?}")
    };
    Act::Change(Change {
        calendar: create.calendar.clone(),
        event: create.draft_id(),
        root: create.draft_id(),
        edits: vec![Edit {
            base: Value::Place("".into()),
            mine: Value::Place("Room 4".into()),
        }],
        seen: super::desk::seen(&event("copy", 5, true)),
    })
}

#[test]
fn amending_the_first_does_not_free_the_second() {
    let original = event("original", 2, true);
    let desk = Desk::with(std::slice::from_ref(&original));
    let (_, copy) = stuck_move(&desk, &original);
    desk.fail(&[FailureKind::Refused]);
    assert!(matches!(desk.queue(amended(&copy)), Reply::Queued(_)));
    desk.until("the second refusal", |desk| desk.needs_you().is_some());
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
    assert!(desk.on_server("original").is_some(), "nothing is lost");
    // Once the copy is taken, the original goes.
    let intent = desk.needs_you().unwrap().id;
    desk.ask(Request::Settle {
        intent,
        choice: Settle::Retry,
    });
    desk.until("the move", |desk| desk.log().len() == 2);
    assert_eq!(desk.log(), ["create copy", "delete original"]);
}

#[test]
fn deleting_the_copy_keeps_the_original_and_can_be_done_again() {
    let original = event("original", 2, true);
    let desk = Desk::with(std::slice::from_ref(&original));
    let (_, copy) = stuck_move(&desk, &original);
    let Act::Change(change) = amended(&copy) else {
        panic!()
    };
    let gone = Act::Delete(kalends::domain::edit::Delete {
        calendar: change.calendar,
        event: change.event.clone(),
        root: change.event,
        message: None,
        is_my_meeting: false,
        seen: change.seen,
    });
    assert_eq!(desk.queue(gone), Reply::Done);
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
    assert!(desk.intents().is_empty());
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    desk.until("the move", |desk| desk.log().len() == 2);
    assert_eq!(desk.log(), ["create copy", "delete original"]);
}

/// What was meant to come after a change does not come when the change is given up.
#[test]
fn their_side_of_the_first_gives_up_the_second() {
    for side in [Side::Theirs, Side::Mine] {
        let first = event("first", 2, true);
        let desk = Desk::with(std::slice::from_ref(&first));
        desk.renamed_there("first", "theirs");
        desk.together(vec![rename(&first, "mine"), create("second", 5)]);
        desk.until("the conflict", |desk| desk.needs_you().is_some());
        let intent = desk.needs_you().unwrap().id;
        if side == Side::Mine {
            // Refused once more: the second still waits for it.
            desk.fail(&[FailureKind::Refused]);
        }
        desk.ask(Request::Resolve {
            intent,
            sides: vec![(Field::Subject, side)],
        });
        desk.rest();
        assert_eq!(desk.log(), [""; 0], "{side:?}");
        assert_eq!(desk.intents().len(), if side == Side::Mine { 2 } else { 0 });
    }
}
