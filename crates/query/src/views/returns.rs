//! View `returns`: every revision of every return, with the state that its key has given it.

/// Name of the view.
pub(super) const NAME: &str = "returns";

/// Of the accepted revisions of a key the highest is effective and the others are superseded,
/// whatever the order of their arrival; all other states are the decision itself.
pub(super) const SQL: &str = "
SELECT unit, unit_name(unit, period) AS name, form, period, revision,
    CASE
        WHEN decision = 'accepted' AND revision = max(
            CASE WHEN decision = 'accepted' THEN revision END
        ) OVER (PARTITION BY unit, form, period) THEN 'effective'
        WHEN decision IN ('accepted', 'overtaken') THEN 'superseded'
        ELSE decision
    END AS state,
    on_time,
    arrow_cast(submitted_at, 'Timestamp(Microsecond, Some(\"+08:00\"))') AS submitted_at,
    reason, correction, source, id, cells, not_applicable, qualifiers, explanations, findings,
    signers, content_hash, \"partition\", \"offset\"
FROM submissions
WHERE kind = 'return'";
