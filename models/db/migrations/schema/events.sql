-- What is written once and never changed, and the notification of each order event at its commit.

CREATE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is rejected', TG_TABLE_NAME, TG_OP;
END $$;

CREATE FUNCTION notify_order_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('order_event', NEW.tenant || ' ' || NEW.order_id || ' ' || NEW.seq);
    RETURN NULL;
END $$;

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION reject_change();
CREATE TRIGGER order_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON order_event
FOR EACH STATEMENT EXECUTE FUNCTION reject_change();
CREATE TRIGGER order_event_notify AFTER INSERT ON order_event
FOR EACH ROW EXECUTE FUNCTION notify_order_event();
CREATE TRIGGER recovery_action_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON recovery_action
FOR EACH STATEMENT EXECUTE FUNCTION reject_change();
