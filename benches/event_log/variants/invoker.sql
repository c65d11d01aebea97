-- Neither SET search_path nor SECURITY DEFINER.
ALTER FUNCTION app.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb) RESET search_path SECURITY INVOKER;
