//! View `set_aside`: journal entries that cannot be used (搁置), with the reason and their bytes.

/// Name of the view.
pub(super) const NAME: &str = "set_aside";

/// One row per entry.
pub(super) const SQL: &str = "
SELECT kind, id, unit, form, period, reason,
    arrow_cast(submitted_at, 'Timestamp(Microsecond, Some(\"+08:00\"))') AS submitted_at,
    source, wire, content_hash, body, \"partition\", \"offset\"
FROM submissions
WHERE decision = 'set_aside'";
