//! View `steps`: what was done about returns and periods (办理), by whom and why, taken or refused.

/// Name of the view.
pub(super) const NAME: &str = "steps";

/// One row per step. A lock stands in every partition; it is shown once.
pub(super) const SQL: &str = "
SELECT step, unit, CASE WHEN unit IS NOT NULL THEN unit_name(unit, period) END AS name, form, period,
    revision, decision, json_text(signers, 'by') AS by_unit, json_text(signers, 'signer') AS signer,
    reason, arrow_cast(submitted_at, 'Timestamp(Microsecond, Some(\"+08:00\"))') AS submitted_at,
    id, findings
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY kind, step, unit, form, period, revision, content_hash
        ORDER BY \"partition\", \"offset\"
    ) AS copy
    FROM submissions
    WHERE step IS NOT NULL
)
WHERE kind = 'step' OR copy = 1";
