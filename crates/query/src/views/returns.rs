//! View `returns`: every revision of every return, with the state that its key has given it.

/// Name of the view.
pub(super) const NAME: &str = "returns";

/// Of the accepted revisions of a key the highest is effective and the others are superseded,
/// whatever the order of their arrival; one that waits is superseded when a higher one is effective, or
/// when its unit withdrew it. Column `review` is where the revision stands with the level above, by the
/// last step that was taken about it.
pub(super) const SQL: &str = "
WITH taken AS (
    SELECT unit, form, period, revision, step, reason, submitted_at,
        bool_or(step = 'accept') OVER of_revision AS was_accepted,
        row_number() OVER (
            PARTITION BY unit, form, period, revision ORDER BY \"offset\" DESC
        ) AS latest
    FROM submissions
    WHERE kind = 'step' AND decision = 'accepted'
        AND step IN ('accept', 'send_back', 'withdraw')
    WINDOW of_revision AS (PARTITION BY unit, form, period, revision)
),
standing AS (
    SELECT s.unit, s.form, s.period, s.revision, s.decision, s.on_time, s.submitted_at, s.reason,
        s.correction, s.source, s.id, s.cells, s.not_applicable, s.qualifiers, s.explanations,
        s.prior, s.findings, s.signers, s.content_hash, s.\"partition\", s.\"offset\",
        CASE WHEN s.decision IN ('accepted', 'overtaken', 'pending') THEN t.step END AS step,
        CASE WHEN t.step = 'send_back' THEN t.reason END AS sent_back,
        s.decision IN ('accepted', 'overtaken')
            OR s.decision = 'pending' AND coalesce(t.was_accepted, false) AS counts
    FROM submissions s
    LEFT JOIN taken t ON t.latest = 1 AND t.unit = s.unit AND t.form = s.form
        AND t.period = s.period AND t.revision = s.revision
    WHERE s.kind = 'return'
),
ranked AS (
    SELECT *,
        max(CASE WHEN counts THEN revision END) OVER (PARTITION BY unit, form, period) AS in_force
    FROM standing
)
SELECT unit, unit_name(unit, period) AS name, form, period, revision,
    CASE
        WHEN counts AND revision = in_force THEN 'effective'
        WHEN counts OR step = 'withdraw' THEN 'superseded'
        WHEN decision = 'pending' AND revision < in_force THEN 'superseded'
        ELSE decision
    END AS state,
    CASE
        WHEN step = 'send_back' THEN 'sent_back'
        WHEN step = 'withdraw' THEN 'withdrawn'
        WHEN counts THEN 'accepted'
        WHEN decision = 'pending' THEN 'submitted'
    END AS review,
    sent_back, on_time,
    arrow_cast(submitted_at, 'Timestamp(Microsecond, Some(\"+08:00\"))') AS submitted_at,
    reason, correction, source, id, cells, not_applicable, qualifiers, explanations, prior,
    findings, signers, content_hash, \"partition\", \"offset\"
FROM ranked";
