import Access
import Extraction
import Glibc
import JSON
import TenantStore

/// Keeps a collection what a folder is: looks, decides by ``FolderMirror``, reads, writes, deletes.
///
/// All it must not forget is in the documents' own metadata, so it can be killed at any moment.
final class FolderSync {
    /// What one round changed.
    struct Report {
        var added = 0
        var updated = 0
        var unchanged = 0
        var deleted = 0
        var leftOut = ImportReport.Listing()
        var passedOver = ImportReport.Listing()
        var encodings = ImportReport.Listing()
        var distrust: String?
        var isSettled = true

        var hasChanges: Bool { added + updated + deleted > 0 }
    }

    /// How the data folder is reached; asked for only when there is something to do.
    typealias Connect = () async throws -> (CommandSession, TenantRecord)

    private let path: String
    private let name: String
    private let mark: String
    private let collection: String?
    private let timeout: Duration
    private let interruption: Interruption
    private let connect: Connect
    private var mirror: FolderMirror
    /// What is stored, as of the last time the data folder was open.
    private var known: [KnownDocument]?

    /// - Throws: ``CommandFailure`` when there is no such folder.
    init(
        _ path: String, collection: String?, allowsEmpty: Bool, timeout: Duration, interruption: Interruption,
        connect: @escaping Connect
    ) throws(CommandFailure) {
        guard let real = realpath(path, nil) else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { free(real) }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("\(path) is not a folder; carrel import takes single files")
        }
        // The name of the folder on this box is nobody's business who may search.
        mark = Digest.hexadecimal(Digest.sha256(Array(String(cString: real).utf8)).prefix(8))
        self.path = String(cString: real)
        name = FolderWalk.name(of: self.path)
        self.collection = collection
        self.timeout = timeout
        self.interruption = interruption
        self.connect = connect
        mirror = FolderMirror(mark: mark, allowsEmpty: allowsEmpty)
    }

    /// One look at the folder and all that follows from it.
    func round() async throws -> Report {
        var report = Report()
        if known == nil {
            let (session, tenant) = try await connect()
            do {
                known = try await load(session, tenant)
            } catch {
                await session.close()
                throw error
            }
            await session.close()
        }
        var walk: FolderWalk? = FolderWalk()
        do {
            try walk?.add(path)
        } catch {
            walk = nil
        }
        let plan = mirror.plan(walk, known: known ?? [], now: Timestamp.now.milliseconds * 1_000_000)
        for thing in walk?.passedOver ?? [] {
            if thing.isFault {
                report.leftOut.add(thing.path, thing.reason)
            } else {
                report.passedOver.add(thing.path, thing.reason)
            }
        }
        for file in plan.conflicts {
            report.leftOut.add(file.path, "its id \(file.id) belongs to a document that is synced from another folder")
        }
        report.distrust = plan.distrust
        report.isSettled = plan.unsettled == 0 && plan.missing == 0
        guard !plan.due.isEmpty || !plan.deletions.isEmpty, !interruption.isRaised else { return report }
        let (session, tenant) = try await connect()
        do {
            try await apply(plan, session, tenant, &report)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return report
    }

    private func load(_ session: CommandSession, _ tenant: TenantRecord) async throws -> [KnownDocument] {
        try await KnownDocuments.load(
            session, as: .user(tenant, .search), collection: collection, from: name + "/",
            through: name + "/\u{10FFFF}")
    }

    private func apply(
        _ plan: FolderMirror.Plan, _ session: CommandSession, _ tenant: TenantRecord, _ report: inout Report
    ) async throws {
        let hashes = try await take(plan.due, session, tenant, &report)
        var deletions = plan.deletions
        // Rows that a table or a list of JSON objects no longer has.
        let stored = try await load(session, tenant)
        for document in stored where document.source == mark {
            if let hash = hashes[document.path], document.sha256 != hash { deletions.append(document.id) }
        }
        if !interruption.isRaised {
            report.deleted = try await delete(deletions, session, tenant)
        }
        known = try await load(session, tenant)
        if !session.isRemote { try await embed(session, tenant) }
    }

    /// Reads and sends files.
    /// - Returns: The hashes of the files that went in whole, by id.
    private func take(
        _ files: [FoundFile], _ session: CommandSession, _ tenant: TenantRecord, _ report: inout Report
    ) async throws -> [String: String] {
        guard !files.isEmpty else { return [:] }
        let hashes = Dictionary(
            (known ?? []).compactMap { document in
                document.source == mark ? document.sha256.map { (document.id, $0) } : nil
            }, uniquingKeysWith: { first, _ in first })
        let pool = IngestPool(
            files, known: hashes, source: mark, makeReader: IngestPool.processes(timeout: timeout))
        interruption.onRaise { pool.stop() }
        defer { pool.stop() }
        let bar = ProgressBar("syncing", unit: "files")
        var sender = BulkSender(
            session: session, caller: .user(tenant, .write), collection: collection, passages: nil)
        var finished: [(file: Int, sha256: String?, isWhole: Bool)] = []
        do {
            for await event in pool.events {
                switch event {
                case .line(let json, let origin):
                    try await sender.put(json, origin: origin)
                    pool.release(json.count)
                case .leftOut(let origin, let reason): report.leftOut.add(origin, reason)
                case .unchanged: report.unchanged += 1
                case .guessed(let path, let encoding): report.encodings.add(path, encoding)
                case .note: break
                case .finished(let file, let sha256, let isWhole):
                    finished.append((file, sha256, isWhole))
                    bar.update(finished.count, of: files.count)
                }
            }
            if interruption.isRaised { await sender.abandon() } else { try await sender.finish() }
        } catch {
            await sender.abandon()
            throw error
        }
        bar.finish()
        let refused = sender.takeRefused()
        for (origin, reason) in refused { report.leftOut.add(origin, reason) }
        report.leftOut.addUnlisted(sender.tally.refusedUnlisted)
        report.added += sender.tally.added
        report.updated += sender.tally.updated
        report.unchanged += sender.tally.unchanged
        // Nothing counts as done that may not have been acknowledged.
        guard !interruption.isRaised else { return [:] }
        var whole: [String: String] = [:]
        for (index, sha256, isWhole) in finished {
            mirror.finish(files[index])
            let wasRefused = refused.contains { $0.origin.utf8.starts(with: files[index].path.utf8) }
            if let sha256, isWhole, !wasRefused, sender.tally.refusedUnlisted == 0 { whole[files[index].id] = sha256 }
        }
        return whole
    }

    private func delete(_ ids: [String], _ session: CommandSession, _ tenant: TenantRecord) async throws -> Int {
        let place = collection.map { "?collection=\($0)" } ?? ""
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var deleted = 0
            var rest = ids[...]
            func next() {
                guard let id = rest.popFirst() else { return }
                let target = "/v1/documents/\(PercentEncoding.encode(id))\(place)"
                group.addTask {
                    let answer = try await session.call("DELETE", target, as: .user(tenant, .write))
                    return Int(answer["deleted"]?.integerValue ?? 0)
                }
            }
            // Several at once share a commit.
            for _ in 0..<8 { next() }
            while let count = try await group.next() {
                deleted += count
                next()
            }
            return deleted
        }
    }

    /// Without a server the vectors are made while the folder is open.
    private func embed(_ session: CommandSession, _ tenant: TenantRecord) async throws {
        let bar = ProgressBar("embedding", unit: "passages")
        var first: Int?
        while !interruption.isRaised {
            let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
            let waiting = (answer["collections"]?.arrayValue ?? []).reduce(0) {
                $0 + Int($1["waiting"]?.integerValue ?? 0)
            }
            let health = try await session.call("GET", "/health", as: .user(tenant, .search))
            guard waiting > 0, health["embeds"]?.boolValue == true else { break }
            first = first ?? waiting
            bar.update((first ?? 0) - waiting, of: first)
            await interruption.sleep(.milliseconds(100))
        }
        bar.finish()
    }
}

/// Ids in the path of a request.
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        // As in a document's address, of which it is the end.
        String(DocumentURI.make(collection: "", id: text).dropFirst(DocumentURI.make(collection: "", id: "").count))
    }
}
