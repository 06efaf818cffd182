//! View `steps`: what was done about returns and periods (办理), by whom and why, taken or refused.

/// Name of the view.
pub(super) const NAME: &str = "steps";

/// One row per step. A lock stands in every partition; it is shown once, as taken, as refused, or as
/// taken in some partitions only (`in_part`), which means that writing it was interrupted.
pub(super) const SQL: &str = "
SELECT step, unit, CASE WHEN unit IS NOT NULL THEN unit_name(unit, period) END AS name, form, period,
    revision,
    CASE WHEN kind = 'lock' AND taken > 0 AND taken < 24 THEN 'in_part' ELSE decision END AS decision,
    json_text(signers, 'by') AS by_unit, json_text(signers, 'signer') AS signer,
    reason, arrow_cast(submitted_at, 'Timestamp(Microsecond, Some(\"+08:00\"))') AS submitted_at,
    id, findings
FROM (
    SELECT *,
        row_number() OVER (
            PARTITION BY kind, content_hash ORDER BY decision, \"partition\", \"offset\"
        ) AS copy,
        sum(CASE WHEN decision = 'accepted' THEN 1 ELSE 0 END) OVER (
            PARTITION BY kind, content_hash
        ) AS taken
    FROM submissions
    WHERE step IS NOT NULL
)
WHERE kind = 'step' OR copy = 1";
