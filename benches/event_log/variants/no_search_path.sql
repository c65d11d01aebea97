-- No SET search_path on the log function: its body names every table with its schema.
ALTER FUNCTION app.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb) RESET search_path;
