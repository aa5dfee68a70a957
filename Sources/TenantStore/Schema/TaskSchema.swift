/// The tables of tasks: what agents asked for, what was answered, and the log from which both can be told again.
enum TaskSchema {
    static let step =
        """
        -- phase: 2 = the server's turn, 1 = the owner's turn, 0 = over
        CREATE TABLE task (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT NOT NULL,
            context TEXT NOT NULL,
            state TEXT NOT NULL,
            phase INTEGER NOT NULL CHECK (phase BETWEEN 0 AND 2),
            created_at INTEGER NOT NULL,
            status_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            run INTEGER NOT NULL,
            restarts INTEGER NOT NULL DEFAULT 0,
            byte_count INTEGER NOT NULL,
            status BLOB NOT NULL,
            setup BLOB NOT NULL,
            metadata BLOB
        ) STRICT;
        CREATE INDEX task_owner ON task (owner, status_at, id);
        CREATE INDEX task_open ON task (phase, owner) WHERE phase > 0;
        CREATE INDEX task_over ON task (status_at) WHERE phase = 0;

        CREATE TABLE task_event (
            task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (task, sequence)
        ) STRICT;
        CREATE TRIGGER task_event_insert BEFORE INSERT ON task_event
        WHEN NEW.sequence IS NOT (SELECT ifnull(max(sequence), 0) + 1 FROM task_event WHERE task = NEW.task)
        BEGIN SELECT RAISE(ABORT, 'events are appended one after the other'); END;
        CREATE TRIGGER task_event_update BEFORE UPDATE ON task_event
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

        CREATE TABLE task_message (
            task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (task, position)
        ) STRICT;

        -- An artifact is the events that brought its pieces.
        CREATE TABLE task_artifact (
            task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            piece INTEGER NOT NULL,
            id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (task, position, piece)
        ) STRICT, WITHOUT ROWID;

        -- secrets: token and credentials, sealed. delivered: the last event that was sent or given up.
        CREATE TABLE task_push (
            task INTEGER NOT NULL REFERENCES task (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            url TEXT NOT NULL,
            scheme TEXT,
            secrets BLOB NOT NULL,
            form TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            delivered INTEGER NOT NULL,
            PRIMARY KEY (task, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE task_request (
            owner TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            task TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (owner, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX task_request_time ON task_request (created_at);
        """
}
