import Access
import BM25
import Columns
import TenantStore

/// Several waiting writes of one tenant that become one transaction.
///
/// Order of life: ``add(_:collection:options:)``, ``patch(_:with:collection:options:)`` and
/// ``remove(_:matching:collection:options:)`` decide, from rows and memory alone, what will change; ``commit()`` has a ``BatchCommit`` write it and gives back the state to publish. Nothing
/// outside the batch changes before the commit has succeeded.
package struct WriteBatch {
    /// A document's name, byte for byte as the rows compare it: Swift's own equality takes canonically equivalent
    /// spellings for one.
    package struct Key: Hashable, Sendable {
        let collection: String
        let id: String
        private let bytes: [UInt8]

        package init(collection: String, id: String) {
            self.collection = collection
            self.id = id
            bytes = Array(id.utf8)
        }

        package static func == (left: Key, right: Key) -> Bool {
            left.bytes == right.bytes && left.collection == right.collection
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(bytes)
            hasher.combine(collection)
        }
    }

    let writer: TenantWriter
    /// The present embedder's.
    let modelSpace: SpaceRecord
    private(set) var collections: [String: CollectionState]
    /// `nil` where a later change of the same document took over.
    private var changes: [(key: Key, change: DocumentChange)?] = []
    private var place: [Key: Int] = [:]
    private var usage: [UsageRow] = []
    private var audit: [AuditRow] = []
    private var uploads: [UploadProgress] = []

    init(writer: TenantWriter, collections: [String: CollectionState], modelSpace: SpaceRecord) {
        self.writer = writer
        self.collections = collections
        self.modelSpace = modelSpace
    }

    /// Decides what becomes of `documents`.
    /// - Throws: ``ApplianceError`` when the write as a whole cannot be done; the batch is as before then. After any
    ///   other error the batch must be dropped.
    mutating func add(_ documents: [DocumentInput], collection name: String?, options: WriteOptions) throws
        -> WriteReport
    {
        let name = try writeTarget(name)
        try checkRun(options.upload)
        if let condition = options.condition {
            for id in documents.compactMap(\.id) { try check(condition, Key(collection: name, id: id)) }
        }
        var report = WriteReport()
        report.collection = name
        var warnings = MetadataWarnings()
        try prepareCollection(name, passages: options.passages)
        let mode = collections[name]?.record.passageMode ?? .auto
        for (index, input) in documents.enumerated() {
            do {
                try plan(input, collection: name, mode: mode, into: &report, warnings: &warnings)
            } catch let problem as DocumentProblem {
                report.errors.append((index, problem.reason))
            }
        }
        report.warnings += warnings.texts
        keep(options, report)
        return report
    }

    /// Decides what becomes of the documents with these ids.
    ///
    /// An unknown id is counted, not an error.
    /// - Parameter filter: Only documents that pass it now go; the others are left and not counted.
    /// - Throws: As ``add(_:collection:options:)``.
    mutating func remove(
        _ ids: [String], matching filter: DocumentCondition? = nil, collection name: String?, options: WriteOptions
    ) throws -> DeleteReport {
        var report = DeleteReport()
        let names = try deleteTargets(name)
        // All are found before the first one goes.
        let places = try ids.map { id in
            let found = try names.filter { try exists(id, in: $0) }
            guard found.count < 2 else { throw ApplianceError.ambiguousDocument(id: id, collections: found) }
            let place = found.first.map { Key(collection: $0, id: id) }
            if let condition = options.condition { try check(condition, place, id: id) }
            return place
        }
        for place in places {
            // An id that is named twice is gone the second time.
            guard let place, try exists(place.id, in: place.collection) else {
                report.unknown += filter == nil ? 1 : 0
                continue
            }
            let catalog = collections[place.collection]?.columns.catalog ?? FieldCatalog()
            if let filter, try !filter.passes(metadata(of: place), catalog) { continue }
            try delete(place)
            report.deleted += 1
        }
        keep(options)
        return report
    }

    /// Adds rows that belong to this transaction.
    mutating func keep(usage: [UsageRow], audit: [AuditRow]) {
        self.usage += usage
        self.audit += audit
    }

    mutating func keep(_ options: WriteOptions, _ report: WriteReport = WriteReport()) {
        keep(usage: options.usage.map { [$0] } ?? [], audit: options.audit.map { [$0] } ?? [])
        guard var upload = options.upload else { return }
        upload.counts.added += report.added
        upload.counts.updated += report.updated
        upload.counts.unchanged += report.unchanged
        upload.counts.failed += report.errors.count
        uploads.append(upload)
    }

    /// Refuses what an upload sent through a connection that another one has taken over from.
    private func checkRun(_ upload: UploadProgress?) throws {
        guard let upload, try writer.upload(upload.name, of: upload.user)?.run != upload.run else { return }
        throw ApplianceError.uploadTakenOver(name: upload.name)
    }

    /// The collection a write means: the one named, else the only one, else `default` when there is none.
    private func writeTarget(_ name: String?) throws -> String {
        if let name {
            guard (try? TenantName(name)) != nil else {
                throw ApplianceError.invalidArgument(
                    name: "collection",
                    reason: "must be 1 to 63 of a-z, 0-9 and -, and start with a letter or digit")
            }
            return name
        }
        if collections.count > 1 {
            throw ApplianceError.noCollectionChosen(existing: collections.keys.sorted())
        }
        return collections.keys.first ?? "default"
    }

    func deleteTargets(_ name: String?) throws -> [String] {
        guard let name else { return collections.keys.sorted() }
        guard collections[name] != nil else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        return [name]
    }

    private mutating func prepareCollection(_ name: String, passages: PassageMode?) throws {
        if let existing = collections[name] {
            if let passages, passages != existing.record.passageMode {
                throw ApplianceError.collectionSettingsConflict(
                    collection: name, setting: "passages", existing: existing.record.passageMode.rawValue)
            }
            return
        }
        let record = CollectionRecord(
            id: 0, name: name, passageMode: passages ?? .auto, titleWeight: BM25Parameters().titleWeight,
            nextPassage: 1,
            documentCount: 0, passageCount: 0)
        collections[name] = try CollectionState(record: record, isStored: false, modelSpace: modelSpace)
    }

    mutating func plan(
        _ input: DocumentInput, collection name: String, mode: PassageMode, into report: inout WriteReport,
        warnings: inout MetadataWarnings
    ) throws {
        guard let collection = collections[name] else { throw ApplianceError.internalFault("no state of collection") }
        let content = try DocumentContent(input, mode: mode, in: collection)
        let problems = collections[name]?.columns.catalog.admit(content.entries.entries) ?? []
        warnings.add(problems, isCut: content.entries.isCut)
        let key = Key(collection: name, id: content.id)
        let stored = try storedVersion(key)
        if let present = presentVersion(key, stored: stored), present.hash == content.hash {
            report.unchanged += 1
            report.ids.append(content.id)
            report.tag = tag(of: key, present)
            return
        }
        var document = content.document
        if let planned = plannedInsertion(key) {
            // As if the version before had been written first.
            document.inherit(planned.document.suppliedVectors, of: planned.document, besides: modelSpace.name)
        }
        let isUpdate = try exists(content.id, in: name)
        replacePlace(
            key,
            with: .insert(
                DocumentInsertion(
                    document: document, entries: content.entries.entries, old: stored)))
        report.ids.append(content.id)
        report.tag = tag(of: key, (content.hash, content.document.updatedAt))
        if isUpdate {
            report.updated += 1
        } else {
            report.added += 1
        }
    }

    private mutating func delete(_ key: Key) throws {
        if let stored = try storedVersion(key) {
            replacePlace(key, with: .delete(stored))
        } else if let index = place.removeValue(forKey: key) {
            changes[index] = nil
        }
    }

    private mutating func replacePlace(_ key: Key, with change: DocumentChange) {
        if let index = place[key] {
            changes[index] = nil
        }
        place[key] = changes.count
        changes.append((key, change))
    }

    /// The version in the rows, whatever this batch plans for it.
    func storedVersion(_ key: Key) throws -> StoredDocument? {
        if let index = place[key], let planned = changes[index] {
            switch planned.change {
            case .insert(let insertion): return insertion.old
            case .delete(let stored): return stored
            }
        }
        guard let state = collections[key.collection], state.isStored else { return nil }
        return try writer.document(key.id, in: state.record.id)
    }

    /// Hash and time of the version the document has after the changes planned so far; `nil` if there is no such document
    /// then.
    private func presentVersion(_ key: Key, stored: StoredDocument?) -> (hash: [UInt8], updatedAt: Int64)? {
        if let index = place[key], let planned = changes[index] {
            switch planned.change {
            case .insert(let insertion): return (insertion.document.contentHash, insertion.document.updatedAt)
            case .delete: return nil
            }
        }
        return stored.map { ($0.contentHash, $0.updatedAt) }
    }

    private func tag(of key: Key, _ version: (hash: [UInt8], updatedAt: Int64)) -> DocumentTag {
        DocumentTag(collection: key.collection, id: key.id, contentHash: version.hash, updatedAt: version.updatedAt)
    }

    /// Refuses a change of a document that is not as its author saw it.
    ///
    /// Changes planned earlier in this batch count: of several writers with one tag in one turn the first alone passes.
    /// - Parameter key: Of the document; nil if there is none.
    /// - Throws: ``ApplianceError/preconditionFailed(id:exists:)``.
    func check(_ condition: WriteCondition, _ key: Key?, id: String? = nil) throws {
        let present = try key.flatMap { key in
            presentVersion(key, stored: try storedVersion(key)).map { tag(of: key, $0) }
        }
        guard condition.holds(for: present?.text) else {
            throw ApplianceError.preconditionFailed(id: key?.id ?? id ?? "", exists: present != nil)
        }
    }

    /// Whether there is such a document after the changes planned so far.
    func exists(_ id: String, in collection: String) throws -> Bool {
        let key = Key(collection: collection, id: id)
        return try presentVersion(key, stored: storedVersion(key)) != nil
    }

    /// The insertion that this batch plans for the document.
    func plannedInsertion(_ key: Key) -> DocumentInsertion? {
        guard let index = place[key], case .insert(let insertion)? = changes[index]?.change else { return nil }
        return insertion
    }

    /// The metadata the document has after the changes planned so far: JSON text.
    private func metadata(of key: Key) throws -> [UInt8] {
        try plannedInsertion(key)?.document.metadata ?? storedVersion(key)?.metadata ?? []
    }

    /// Documents that this batch adds, replaces or deletes.
    var changedDocuments: [Key] { changes.compactMap { $0?.key } }

    // MARK: Writing

    /// Writes everything in one transaction.
    /// - Returns: The state of every collection, to be published.
    func commit() throws -> [String: CollectionState] {
        var groups: [String: [DocumentChange]] = [:]
        for case let (key, change)? in changes {
            groups[key.collection, default: []].append(change)
        }
        return try BatchCommit(writer: writer, usage: usage, audit: audit, uploads: uploads)
            .run(groups, on: collections)
    }
}
