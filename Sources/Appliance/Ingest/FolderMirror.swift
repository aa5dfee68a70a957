/// What a sync remembers between two looks at its folder, and what it decides to do after each.
///
/// A value without clock, disk or server. Its rules:
/// 1. A file is taken when it looked the same twice, or was last written more than ``settleTime`` ago.
/// 2. A document goes when its file was missing in two looks, and never when the look was not trustworthy: the folder or
///    the subfolder it was in could not be read, is on another device than before, or the whole folder is suddenly
///    empty.
/// 3. Only documents that bear this folder's mark go.
package struct FolderMirror {
    /// What came of one look.
    package struct Plan {
        /// Files to read.
        package var due: [FoundFile] = []
        /// Files somebody may still be writing: look again.
        package var unsettled = 0
        /// Ids of documents whose files are gone.
        package var deletions: [String] = []
        /// Documents whose files were missing for the first time: look again.
        package var missing = 0
        /// Files that another folder's documents stand in the way of.
        package var conflicts: [FoundFile] = []
        /// Why nothing is deleted; `nil` when the look can be trusted.
        package var distrust: String?
    }

    /// How old the last change of a file must be to be taken at first sight, in nanoseconds.
    package static let settleTime: Int64 = 2_000_000_000

    private let mark: String
    private let allowsEmpty: Bool
    private var seen: [String: FileStamp] = [:]
    private var done: [String: FileStamp] = [:]
    private var missingBefore: Set<String> = []
    private var devices: [String: UInt64] = [:]

    /// - Parameters:
    ///   - mark: What the documents of this folder bear as `synced_from`.
    ///   - allowsEmpty: Whether an empty folder means that all its documents go.
    package init(mark: String, allowsEmpty: Bool) {
        self.mark = mark
        self.allowsEmpty = allowsEmpty
    }

    /// Decides what to do after a look.
    /// - Parameters:
    ///   - walk: What the folder holds; `nil` when it could not be read at all.
    ///   - known: The documents stored below the folder's name.
    ///   - now: Nanoseconds since 1970.
    package mutating func plan(_ walk: FolderWalk?, known: [KnownDocument], now: Int64) -> Plan {
        var plan = Plan()
        let owned = known.filter { $0.source == mark }
        guard let walk else {
            plan.distrust = "the folder cannot be read"
            return plan
        }
        let moved = walk.devices.filter { id, device in devices[id].map { $0 != device } ?? false }.keys
        if let root = walk.devices.keys.min(by: { $0.utf8.count < $1.utf8.count }), moved.contains(root) {
            plan.distrust =
                "the folder is on another device than before, as when something is mounted or unmounted; "
                + "start again if that is meant"
            return plan
        }
        if walk.files.isEmpty, !owned.isEmpty, !allowsEmpty {
            plan.distrust =
                "the folder is empty, but \(owned.count) documents came from it; with --allow-empty they would go"
            return plan
        }
        for (id, device) in walk.devices where devices[id] == nil { devices[id] = device }
        choose(walk.files, known: known, now: now, into: &plan)
        let unread = walk.unreadFolders + moved
        let present = Set(walk.files.map(\.id))
        let missing = Set(
            owned.filter { document in
                !present.contains(document.path) && !unread.contains { Self.isBelow(document.path, $0) }
            }.map(\.id))
        plan.deletions = missing.intersection(missingBefore).sorted()
        plan.missing = missing.count - plan.deletions.count
        missingBefore = missing
        return plan
    }

    private mutating func choose(_ files: [FoundFile], known: [KnownDocument], now: Int64, into plan: inout Plan) {
        var foreign: Set<String> = []
        for document in known {
            if let source = document.source, source != mark { foreign.insert(document.path) }
        }
        var look: [String: FileStamp] = [:]
        for file in files {
            guard let stamp = file.stamp else { continue }
            look[file.id] = stamp
            if done[file.id] == stamp { continue }
            if foreign.contains(file.id) {
                plan.conflicts.append(file)
            } else if seen[file.id] == stamp || (stamp.modified < now - Self.settleTime) {
                plan.due.append(file)
            } else {
                plan.unsettled += 1
            }
        }
        seen = look
        // What is gone and comes back is a new file.
        done = done.filter { look[$0.key] != nil }
    }

    /// Says that a file was dealt with as it looked: it is not due again before it changes.
    package mutating func finish(_ file: FoundFile) {
        done[file.id] = file.stamp
    }

    private static func isBelow(_ path: String, _ folder: String) -> Bool {
        path.utf8.starts(with: (folder + "/").utf8)
    }
}
