//! What came in and what became of it, for reports.

use ledger::Account;
use serde::Serialize;

use crate::lang::Lang;

/// received = effective + superseded + refused + set aside + pending; replayed apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Intake {
    received: u64,
    replayed: u64,
    effective: u64,
    superseded: u64,
    refused: u64,
    set_aside: u64,
    pending: u64,
}

impl Intake {
    pub(crate) fn of(account: Account) -> Self {
        let Account { received, replayed, effective, superseded, refused, set_aside, pending } =
            account;
        Self { received, replayed, effective, superseded, refused, set_aside, pending }
    }

    /// The account as one sentence.
    pub(crate) fn sentence(&self, lang: Lang) -> String {
        let Self { received, replayed, effective, superseded, refused, set_aside, pending } = self;
        match lang {
            Lang::Zh => format!(
                "收到 {received} = 有效 {effective} + 被替代 {superseded} + 退件 {refused} + 搁置 {set_aside} + 待审 {pending}（另有重复 {replayed}）"
            ),
            Lang::En => format!(
                "received {received} = effective {effective} + superseded {superseded} + refused {refused} + set aside {set_aside} + pending {pending} (replayed {replayed} apart)"
            ),
        }
    }
}
