-- The interactions of a batch, and what was found of other texts in their prompts.
--
-- The prompt is hashed here, from the text that the row keeps: a row whose prompt was changed afterwards no longer finds
-- its exchange. A prompt quotes an answer if all that the answer says stands in it, plain or as JSON writes it; the
-- answer's words of fewer than 20 characters stand anywhere and are passed over, unless it has no others. A "<" that
-- would close a prompt's section is sent as "‹", so the two are not told apart.
WITH asked AS MATERIALIZED (
    SELECT i.interaction_id, i.workflow_run_id, i.posting_id,
           replace(i.input ->> 'prompt', '<', '‹') AS prompt
    FROM interactions i
    WHERE i.batch_id = $1 AND i.input ->> 'prompt' IS NOT NULL
), texts AS MATERIALIZED (
    SELECT i.interaction_id, i.workflow_run_id, i.conversation_id,
           replace(leaf #>> '{}', '<', '‹') AS plain,
           replace(substr(leaf::text, 2, char_length(leaf::text) - 2), '<', '‹') AS escaped,
           max(char_length(leaf #>> '{}')) OVER (PARTITION BY i.interaction_id) AS longest
    FROM interactions i
    JOIN actors a USING (actor_id)
    CROSS JOIN jsonb_path_query(i.output, 'strict $.** ? (@.type() == "string")') AS leaf
    WHERE i.batch_id = $1 AND i.status = 'completed' AND a.actor_type = 'ai_model'
), answers AS MATERIALIZED (
    SELECT interaction_id, workflow_run_id, conversation_id,
           array_agg(plain) AS plain, array_agg(escaped) AS escaped
    FROM texts
    -- What is blank stands in every prompt, and an answer of nothing else was quoted nowhere.
    WHERE char_length(plain) >= least(20, longest) AND plain ~ '\S'
    GROUP BY interaction_id, workflow_run_id, conversation_id
), quoted AS MATERIALIZED (
    SELECT asked.interaction_id,
           jsonb_agg(answers.conversation_id ORDER BY answers.conversation_id) AS outputs,
           string_agg(array_to_string(answers.plain, ' '), ' ') AS said
    FROM asked
    JOIN answers ON answers.workflow_run_id = asked.workflow_run_id
        AND answers.interaction_id <> asked.interaction_id
    WHERE NOT EXISTS (
        SELECT FROM unnest(answers.plain, answers.escaped) AS text (plain, escaped)
        WHERE strpos(asked.prompt, text.plain) = 0 AND strpos(asked.prompt, text.escaped) = 0)
    GROUP BY asked.interaction_id
), quotes AS (
    SELECT asked.interaction_id, jsonb_build_object(
        'description', strpos(asked.prompt, replace(p.job_description, '<', '‹')) > 0,
        'outputs', coalesce(quoted.outputs, '[]'),
        'placeholder', (
            SELECT found[1]
            FROM regexp_matches(asked.prompt, '(\{\{?\s*[a-z_][a-z0-9_]*\s*\}\}?)', 'g')
                WITH ORDINALITY AS placeholder (found, place)
            -- Braces that the posting or an answer brought along were not left by the template.
            WHERE strpos(concat_ws(' ', p.job_title, p.location_city, p.location_country,
                                   p.job_description, quoted.said), found[1]) = 0
            ORDER BY place LIMIT 1)
    ) AS quotes
    FROM asked
    JOIN postings p USING (posting_id)
    LEFT JOIN quoted USING (interaction_id)
)
SELECT i.interaction_id, i.workflow_run_id, i.posting_id, i.conversation_id,
       a.actor_name AS actor, a.actor_type, i.status, i.attempt, i.claimed_by,
       i.created_at, i.available_at, i.claimed_at, i.lease_expires_at,
       i.started_at, i.completed_at, i.output,
       CASE WHEN i.input ? 'model' THEN jsonb_build_object(
           'model', i.input ->> 'model',
           'prompt_sha256', coalesce(
               encode(sha256(convert_to(i.input ->> 'prompt', 'UTF8')), 'hex'),
               i.input ->> 'prompt_sha256',
               ''),
           'quotes', quotes.quotes
       ) END AS input
FROM interactions i
JOIN actors a USING (actor_id)
LEFT JOIN quotes USING (interaction_id)
WHERE i.batch_id = $1
ORDER BY i.interaction_id
