// swift-format-ignore-file: one statement per line, as SQLite keeps it.
// Schemas as released, by name of table, index or trigger. They never change: a new schema is a new migration.

let goldenTenantSchema: [String] = [
    #"CREATE TABLE audit ( id INTEGER PRIMARY KEY, time INTEGER NOT NULL, request_id TEXT NOT NULL, user TEXT NOT NULL, credential_id TEXT NOT NULL, operation TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL, query_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL ) STRICT"#,
    #"CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END"#,
    #"CREATE TRIGGER audit_insert BEFORE INSERT ON audit WHEN NEW.id IS NOT (SELECT ifnull(max(id), 0) + 1 FROM audit) OR (NEW.id > 1 AND NEW.prev_hash IS NOT (SELECT hash FROM audit WHERE id = NEW.id - 1)) BEGIN SELECT RAISE(ABORT, 'audit rows are appended one after the other'); END"#,
    #"CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END"#,
    #"CREATE TABLE collection ( id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 16777215), name TEXT NOT NULL UNIQUE, passage_mode TEXT NOT NULL, title_weight INTEGER NOT NULL, next_passage INTEGER NOT NULL DEFAULT 0, document_count INTEGER NOT NULL DEFAULT 0 CHECK (document_count >= 0), passage_count INTEGER NOT NULL DEFAULT 0 CHECK (passage_count >= 0) ) STRICT"#,
    #"CREATE TABLE counter ( name TEXT PRIMARY KEY, value INTEGER NOT NULL ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE document ( key INTEGER PRIMARY KEY, collection INTEGER NOT NULL REFERENCES collection (id), id TEXT NOT NULL, passage_count INTEGER NOT NULL CHECK (passage_count > 0), sequence INTEGER NOT NULL, updated_at INTEGER NOT NULL, content_hash BLOB NOT NULL CHECK (length(content_hash) = 32), title TEXT NOT NULL, metadata BLOB NOT NULL, UNIQUE (collection, id) ) STRICT"#,
    #"CREATE TABLE embedding_failure ( key INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, reason TEXT NOT NULL ) STRICT"#,
    #"CREATE TABLE embedding_progress ( collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, space INTEGER NOT NULL REFERENCES vector_space (id), vectors INTEGER NOT NULL DEFAULT 0 CHECK (vectors >= 0), parked INTEGER NOT NULL DEFAULT 0 CHECK (parked >= 0), complete_before INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (collection, space) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE live_chunk ( collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, chunk INTEGER NOT NULL, bits BLOB NOT NULL CHECK (length(bits) = 512), PRIMARY KEY (collection, chunk) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE passage ( key INTEGER PRIMARY KEY, position INTEGER NOT NULL, sequence INTEGER NOT NULL, scalar_start INTEGER NOT NULL, scalar_end INTEGER NOT NULL, text_hash BLOB NOT NULL CHECK (length(text_hash) = 16), text TEXT NOT NULL ) STRICT"#,
    #"CREATE TABLE sqlite_sequence(name,seq)"#,
    #"CREATE TABLE usage ( id INTEGER PRIMARY KEY, time INTEGER NOT NULL, request_id TEXT NOT NULL, user TEXT NOT NULL, operation TEXT NOT NULL, status TEXT NOT NULL, duration_us INTEGER NOT NULL, bytes INTEGER NOT NULL, tokens INTEGER NOT NULL, cost_micros INTEGER NOT NULL ) STRICT"#,
    #"CREATE INDEX usage_time ON usage (time)"#,
    #"CREATE TABLE vector ( key INTEGER PRIMARY KEY, position INTEGER NOT NULL, sequence INTEGER NOT NULL, data BLOB NOT NULL ) STRICT"#,
    #"CREATE TABLE vector_space ( id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 127), name TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL CHECK (dimension > 0) ) STRICT"#,
]

/// Schema 2: the columns that were added stand behind the old ones, as SQLite writes them.
let goldenPassageTable2 =
    #"CREATE TABLE passage ( key INTEGER PRIMARY KEY, position INTEGER NOT NULL, sequence INTEGER NOT NULL, scalar_start INTEGER NOT NULL, scalar_end INTEGER NOT NULL, text_hash BLOB NOT NULL CHECK (length(text_hash) = 16), text TEXT NOT NULL , page INTEGER CHECK (page > 0), heading TEXT) STRICT"#

let goldenApplianceSchema: [String] = [
    #"CREATE TABLE api_key ( id TEXT PRIMARY KEY, tenant_uid TEXT NOT NULL REFERENCES tenant (uid) ON DELETE CASCADE, user TEXT NOT NULL, scopes TEXT NOT NULL, secret_hash BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER ) STRICT, WITHOUT ROWID"#,
    #"CREATE INDEX api_key_tenant ON api_key (tenant_uid)"#,
    #"CREATE TABLE audit ( id INTEGER PRIMARY KEY, time INTEGER NOT NULL, request_id TEXT NOT NULL, user TEXT NOT NULL, credential_id TEXT NOT NULL, operation TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL, query_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL ) STRICT"#,
    #"CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END"#,
    #"CREATE TRIGGER audit_insert BEFORE INSERT ON audit WHEN NEW.id IS NOT (SELECT ifnull(max(id), 0) + 1 FROM audit) OR (NEW.id > 1 AND NEW.prev_hash IS NOT (SELECT hash FROM audit WHERE id = NEW.id - 1)) BEGIN SELECT RAISE(ABORT, 'audit rows are appended one after the other'); END"#,
    #"CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END"#,
    #"CREATE TABLE counter ( name TEXT PRIMARY KEY, value INTEGER NOT NULL ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE revocation ( jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE signing_key ( id TEXT PRIMARY KEY, algorithm TEXT NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE tenant ( uid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, tier TEXT NOT NULL, rate_per_minute REAL, burst REAL, state TEXT NOT NULL, created_at INTEGER NOT NULL ) STRICT, WITHOUT ROWID"#,
    #"CREATE TRIGGER tenant_uid BEFORE UPDATE OF uid ON tenant BEGIN SELECT RAISE(ABORT, 'a tenant keeps its uid'); END"#,
]

let goldenUploadTable3: [String] = [
    #"CREATE TABLE upload ( user TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL, collection TEXT NOT NULL, committed_lines INTEGER NOT NULL CHECK (committed_lines >= 0), is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)), added INTEGER NOT NULL, updated INTEGER NOT NULL, unchanged INTEGER NOT NULL, failed INTEGER NOT NULL, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (user, name) ) STRICT, WITHOUT ROWID"#,
    #"CREATE INDEX upload_time ON upload (updated_at)"#,
]

/// Schema 2 of `appliance.sqlite`.
let goldenClientTable2: [String] = [
    #"CREATE TABLE oauth_client ( id TEXT PRIMARY KEY, tenant_uid TEXT NOT NULL REFERENCES tenant (uid) ON DELETE CASCADE, user TEXT NOT NULL, scopes TEXT NOT NULL, secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32), token_seconds INTEGER NOT NULL CHECK (token_seconds > 0), created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER ) STRICT, WITHOUT ROWID"#,
    #"CREATE INDEX oauth_client_tenant ON oauth_client (tenant_uid)"#,
]

let goldenTaskTables4: [String] = [
    #"CREATE TABLE task ( number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, context TEXT NOT NULL, state TEXT NOT NULL, phase INTEGER NOT NULL CHECK (phase BETWEEN 0 AND 2), created_at INTEGER NOT NULL, status_at INTEGER NOT NULL, sequence INTEGER NOT NULL, run INTEGER NOT NULL, restarts INTEGER NOT NULL DEFAULT 0, byte_count INTEGER NOT NULL, status BLOB NOT NULL, setup BLOB NOT NULL, metadata BLOB ) STRICT"#,
    #"CREATE TABLE task_artifact ( task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE, position INTEGER NOT NULL, piece INTEGER NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (task, position, piece) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE task_event ( task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE, sequence INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (task, sequence) ) STRICT"#,
    #"CREATE TRIGGER task_event_insert BEFORE INSERT ON task_event WHEN NEW.sequence IS NOT (SELECT ifnull(max(sequence), 0) + 1 FROM task_event WHERE task = NEW.task) BEGIN SELECT RAISE(ABORT, 'events are appended one after the other'); END"#,
    #"CREATE TRIGGER task_event_update BEFORE UPDATE ON task_event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"#,
    #"CREATE TABLE task_message ( task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE, position INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (task, position) ) STRICT"#,
    #"CREATE INDEX task_open ON task (phase, owner) WHERE phase > 0"#,
    #"CREATE INDEX task_over ON task (status_at) WHERE phase = 0"#,
    #"CREATE INDEX task_owner ON task (owner, status_at, id)"#,
    #"CREATE TABLE task_push ( task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE, id TEXT NOT NULL, url TEXT NOT NULL, scheme TEXT, secrets BLOB NOT NULL, form TEXT NOT NULL, created_at INTEGER NOT NULL, delivered INTEGER NOT NULL, PRIMARY KEY (task, id) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE task_request ( owner TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL CHECK (length(digest) = 32), task TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (owner, key) ) STRICT, WITHOUT ROWID"#,
    #"CREATE INDEX task_request_time ON task_request (created_at)"#,
]

let goldenManifestTables7: [String] = [
    #"CREATE TABLE manifest ( collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, engine TEXT NOT NULL, space INTEGER NOT NULL, sequence INTEGER NOT NULL, next_passage INTEGER NOT NULL, settings INTEGER NOT NULL, PRIMARY KEY (collection, engine, space) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE manifest_file ( collection INTEGER NOT NULL, engine TEXT NOT NULL, space INTEGER NOT NULL, name TEXT NOT NULL, byte_count INTEGER NOT NULL CHECK (byte_count > 0), passage_count INTEGER NOT NULL CHECK (passage_count > 0), first_passage INTEGER NOT NULL, last_passage INTEGER NOT NULL CHECK (last_passage >= first_passage), PRIMARY KEY (collection, engine, space, name), FOREIGN KEY (collection, engine, space) REFERENCES manifest (collection, engine, space) ON DELETE CASCADE ) STRICT, WITHOUT ROWID"#,
]

let goldenVectorArrival8 = #"CREATE INDEX vector_arrival ON vector (key >> 32, sequence)"#

let goldenJudgmentTables9: [String] = [
    #"CREATE TABLE judged_query ( collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (collection, id) ) STRICT, WITHOUT ROWID"#,
    #"CREATE TABLE judgment ( collection INTEGER NOT NULL, query TEXT NOT NULL, document TEXT NOT NULL, grade INTEGER NOT NULL, user TEXT NOT NULL, judged_at INTEGER NOT NULL, PRIMARY KEY (collection, query, document), FOREIGN KEY (collection, query) REFERENCES judged_query (collection, id) ON DELETE CASCADE ) STRICT, WITHOUT ROWID"#,
]
let goldenLegHealthTable =
    #"CREATE TABLE leg_health ( collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, leg TEXT NOT NULL CHECK (leg IN ('bm25', 'vector')), space TEXT NOT NULL, rule TEXT NOT NULL CHECK (rule IN ('auto', 'on', 'off')), probed INTEGER NOT NULL CHECK (probed >= 0), found INTEGER NOT NULL CHECK (found BETWEEN 0 AND probed), probed_at INTEGER NOT NULL, next_passage INTEGER NOT NULL CHECK (next_passage >= 0), PRIMARY KEY (collection, leg, space) ) STRICT, WITHOUT ROWID"#
