-- quarantine_copy --
-- Take a batch's refused messages, whole.
copy quarantine (received_at, topic, payload, origin, reason, detail, source, event_type, deduplication_key, dev_eui)
from stdin (format binary);
