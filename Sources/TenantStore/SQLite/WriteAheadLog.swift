import CSQLite

/// How a checkpoint deals with readers.
public enum CheckpointMode: Sendable {
    /// Folds in what no reader still needs; never waits.
    case passive
    /// Waits for readers, folds in everything and empties the log file.
    case truncate
}

/// The write-ahead log of a writer: how large it is and when it goes into the file.
final class WriteAheadLog {
    private let connection: Connection
    private let frameByteCount: Int
    /// Frames as of the last commit of this connection, told by SQLite's hook.
    private var frames: Int32
    private var checkpointedFrames: Int32 = 0

    init(_ connection: Connection) {
        self.connection = connection
        let pageByteCount = 4_096
        frameByteCount = pageByteCount + 24
        frames = Int32(clamping: DatabaseFile.byteCount(connection.path + "-wal") / frameByteCount)
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            connection.handle,
            { context, _, _, frames in
                guard let context else { return SQLITE_OK }
                let log = Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                // Fewer frames than before: the log was begun anew.
                if frames < log.frames { log.checkpointedFrames = 0 }
                log.frames = frames
                return SQLITE_OK
            }, context)
    }

    deinit {
        if !connection.isClosed { sqlite3_wal_hook(connection.handle, nil, nil) }
    }

    var byteCount: Int { Int(frames) * frameByteCount }
    var pendingByteCount: Int { Int(max(0, frames - checkpointedFrames)) * frameByteCount }

    func checkpoint(_ mode: CheckpointMode) throws(StoreError) {
        guard !connection.isInTransaction else { throw .misuse("checkpoint: not inside a transaction") }
        guard !connection.isClosed else { throw .misuse("checkpoint: the connection is closed") }
        var (total, done): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(
            connection.handle, "main", mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
            &total,
            &done)
        // A reader may keep a passive checkpoint from finishing; what it did counts.
        if code == SQLITE_BUSY, mode == .passive { return }
        try connection.check(code)
        frames = max(0, total)
        checkpointedFrames = max(0, done)
    }
}

extension Connection {
    /// Lets SQLite checkpoint after a commit that leaves `pages` or more in the log; replaces any ``WriteAheadLog``.
    func checkpointByItself(everyPages pages: Int32) throws(StoreError) {
        try check(sqlite3_wal_autocheckpoint(handle, pages))
    }
}
