//! Answering invitations: what is asked, sent, shown, taken back.

use super::picture::screen;
use super::press::press;
use super::world::World;
use kalends::app::Effect;
use kalends::domain::answer::{Reply as Answer, Respond};
use kalends::domain::entry::{Deed, Pending};
use kalends::domain::intent::{Act, IntentId};
use kalends::service::protocol::{Reply, Request, Settle, Ticket, UndoOutcome};

fn asked(world: &World) -> Vec<(Ticket, Request)> {
    let asks = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask { ticket, request } => Some((*ticket, request.clone())),
        _ => None,
    });
    asks.collect()
}

fn sent(world: &World) -> Vec<(Ticket, Respond, u64)> {
    let sent = asked(world)
        .into_iter()
        .filter_map(|(ticket, request)| match request {
            Request::Queue {
                act: Act::Respond(respond),
                delay_ms,
            } => Some((ticket, respond, delay_ms)),
            _ => None,
        });
    sent.collect()
}

fn ticket_of(world: &World, wanted: impl Fn(&Request) -> bool) -> Ticket {
    asked(world)
        .into_iter()
        .rev()
        .find(|(_, request)| wanted(request))
        .unwrap()
        .0
}

#[test]
fn an_answer_is_one_key_after_r_and_shown_at_once() {
    for (key, answer) in [
        ("a", Answer::Accept),
        ("y", Answer::Accept),
        ("t", Answer::Tentative),
        ("m", Answer::Tentative),
        ("d", Answer::Decline),
        ("n", Answer::Decline),
    ] {
        let mut world = World::new(120, 40);
        press(&mut world, "tab r");
        assert!(screen(&world).contains("overlaps Launch plan by 30 min (hard)"));
        assert!(screen(&world).contains("tells Liu Wei"));
        press(&mut world, key);
        let sent = sent(&world);
        assert_eq!(sent.len(), 1);
        let (_, respond, delay) = &sent[0];
        assert_eq!(respond.reply, answer);
        assert_eq!(*delay, 5000);
        assert!(respond.tell_organizer && respond.comment.is_none());
        assert!(respond.seen.shape.is_some());
        let picture = screen(&world);
        assert!(
            picture.contains("takes it back") && picture.contains("sent in 5 s"),
            "{picture}"
        );
    }
}

#[test]
fn the_undo_delay_counts_down_and_ends() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab r a");
    world.tick(2);
    assert!(screen(&world).contains("sent in 3 s"));
    world.tick(3);
    assert!(!screen(&world).contains("takes it back"));
}

#[test]
fn taking_back_takes_the_mark_off() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab r a");
    let (ticket, respond, _) = sent(&world).remove(0);
    world.reply(ticket, Reply::Queued(IntentId(7)));
    press(&mut world, "u");
    let ticket = ticket_of(&world, |request| *request == Request::Undo);
    let intent = kalends::domain::intent::Intent {
        id: IntentId(7),
        act: Act::Respond(respond),
        made_at: world.state.now,
        due_at: world.state.now,
        stage: kalends::domain::intent::Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    };
    world.reply(ticket, Reply::Undone(UndoOutcome::Withdrawn(intent)));
    assert!(screen(&world).contains("Nobody will hear of it"));
    assert!(
        world
            .state
            .known
            .entries
            .iter()
            .all(|entry| entry.pending.is_none())
    );
}

#[test]
fn a_note_cannot_be_silent() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab r , c \"see you\" enter s");
    assert!(screen(&world).contains("a note cannot be silent"));
    press(&mut world, "a");
    let (_, respond, _) = sent(&world).remove(0);
    assert_eq!(respond.comment.as_deref(), Some("see you"));
    assert!(respond.tell_organizer);
}

#[test]
fn silence_tells_nobody() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab r , s");
    assert!(screen(&world).contains("tells nobody"));
    press(&mut world, "d");
    assert!(!sent(&world)[0].1.tell_organizer);
}

#[test]
fn one_of_a_series_asks_which_and_esc_sends_nothing() {
    let mut world = World::new(120, 40);
    press(&mut world, "k");
    assert_eq!(
        world.state.selected.as_ref().unwrap().event.as_str(),
        "standup-3"
    );
    press(&mut world, "r d");
    assert!(screen(&world).contains("this is one of a series"));
    press(&mut world, "esc esc");
    assert!(sent(&world).is_empty());
    press(&mut world, "r d o");
    assert_eq!(sent(&world)[0].1.event.as_str(), "standup-3");
    assert_eq!(sent(&world)[0].1.root.as_str(), "standup");

    let mut world = World::new(120, 40);
    press(&mut world, "k r t W");
    let (_, respond, _) = sent(&world).remove(0);
    assert_eq!(respond.event.as_str(), "standup");
    assert_eq!(respond.seen.start, super::world::at("2026-01-05T08:00:00Z"));
    let marked = world
        .state
        .known
        .entries
        .iter()
        .filter(|entry| entry.pending.is_some());
    assert_eq!(marked.count(), 5);
}

#[test]
fn a_failure_comes_back_in_words_with_two_ways_out() {
    let mut world = World::new(120, 40);
    for entry in &mut world.entries {
        if entry.id.as_str() == "vendor" {
            entry.pending = Some(Pending {
                intent: IntentId(9),
                deed: Deed::Answer(Answer::Accept),
                trouble: Some("the meeting was moved to Friday".into()),
            });
        }
    }
    world.send(kalends::app::Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    press(&mut world, "tab");
    assert!(screen(&world).contains("the meeting was moved to Friday"));
    press(&mut world, "r r");
    let settled = asked(&world).into_iter().any(|(_, request)| {
        request
            == Request::Settle {
                intent: IntentId(9),
                choice: Settle::Retry,
            }
    });
    assert!(settled);
}

#[test]
fn a_refused_answer_is_not_lost_silently() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab r a");
    let (ticket, ..) = sent(&world).remove(0);
    world.reply(
        ticket,
        Reply::Refused {
            words: "the outbox is full".into(),
        },
    );
    assert!(screen(&world).contains("the outbox is full"));
    assert!(
        world
            .state
            .known
            .entries
            .iter()
            .all(|entry| entry.pending.is_none())
    );
}

#[test]
fn leaving_sends_what_waits_and_esc_leaves_it_queued() {
    let mut world = World::new(120, 40);
    press(&mut world, "q");
    assert!(world.effects.contains(&Effect::Quit));

    let mut world = World::new(120, 40);
    press(&mut world, "tab r a q");
    assert!(!world.effects.contains(&Effect::Quit));
    assert!(screen(&world).contains("1 change waits"));
    let ticket = ticket_of(&world, |request| *request == Request::Drain);
    world.reply(ticket, Reply::Drained { left: 0 });
    assert!(world.effects.contains(&Effect::Quit));

    let mut world = World::new(120, 40);
    press(&mut world, "tab r a q");
    world.tick(6);
    assert!(world.effects.contains(&Effect::Quit), "patience has an end");

    let mut world = World::new(120, 40);
    press(&mut world, "tab r a ctrl-c");
    assert!(!world.effects.contains(&Effect::Quit));
    press(&mut world, "esc");
    assert!(world.state.overlay.is_none());
    press(&mut world, "ctrl-c Q");
    assert!(world.effects.contains(&Effect::Quit));
}
