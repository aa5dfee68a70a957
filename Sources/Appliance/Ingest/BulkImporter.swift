import Access
import Extraction
import JSON
import TenantStore

/// Takes files into a collection: finds them, has them read, sends what is in them, and waits for vectors.
struct BulkImporter {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String?
    let passages: String?
    var fileTimeout = Duration.seconds(60)
    var interruption = Interruption()

    private var caller: CommandSession.Caller { .user(tenant, .write) }

    /// Imports everything below `paths`.
    /// - Parameter waits: Whether to return only when everything is embedded.
    func run(_ paths: [String], waits: Bool) async throws -> ImportReport {
        var report = ImportReport()
        let start = ContinuousClock.now
        try await checkPassages()
        let files = try find(paths, &report)
        try await store(files, &report)
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        try await settle(&report, waits: waits && !interruption.isRaised)
        report.isInterrupted = interruption.isRaised
        return report
    }

    /// The files below the paths, each id once.
    private func find(_ paths: [String], _ report: inout ImportReport) throws -> [FoundFile] {
        var walk = FolderWalk()
        var files: [FoundFile] = []
        for path in paths where path != "-" { try walk.add(path) }
        if paths.contains("-") { files.append(FoundFile(path: "-", id: "-", kind: .jsonLines, byteCount: 0)) }
        for thing in walk.passedOver {
            if thing.isFault {
                report.leftOut.add(thing.path, thing.reason)
            } else {
                report.passedOver.add(thing.path, thing.reason)
            }
        }
        report.unreadKinds = walk.unreadKinds
        var owners: [String: String] = [:]
        for file in walk.files {
            if let owner = owners[file.id], owner != file.path {
                report.leftOut.add(
                    file.path, "its id \(file.id) is that of \(owner); import the folders around them instead")
            } else if owners.updateValue(file.path, forKey: file.id) == nil {
                files.append(file)
            }
        }
        return files
    }

    /// Reads and sends everything.
    private func store(_ files: [FoundFile], _ report: inout ImportReport) async throws {
        guard !files.isEmpty else { return }
        let pool = IngestPool(
            files, known: try await known(files), makeReader: IngestPool.processes(timeout: fileTimeout))
        interruption.onRaise { pool.stop() }
        defer { pool.stop() }
        let countsFiles = files.count > 1
        let bar = ProgressBar("importing", unit: countsFiles ? "files" : "KiB")
        let total = files.contains { $0.path == "-" } ? nil : files.reduce(0) { $0 + $1.byteCount }
        var sender = BulkSender(session: session, caller: caller, collection: collection, passages: passages)
        var done = 0
        do {
            for await event in pool.events {
                switch event {
                case .line(let json, let origin):
                    try await sender.put(json, origin: origin)
                    pool.release(json.count)
                    if !countsFiles {
                        bar.update(sender.tally.bytes >> 10, of: total.map { max($0, sender.tally.bytes) >> 10 })
                    }
                case .leftOut(let origin, let reason): report.leftOut.add(origin, reason)
                case .unchanged:
                    report.unchanged += 1
                    report.unread += 1
                case .guessed(let path, let encoding): report.encodings.add(path, encoding)
                case .note(let path, let text): report.notes.add(path, text)
                case .finished:
                    done += 1
                    if countsFiles { bar.update(done, of: files.count) }
                }
            }
            if interruption.isRaised { await sender.abandon() } else { try await sender.finish() }
        } catch {
            // What is on its way gets its answer before the folder is let go.
            await sender.abandon()
            throw error
        }
        bar.finish()
        for (origin, reason) in sender.takeRefused() { report.leftOut.add(origin, reason) }
        report.leftOut.addUnlisted(sender.tally.refusedUnlisted)
        report.added += sender.tally.added
        report.updated += sender.tally.updated
        report.unchanged += sender.tally.unchanged
        report.bytes += sender.tally.bytes
    }

    /// Refuses a way of cutting that the collection does not have, also where every file is unchanged and nothing is sent.
    private func checkPassages() async throws {
        guard let passages else { return }
        let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
        let entries = answer["collections"]?.arrayValue ?? []
        guard collection != nil || entries.count == 1 else { return }
        for entry in entries where collection == nil || entry["name"]?.stringValue == collection {
            guard let mode = entry["passage_mode"]?.stringValue, mode != passages,
                let name = entry["name"]?.stringValue
            else { continue }
            throw CommandFailure("collection \(name) was made with --passages \(mode); that cannot be changed")
        }
    }

    /// The hashes of files that are stored already, by id.
    private func known(_ files: [FoundFile]) async throws -> [String: String] {
        let ids = files.filter { !$0.kind.holdsMany }.map(\.id)
            .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        guard let first = ids.first, let last = ids.last else { return [:] }
        let stored = try await KnownDocuments.load(
            session, as: .user(tenant, .search), collection: collection, from: first, through: last)
        return Dictionary(
            stored.compactMap { document in document.sha256.map { (document.id, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Whether a model is there to make vectors with.
    private func embeds() async throws -> Bool {
        let health = try await session.call("GET", "/health", as: .user(tenant, .search))
        return health["embeds"]?.boolValue == true
    }

    /// Waits for the vectors and takes the final counts.
    private func settle(_ report: inout ImportReport, waits: Bool) async throws {
        let start = ContinuousClock.now
        let bar = ProgressBar("embedding", unit: "passages")
        var first: Int?
        while true {
            let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
            let entries = (answer["collections"]?.arrayValue ?? []).filter { entry in
                collection == nil || entry["name"]?.stringValue == collection
            }
            func sum(_ key: String) -> Int {
                entries.reduce(0) { $0 + Int($1[key]?.integerValue ?? 0) }
            }
            report.passages = sum("passages")
            report.waiting = sum("waiting")
            report.parked = sum("parked")
            report.textsCut = sum("texts_cut")
            report.indexBytes = sum("index_bytes")
            guard waits, report.waiting > 0, !interruption.isRaised else { break }
            guard try await embeds() else {
                report.warnings.append(
                    "no embedding model is installed: search is by keywords alone until there is one")
                break
            }
            first = first ?? report.waiting
            bar.update((first ?? 0) - report.waiting, of: first)
            try await Task.sleep(for: .milliseconds(100))
        }
        bar.finish()
        if first != nil {
            report.embedSeconds = (ContinuousClock.now - start) / .seconds(1)
        }
    }
}
