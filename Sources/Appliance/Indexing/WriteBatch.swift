import Access
import BM25
import HNSW
import IndexCore
import JSON
import TenantStore

/// Several waiting writes of one tenant that become one transaction.
///
/// Order of life: ``add(_:collection:options:)`` and ``remove(_:collection:options:)`` decide, from rows and memory
/// alone, what will change; ``commit()`` builds the new segments, writes the rows and gives back the state to publish. Nothing outside the
/// batch changes before the commit has succeeded.
struct WriteBatch {
    /// One document version to write.
    private struct Insertion {
        var document: NewDocument
        var embedding: [Float]?
        /// The stored version it replaces.
        var old: StoredDocument?
    }

    private enum Change {
        case insert(Insertion)
        case delete(StoredDocument)
    }

    /// A document's name, byte for byte as the rows compare it: Swift's own equality takes canonically equivalent
    /// spellings for one.
    private struct Key: Hashable {
        let collection: String
        let id: String
        private let bytes: [UInt8]

        init(collection: String, id: String) {
            self.collection = collection
            self.id = id
            bytes = Array(id.utf8)
        }

        static func == (left: Key, right: Key) -> Bool {
            left.bytes == right.bytes && left.collection == right.collection
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(bytes)
            hasher.combine(collection)
        }
    }

    let writer: TenantWriter
    let vectorSpace: String
    let dimension: Int
    private(set) var collections: [String: CollectionState]
    /// `nil` where a later change of the same document took over.
    private var changes: [(key: Key, change: Change)?] = []
    private var place: [Key: Int] = [:]
    private var usage: [UsageRow] = []
    private var audit: [AuditRow] = []

    init(writer: TenantWriter, collections: [String: CollectionState], vectorSpace: String, dimension: Int) {
        self.writer = writer
        self.collections = collections
        self.vectorSpace = vectorSpace
        self.dimension = dimension
    }

    // MARK: Deciding

    /// Decides what becomes of `documents`.
    /// - Throws: ``ApplianceError`` when the write as a whole cannot be done; the batch is as before then. After any
    ///   other error the batch must be dropped.
    mutating func add(_ documents: [DocumentInput], collection name: String?, options: WriteOptions) throws
        -> WriteReport
    {
        let name = try writeTarget(name)
        var report = WriteReport()
        report.collection = name
        try prepareCollection(name, passages: options.passages)
        let mode = collections[name]?.record.passageMode ?? .auto
        for (index, input) in documents.enumerated() {
            do {
                try plan(input, collection: name, mode: mode, into: &report)
            } catch let problem as DocumentProblem {
                report.errors.append((index, problem.reason))
            }
        }
        keep(options)
        return report
    }

    /// Decides what becomes of the documents with these ids.
    ///
    /// An unknown id is counted, not an error.
    /// - Throws: As ``add(_:collection:options:)``.
    mutating func remove(_ ids: [String], collection name: String?, options: WriteOptions) throws -> DeleteReport {
        var report = DeleteReport()
        let names = try deleteTargets(name)
        // All are found before the first one goes.
        let places = try ids.map { id in
            let found = try names.filter { try exists(id, in: $0) }
            guard found.count < 2 else { throw ApplianceError.ambiguousDocument(id: id, collections: found) }
            return found.first.map { Key(collection: $0, id: id) }
        }
        for place in places {
            // An id that is named twice is gone the second time.
            guard let place, try exists(place.id, in: place.collection) else {
                report.unknown += 1
                continue
            }
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

    private mutating func keep(_ options: WriteOptions) {
        keep(usage: options.usage.map { [$0] } ?? [], audit: options.audit.map { [$0] } ?? [])
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

    private func deleteTargets(_ name: String?) throws -> [String] {
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
        collections[name] = CollectionState(record: record, isStored: false, dimension: dimension)
    }

    private mutating func plan(
        _ input: DocumentInput, collection name: String, mode: PassageMode, into report: inout WriteReport
    ) throws {
        let content = try DocumentContent(input, mode: mode, dimension: dimension)
        let key = Key(collection: name, id: content.id)
        let stored = try storedVersion(key)
        if let present = try presentHash(key, stored: stored), present == content.hash {
            report.unchanged += 1
            report.ids.append(content.id)
            return
        }
        let isUpdate = try exists(content.id, in: name)
        replacePlace(
            key,
            with: .insert(Insertion(document: content.document, embedding: input.embedding, old: stored)))
        report.ids.append(content.id)
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

    private mutating func replacePlace(_ key: Key, with change: Change) {
        if let index = place[key] {
            changes[index] = nil
        }
        place[key] = changes.count
        changes.append((key, change))
    }

    /// The version in the rows, whatever this batch plans for it.
    private func storedVersion(_ key: Key) throws -> StoredDocument? {
        if let index = place[key], let planned = changes[index] {
            switch planned.change {
            case .insert(let insertion): return insertion.old
            case .delete(let stored): return stored
            }
        }
        guard let state = collections[key.collection], state.isStored else { return nil }
        return try writer.document(key.id, in: state.record.id)
    }

    /// The content hash the document has after the changes planned so far; `nil` if there is no such document then.
    private func presentHash(_ key: Key, stored: StoredDocument?) throws -> [UInt8]? {
        if let index = place[key], let planned = changes[index] {
            switch planned.change {
            case .insert(let insertion): return insertion.document.contentHash
            case .delete: return nil
            }
        }
        return stored?.contentHash
    }

    /// Whether there is such a document after the changes planned so far.
    private func exists(_ id: String, in collection: String) throws -> Bool {
        let key = Key(collection: collection, id: id)
        return try presentHash(key, stored: storedVersion(key)) != nil
    }

    // MARK: Writing

    /// Writes everything in one transaction.
    /// - Returns: The state of every collection, to be published.
    mutating func commit() throws -> [String: CollectionState] {
        var groups: [String: [Change]] = [:]
        for case let (key, change)? in changes {
            groups[key.collection, default: []].append(change)
        }
        // Built before the transaction, since the writer knows the next ids: the lock on the file stays short.
        var ready: [String: PreparedGroup] = [:]
        for (name, group) in groups {
            ready[name] = try prepare(group, collection: name)
        }
        var draft = collections
        try writer.transaction {
            for name in draft.keys.sorted() {
                guard var state = draft[name] else { continue }
                if !state.isStored {
                    state.record = try writer.createCollection(
                        name: name, passageMode: state.record.passageMode, titleWeight: state.record.titleWeight)
                    state.isStored = true
                }
                if let group = ready[name] {
                    try write(group, to: &state)
                }
                draft[name] = state
            }
            try writer.appendUsage(usage)
            try writer.appendAudit(audit)
        }
        return draft
    }

    private struct PreparedGroup {
        var deletions: [StoredDocument] = []
        var insertions: [(insertion: Insertion, first: PassageID)] = []
        var segment: BM25Segment?
        var nextPassage: UInt32
    }

    private func prepare(_ group: [Change], collection name: String) throws -> PreparedGroup {
        guard let state = collections[name] else { throw ApplianceError.internalFault("no state of collection") }
        var next = state.record.nextPassage
        var prepared = PreparedGroup(nextPassage: next)
        var builder = BM25SegmentBuilder(parameters: BM25Parameters(titleWeight: state.record.titleWeight))
        for change in group {
            switch change {
            case .delete(let stored):
                prepared.deletions.append(stored)
            case .insert(let insertion):
                let count = UInt32(insertion.document.passages.count)
                guard UInt32.max - next > count else { throw ApplianceError.collectionFull(name: name) }
                let first = PassageID(next)
                for (offset, passage) in insertion.document.passages.enumerated() {
                    builder.add(
                        PassageID(next + UInt32(offset)), document: first,
                        title: DocumentContent.indexedTitle(insertion.document.title, heading: passage.heading),
                        text: passage.text)
                }
                prepared.insertions.append((insertion, first))
                next += count
            }
        }
        prepared.nextPassage = next
        prepared.segment = builder.passageCount > 0 ? builder.build() : nil
        return prepared
    }

    private func write(_ group: PreparedGroup, to state: inout CollectionState) throws {
        var touched: Set<UInt32> = []
        func touch(_ passages: Range<UInt32>) {
            for chunk in passages.lowerBound >> 12...(passages.upperBound - 1) >> 12 {
                touched.insert(chunk)
            }
        }
        for stored in group.deletions {
            try writer.delete(stored)
            state.remove(stored)
            touch(CollectionState.passages(of: stored))
        }
        var added: [Range<UInt32>] = []
        for (insertion, first) in group.insertions {
            let copied = try writer.replace(
                insertion.document, old: insertion.old, in: state.record, firstPassage: first, vectorSpace: vectorSpace)
            if let old = insertion.old {
                state.remove(old)
                touch(CollectionState.passages(of: old))
            }
            let passages = first.rawValue..<first.rawValue + UInt32(insertion.document.passages.count)
            state.live.insert(passages)
            state.documentCount += 1
            added.append(passages)
            touch(passages)
            try place(copied, embedding: insertion.embedding, document: first, in: &state)
        }
        state.record.nextPassage = group.nextPassage
        try writer.setNextPassage(group.nextPassage, in: state.record.id)
        try writer.saveLiveChunks(
            touched.sorted().map { LiveChunk(index: $0, bytes: state.live.chunkBytes($0)) }, in: state.record.id)
        if let segment = group.segment {
            state.keywords.append(segment, live: state.live)
        }
    }

    /// Puts the vectors that came with a document or survived its update into the index.
    private func place(
        _ copied: [CopiedVector], embedding: [Float]?, document: PassageID, in state: inout CollectionState
    ) throws {
        for copy in copied {
            try copy.vector.withUnsafeBytes { bytes in
                try state.vectors.append(copy.id, document: copy.document, bytes: bytes)
            }
            state.embedded.insert(copy.id)
        }
        // The same vector may have come over from the version before.
        guard let embedding, !state.embedded.contains(document) else { return }
        let stored = try writer.insertVectors(
            [(id: document, vector: embedding)], collection: state.record.id, space: vectorSpace)
        for passage in stored {
            try state.vectors.append(passage.id, document: passage.document, vector: embedding)
            state.embedded.insert(passage.id)
        }
    }
}
