//! A second model server, in all its ways.

use chrono::TimeDelta;

use crate::record::{CameBy, RunRecord, Worker};

/// What the second server is called.
pub(crate) const SECOND: &str = "http://10.0.0.2:11434";

/// Adds a server like the first, there at the same time. It has done nothing yet.
pub(crate) fn second_server(record: &mut RunRecord) {
    let mut second = record.environment.servers[0].clone();
    SECOND.clone_into(&mut second.name);
    record.environment.servers.push(second);
}

/// Gives the calls of a model to the second server, and the samples of it.
pub(crate) fn move_to_second(record: &mut RunRecord, model: &str) {
    for exchange in &mut record.exchanges {
        if exchange.model == model {
            SECOND.clone_into(&mut exchange.server);
        }
    }
    let mut there = record.residency.clone();
    for sample in &mut there {
        SECOND.clone_into(&mut sample.server);
        sample.models.retain(|loaded| loaded.name == model);
    }
    for sample in &mut record.residency {
        sample.models.retain(|loaded| loaded.name != model);
    }
    record.residency.extend(there);
}

/// Says that each server was there for half of the batch, with a worker of its own.
pub(crate) fn one_after_the_other(record: &mut RunRecord) {
    let (start, end) = (record.batch.created_at, record.batch.ended_at.unwrap());
    let half = start + (end - start) / 2;
    let servers = record.environment.servers.iter();
    let worker = |(position, name): (usize, &String)| {
        let (started_at, last_sign_at) = match position {
            0 => (start, half),
            _ => (half + TimeDelta::seconds(1), end),
        };
        Worker {
            name: format!("runner-{position}"),
            host: "host".to_owned(),
            came_by: [CameBy::Run, CameBy::Resume][position.min(1)],
            servers: vec![name.clone()],
            started_at,
            ended_at: (position > 0).then_some(last_sign_at),
            last_sign_at,
        }
    };
    let names = servers.map(|server| &server.name).enumerate();
    record.workers = Some(names.map(worker).collect());
}
